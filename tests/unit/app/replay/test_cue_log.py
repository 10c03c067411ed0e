"""The cue log: exact, sealed, cheap; what is cut off or changed is told, never guessed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.replay.check import first_difference
from core.call import EndReason
from core.errors import InvalidInputError
from core.ids import CallId
from core.speech import AnswerKind, Expectation
from db.crypto import Keyring, new_key_text
from tests.unit.app.replay.lives import encoded, lived
from tests.virtual_time import virtual_time
from voice.call_state import CallState
from voice.commands import SetTimer
from voice.cue_codec import CueTrace, decode
from voice.cue_track import MOST_WAITING, CueLog, read_cues
from voice.cues import LineDropped, StreamStarted, Timer, TurnCommitted, VoiceWindow
from voice.endpointing import Patience

CALL = CallId(UUID(int=7))
KEYS = Keyring.parse(new_key_text())
POSTCODE = Expectation(frozenset({AnswerKind.POSTCODE, AnswerKind.OPEN}), places=("BN3", "BN2"))


def test_random_lives_come_back_exactly_and_are_decided_again_the_same() -> None:
    for seed in range(150):
        state = CallState(patience=Patience(extra_pause_ms=seed, turn_model=seed % 3 == 0))
        taken = lived(seed, state)
        trace = decode(encoded(state, taken))
        assert trace.state == state
        assert trace.taken == tuple(taken), f"seed {seed}"
        assert trace.is_whole
        assert first_difference(trace) is None, f"seed {seed}"


def test_another_patience_decides_otherwise() -> None:
    state = CallState()
    trace = decode(encoded(state, lived(20, state)))
    found = first_difference(replace(trace, state=CallState(patience=Patience(silence_ms=9))))
    assert found is not None
    assert found.then != found.now
    assert SetTimer(Timer.SILENCE, 9) in found.now


def test_a_reducer_that_breaks_is_a_difference() -> None:
    state = CallState()
    trace = decode(encoded(state, lived(20, state)))
    broken = replace(trace, taken=(trace.taken[0], trace.taken[0]))  # a stream starts once
    found = first_difference(broken)
    assert found is not None
    assert found.number == 2
    assert "cannot happen" in found.broke


@given(
    st.floats(0, 1),
    st.floats(-100, 0),
    st.floats(0, 1),
    st.integers(0, 2**31 - 1),
)
def test_windows_keep_every_bit(probability: float, level_db: float, echo: float, at: int) -> None:
    window = VoiceWindow(at, at // 2, probability, level_db, echo)
    assert decode(encoded(CallState(), [(window, ())])).taken == ((window, ()),)


def test_an_expectation_is_written_once() -> None:
    committed = TurnCommitted(3, 1, (), POSTCODE, False)
    again = replace(committed, turn=2, expects=replace(POSTCODE))  # equal, another object
    records = encoded(CallState(), [(committed, ()), (again, ()), (committed, ())])
    assert records.count(b"BN3") == 1
    assert [cue for cue, _ in decode(records).taken] == [committed, again, committed]


def test_an_older_log_without_a_newer_field_has_its_default() -> None:
    records = encoded(CallState(), [])
    missing = b',"orders":[]'
    assert records.count(missing) == 1
    head = records.index(b"H") + 1
    size = int.from_bytes(records[head : head + 4], "little") - len(missing)
    older = records[:head] + size.to_bytes(4, "little") + records[head + 4 :]
    assert decode(older.replace(missing, b"")).state == CallState()


def test_a_log_of_a_newer_program_is_not_guessed_at() -> None:
    records = encoded(CallState(), [])
    with pytest.raises(InvalidInputError, match="newer program wrote it"):
        decode(records.replace(b'"format":1', b'"format":9'))
    with pytest.raises(InvalidInputError, match="CallState has no 0rders any more"):
        decode(records.replace(b'"orders"', b'"0rders"'))


def test_commands_that_were_changed_do_not_fit_the_digest() -> None:
    records = encoded(CallState(), lived(4, CallState()))
    with pytest.raises(InvalidInputError, match="its end does not fit"):
        decode(records.replace(b'"after_ms":900000', b'"after_ms":900001', 1))


@virtual_time
async def test_a_log_on_disk_is_sealed_and_whole(tmp_path: Path) -> None:
    taken = lived(20, CallState())
    path = tmp_path / "deep" / "call.cues"
    async with CueLog(path, CALL, CallState(), KEYS.seal) as track:
        for cue, commands in taken:
            track.cue(cue, commands)
            await asyncio.sleep(0.1)
    assert path.stat().st_mode & 0o077 == 0
    assert b"One moment" not in path.read_bytes()
    trace = read_cues(path, CALL, KEYS.open)
    assert trace.taken == tuple(taken)
    assert trace.is_whole


async def _written(path: Path) -> CueTrace:
    taken = lived(20, CallState())
    async with CueLog(path, CALL, CallState(), KEYS.seal) as track:
        for cue, commands in taken:
            track.cue(cue, commands)
            await asyncio.sleep(0.1)
    return read_cues(path, CALL, KEYS.open)


@virtual_time
async def test_what_a_crash_leaves_is_read_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "call.cues"
    whole = await _written(path)
    bytes_ = path.read_bytes()
    path.write_bytes(bytes_[:-40])  # in the middle of the last block
    cut = read_cues(path, CALL, KEYS.open)
    assert not cut.is_whole
    assert 0 < len(cut.taken) < len(whole.taken)
    assert cut.taken == whole.taken[: len(cut.taken)]
    path.write_bytes(bytes_[:30])
    with pytest.raises(InvalidInputError, match="it has no head"):
        read_cues(path, CALL, KEYS.open)


@virtual_time
async def test_what_was_changed_moved_or_sealed_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.cues"
    await _written(path)
    good = path.read_bytes()
    for at in (len(good) // 3, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(InvalidInputError, match=r"changed or moved|too long|No field key"):
            read_cues(path, CALL, KEYS.open)
    path.write_bytes(good)
    with pytest.raises(InvalidInputError, match="changed or moved"):
        read_cues(path, CallId(UUID(int=8)), KEYS.open)
    with pytest.raises(InvalidInputError, match="No field key opens"):
        read_cues(path, CALL, Keyring.parse(new_key_text()).open)
    path.write_bytes(b"RIFF" + good)
    with pytest.raises(InvalidInputError, match="is no cue log"):
        read_cues(path, CALL, KEYS.open)


@virtual_time
async def test_a_disk_that_fails_costs_the_log_not_the_call() -> None:
    async with CueLog(Path("/dev/full"), CALL, CallState(), KEYS.seal) as track:
        for at in range(400):
            track.cue(VoiceWindow(at * 32, at * 32, 0.5), ())
            await asyncio.sleep(0.032)
        assert track.is_broken


@virtual_time
async def test_what_waits_for_a_disk_is_bounded(tmp_path: Path) -> None:
    async with CueLog(tmp_path / "call.cues", CALL, CallState(), KEYS.seal) as track:
        for at in range(MOST_WAITING // 20):
            track.cue(VoiceWindow(at, at, 0.5), ())
        assert track.is_broken
        assert track.waiting == 0
    assert not read_cues_or_none(tmp_path / "call.cues")


def read_cues_or_none(path: Path) -> bool:
    """Whether the log holds anything."""
    try:
        return bool(read_cues(path, CALL, KEYS.open).taken)
    except InvalidInputError:
        return False


@virtual_time
async def test_a_cue_that_cannot_be_written_costs_the_log_not_the_call(tmp_path: Path) -> None:
    path = tmp_path / "call.cues"
    async with CueLog(path, CALL, CallState(), KEYS.seal) as track:
        track.cue(StreamStarted(0, 1, Expectation()), ())
        track.cue(VoiceWindow(2**40, 0, 0.5), ())  # no call lasts 35 years
        track.cue(LineDropped(1, EndReason.CALLER_HUNG_UP), ())
        assert track.is_broken
