"""The folder of recordings: what is old goes, in time and alone; cue logs follow a new key."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.loops import keep_doing
from app.recordings import CALLS_AT_ONCE, RecordingRetention, reseal_cue_logs
from core.errors import ProviderError
from core.ids import CallId, uuid7
from db.crypto import Keyring, new_key_text
from tests.fakes.clock import RepeatableEntropy, ToldClock
from tests.virtual_time import START, VirtualClock, virtual_time
from voice.call_state import CallState
from voice.cue_track import CueLog, read_cues
from voice.cues import VoiceWindow

KEPT = timedelta(days=30)
ENTROPY = RepeatableEntropy()


class Calls:
    """The stored calls: which of them were told to have no recording any more."""

    def __init__(self) -> None:
        self.forgotten: list[Collection[CallId]] = []
        self.fault: ProviderError | None = None

    async def forget_recordings(self, calls: Collection[CallId]) -> None:
        if self.fault is not None:
            raise self.fault
        self.forgotten.append(calls)


def call(age: timedelta) -> CallId:
    return CallId(uuid7(START - age, ENTROPY(10)))


def recorded(folder: Path, age: timedelta, *endings: str) -> CallId:
    """The files of a call so long before the start."""
    made = call(age)
    for ending in endings or (".wav", ".cues"):
        (folder / f"{made}{ending}").write_bytes(b"sound")
    return made


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_old_files_go_and_their_calls_know(tmp_path: Path) -> None:
    old = recorded(tmp_path, timedelta(days=31))
    broken_off = recorded(tmp_path, timedelta(days=40), ".cues.new")
    young = recorded(tmp_path, timedelta(days=29))
    calls = Calls()
    await RecordingRetention(tmp_path, KEPT, calls, ToldClock(START)).prune()
    assert names(tmp_path) == {f"{young}.wav", f"{young}.cues"}
    assert calls.forgotten == [[broken_off, old]]  # the oldest first


@given(st.lists(st.integers(0, 80 * 24 * 3600), max_size=8))
async def test_a_file_is_kept_exactly_as_long_as_was_set(
    tmp_path_factory: pytest.TempPathFactory, ages_s: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    made = {recorded(folder, timedelta(seconds=age), ".wav"): age for age in ages_s}
    await RecordingRetention(folder, KEPT, Calls(), ToldClock(START)).prune()
    assert names(folder) == {
        f"{call}.wav" for call, age in made.items() if age <= KEPT.total_seconds()
    }


async def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    old = call(timedelta(days=99))
    strangers = {
        f"{old}.mp3",
        f"{old}",
        "notes.wav",
        f"{UUID(int=7)}.wav",  # says no time
        "ffffffff-ffff-7fff-8000-000000000000.wav",  # says a time that there is not
    }
    for name in strangers:
        (tmp_path / name).write_bytes(b"")
    await RecordingRetention(tmp_path, KEPT, Calls(), ToldClock(START)).prune()
    assert names(tmp_path) == strangers


async def test_without_a_folder_there_is_nothing_to_do(tmp_path: Path) -> None:
    calls = Calls()
    await RecordingRetention(tmp_path / "none", KEPT, calls, ToldClock(START)).prune()
    assert calls.forgotten == []


async def test_a_file_that_resists_is_told_and_keeps_none_other(tmp_path: Path) -> None:
    stubborn = call(timedelta(days=50))
    (tmp_path / f"{stubborn}.wav").mkdir()
    recorded(tmp_path, timedelta(days=40))
    with capture_logs() as logs:
        await RecordingRetention(tmp_path, KEPT, Calls(), ToldClock(START)).prune()
    assert names(tmp_path) == {f"{stubborn}.wav"}
    assert [each["call_id"] for each in logs if each["log_level"] == "error"] == [str(stubborn)]


async def test_no_file_goes_before_its_call_knows(tmp_path: Path) -> None:
    recorded(tmp_path, timedelta(days=31))
    calls = Calls()
    calls.fault = ProviderError("postgres", "The database is away.", retryable=True)
    retention = RecordingRetention(tmp_path, KEPT, calls, ToldClock(START))
    with pytest.raises(ProviderError):
        await retention.prune()
    assert len(names(tmp_path)) == 2
    calls.fault = None
    await retention.prune()
    assert not names(tmp_path)


async def test_many_go_in_batches(tmp_path: Path) -> None:
    for _ in range(CALLS_AT_ONCE + 1):
        recorded(tmp_path, timedelta(days=31), ".wav")
    calls = Calls()
    await RecordingRetention(tmp_path, KEPT, calls, ToldClock(START)).prune()
    assert [len(each) for each in calls.forgotten] == [CALLS_AT_ONCE, 1]
    assert not names(tmp_path)


@virtual_time
async def test_it_is_done_at_the_start_and_every_day(tmp_path: Path) -> None:
    gone = recorded(tmp_path, timedelta(days=31))
    soon = recorded(tmp_path, timedelta(days=29, hours=12))
    young = recorded(tmp_path, timedelta(days=20))
    retention = RecordingRetention(tmp_path, KEPT, Calls(), VirtualClock())
    seen = []
    async with asyncio.TaskGroup() as group:
        loop = group.create_task(keep_doing(retention.loop))
        for hours in (1, 22, 2):
            await asyncio.sleep(hours * 3600)
            seen.append({name.partition(".")[0] for name in names(tmp_path)})
        loop.cancel()
    assert seen == [{str(soon), str(young)}] * 2 + [{str(young)}]
    assert str(gone) not in seen[0]


async def logged(folder: Path, keys: Keyring, windows: int = 400) -> CallId:
    """The cue log of a call that is over."""
    made = call(timedelta(days=1))
    async with CueLog(folder / f"{made}.cues", made, CallState(), keys.seal) as track:
        for at in range(windows):
            track.cue(VoiceWindow(at * 32, at * 32, 0.5), ())
            await asyncio.sleep(0.032)
    return made


def rotated() -> tuple[Keyring, Keyring, Keyring]:
    """The old ring, the ring while keys change, and the new one."""
    old, new = Keyring.parse(new_key_text()), Keyring.parse(new_key_text())
    return old, Keyring(new.keys + old.keys), new


@virtual_time
async def test_after_resealing_the_old_key_is_not_needed(tmp_path: Path) -> None:
    old, both, new = rotated()
    made = await logged(tmp_path, old)
    path = tmp_path / f"{made}.cues"
    before = read_cues(path, made, old.open)
    assert reseal_cue_logs(tmp_path, both.renew).changed == 1
    assert read_cues(path, made, new.open) == before
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == {path.name}
    resealed = path.read_bytes()
    assert reseal_cue_logs(tmp_path, both.renew).changed == 0
    assert path.read_bytes() == resealed


@virtual_time
async def test_what_a_crash_left_is_resealed_up_to_there(tmp_path: Path) -> None:
    old, both, new = rotated()
    made = await logged(tmp_path, old)
    path = tmp_path / f"{made}.cues"
    path.write_bytes(path.read_bytes()[:-40])
    before = read_cues(path, made, old.open)
    assert before.taken
    assert reseal_cue_logs(tmp_path, both.renew).changed == 1
    assert read_cues(path, made, new.open) == before


@virtual_time
async def test_the_log_of_a_call_that_goes_on_waits(tmp_path: Path) -> None:
    old, both, _ = rotated()
    made = call(timedelta(0))
    path = tmp_path / f"{made}.cues"
    async with CueLog(path, made, CallState(), old.seal) as track:
        track.cue(VoiceWindow(0, 0, 0.5), ())
        await asyncio.sleep(6)
        found = reseal_cue_logs(tmp_path, both.renew)
        assert (found.changed, found.live) == (0, 1)
        track.cue(VoiceWindow(32, 32, 0.5), ())
    assert len(read_cues(path, made, old.open).taken) == 2
    assert reseal_cue_logs(tmp_path, both.renew).changed == 1


@virtual_time
async def test_a_log_that_no_key_opens_is_named_and_stays_as_it_is(tmp_path: Path) -> None:
    old, both, new = rotated()
    lost = await logged(tmp_path, Keyring.parse(new_key_text()), windows=10)
    other = call(timedelta(days=2))
    (tmp_path / f"{other}.cues").write_bytes(b"no log")
    good = await logged(tmp_path, old, windows=10)
    before = (tmp_path / f"{lost}.cues").read_bytes()
    found = reseal_cue_logs(tmp_path, both.renew)
    assert {each for each, _ in found.unreadable} == {lost, other}
    assert found.changed == 1
    assert read_cues(tmp_path / f"{good}.cues", good, new.open).taken
    assert (tmp_path / f"{lost}.cues").read_bytes() == before
