"""Whole calls, recorded and decided again: the same decisions, and what would have differed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.replay.changes import changed
from app.replay.check import first_difference
from app.replay.history import history
from app.replay.what_if import CUT, LONGER, MERGED, WITHDRAWN, what_if
from core.errors import InvalidInputError
from core.speech import Expectation, TurnKind
from db.crypto import Keyring, load_or_create_key, new_key_text
from tests.bare_environment import unset_all
from tests.calls.recorded import Caller, record
from tests.calls.stage import card, cough
from tests.fakes.conversation import Line
from tests.virtual_time import virtual_time
from voice.call_state import CallState
from voice.cue_track import CueLog
from voice.cues import StreamStarted, Timer, TimerFired
from voice.endpointing import Patience
from voice.reducer import step

KEYS = Keyring.parse(new_key_text())
GREETING = Line(["Hello, this is Sophie from Hartley and Moss.", "Is now a good time?"])
FINE = Line(["Fine."])
GOODBYE = Line(["Thank you.", "Goodbye now."], ends_call=True)
RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})


async def busy(caller: Caller) -> None:
    """A caller who interrupts, coughs, presses keys and is talked to by an operator."""
    await caller.listens_for(900)
    await caller.says("stop i am busy right now")
    await caller.listens()
    caller.line.microphone += cough()
    caller.desk.order(card().call_id, "One moment, please.", ends_call=False)
    await caller.listens()
    await caller.says("yes it is")
    await caller.listens()


async def hesitant(caller: Caller) -> None:
    """A caller who pauses for long in the middle of an answer."""
    await caller.listens()
    await caller.says("i would like to")
    await asyncio.sleep(1.5)
    await caller.says("sell my house")
    await asyncio.sleep(4)


@virtual_time
async def test_a_whole_call_is_decided_again_the_same(tmp_path: Path) -> None:
    trace = await record(tmp_path, KEYS, [GREETING, FINE, FINE, GOODBYE], busy, delay_s=0.1)
    assert trace.is_whole
    assert first_difference(trace) is None
    kinds = [turn.kind for turn in history(trace.taken).turns]
    assert kinds[0] is TurnKind.OPENING
    assert TurnKind.OPERATOR in kinds
    assert [hushed.yielded for hushed in history(trace.taken).hushed][:1] == [True]


@virtual_time
async def test_without_a_change_an_imagined_call_is_the_call(tmp_path: Path) -> None:
    trace = await record(tmp_path, KEYS, [GREETING, FINE, FINE, GOODBYE], busy, delay_s=0.1)
    compared = what_if(trace, trace.state)
    assert compared.is_faithful
    assert not compared.differs
    assert compared.error_ms is not None
    assert compared.error_ms <= 40


@virtual_time
async def test_a_longer_pause_makes_one_turn_of_two(tmp_path: Path) -> None:
    slow = Line(["Fine."], piece_delay_s=0.05)
    trace = await record(tmp_path, KEYS, [GREETING, slow, slow, slow], hesitant, delay_s=0.05)
    then = [turn for turn in history(trace.taken).turns if turn.kind is TurnKind.SPEECH]
    assert [turn.text for turn in then] == ["i would like to", "sell my house"]
    patient = changed(trace.state, ["endpointing.extra_pause_ms=1500"])
    compared = what_if(trace, patient)
    first, second = compared.turns
    assert (first.note, second.note) == (MERGED, "")
    assert second.now is not None
    assert second.then is not None
    assert second.now.text == "i would like to sell my house"
    assert second.now.waited_ms >= second.then.waited_ms + 1400
    assert second.now.v2v_ms is not None
    assert second.now.v2v_ms >= 1500


@virtual_time
async def test_more_patience_hears_a_turn_to_its_end(tmp_path: Path) -> None:
    async def adding(caller: Caller) -> None:
        await caller.listens()
        caller.ears.texts.append("yes")
        await caller.says("mm-hm")
        await asyncio.sleep(0.5)
        await caller.says("right")  # into the agent's answer, which goes on
        await asyncio.sleep(6)

    lines = [GREETING, Line(["Thank you, that is very good to know."]), FINE]
    trace = await record(tmp_path, KEYS, lines, adding)
    assert [hushed.yielded for hushed in history(trace.taken).hushed] == [False]
    compared = what_if(trace, changed(trace.state, ["endpointing.extra_pause_ms=1000"]))
    assert [pair.note for pair in compared.turns] == [LONGER]
    (pair,) = compared.hushed
    assert pair.now is None


@virtual_time
async def test_less_patience_cuts_a_turn_in_two(tmp_path: Path) -> None:
    async def pausing(caller: Caller) -> None:
        await caller.listens()
        await caller.says("it is a house")
        await asyncio.sleep(1)
        caller.ears.texts.append("it is a house in brighton")
        await caller.says("in brighton")
        await asyncio.sleep(4)

    lines, patient = [GREETING, FINE, FINE, FINE], Patience(extra_pause_ms=1500)
    trace = await record(tmp_path, KEYS, lines, pausing, patience=patient)
    first, *others = what_if(trace, changed(trace.state, ["endpointing.extra_pause_ms=0"])).turns
    assert first.note in (CUT, WITHDRAWN)
    assert first.now is not None
    assert first.now.text == "it is a house"
    assert first.now.waited_ms < 1000
    assert [pair.then is not None for pair in others] == [True]


def test_only_settings_that_there_are_can_be_set() -> None:
    state = changed(
        CallState(),
        ["endpointing.extra_pause_ms=100", "endpointing.off_probability=0.2"],
    )
    assert (state.patience.extra_pause_ms, state.patience.off_probability) == (100, 0.2)
    assert changed(state, ["endpointing.turn_model=true"]).patience.turn_model
    for wrong in ("endpointing.nonsense=1", "extra_pause_ms=1", "endpointing.extra_pause_ms"):
        with pytest.raises(InvalidInputError, match=r"one of: .*endpointing\.extra_pause_ms"):
            changed(state, [wrong])
    for wrong in (
        *("extra_pause_ms=soon", "extra_pause_ms=-1", "extra_pause_ms=99999999", "turn_model=2"),
        *("on_probability=nan", "on_probability=1.5"),
    ):
        with pytest.raises(InvalidInputError, match=r"^endpointing\."):
            changed(state, [f"endpointing.{wrong}"])


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a machine without settings."""
    unset_all(monkeypatch)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_tells_people_and_programs(data_dir: Path) -> None:
    keys = load_or_create_key(data_dir / "field.key")

    @virtual_time
    async def held() -> None:
        slow = Line(["Fine."], piece_delay_s=0.05)
        folder = data_dir / "recordings"
        await record(folder, keys, [GREETING, slow, slow, slow], hesitant, delay_s=0.05)

    held()
    call_id = str(card().call_id)
    plain = RUNNER.invoke(app, ["replay", call_id])
    assert plain.exit_code == 0, plain.output
    assert plain.output.startswith("identical: ")
    assert "digest" in plain.output

    other = ["replay", call_id, "--set", "endpointing.extra_pause_ms=1500"]
    told = RUNNER.invoke(app, other)
    assert told.exit_code == 0, told.output
    assert MERGED in told.output
    found = json.loads(RUNNER.invoke(app, [*other, "--json"]).output)
    assert found["identical"] is True
    assert [turn["note"] for turn in found["what_if"]["turns"]] == [MERGED, ""]

    programs = json.loads(RUNNER.invoke(app, ["replay", call_id, "--json"]).output)
    assert "what_if" not in programs
    assert f"digest {programs['digest'][:16]}" in plain.output

    wrong = RUNNER.invoke(app, ["replay", call_id, "--set", "endpointing.nonsense=1"])
    assert wrong.exit_code == 2
    assert "endpointing.drain_ms" in wrong.output
    path = data_dir / "recordings" / f"{call_id}.cues"
    path.write_bytes(path.read_bytes()[:-20])
    cut = RUNNER.invoke(app, ["replay", call_id])
    assert cut.exit_code == 0
    assert "The log has no end" in cut.output
    path.unlink()
    gone = RUNNER.invoke(app, ["replay", call_id])
    assert gone.exit_code == 2
    assert "There is no cue log" in gone.output


def test_a_decision_that_comes_out_otherwise_is_shown_with_its_cue(data_dir: Path) -> None:
    keys = load_or_create_key(data_dir / "field.key")
    path = data_dir / "recordings" / f"{card().call_id}.cues"

    @virtual_time
    async def held() -> None:
        cues = [StreamStarted(0, 1, Expectation()), TimerFired(900, Timer.CALL)]
        other, state = CallState(time_up="That is all."), CallState()
        async with CueLog(path, card().call_id, state, keys.seal) as track:
            for cue in cues:  # as a version with other words would have decided
                other, commands = step(other, cue)
                track.cue(cue, commands)

    held()
    plain = RUNNER.invoke(app, ["replay", str(card().call_id)])
    assert plain.exit_code == 1
    assert plain.output.startswith("different at cue 2, 0.900 s: TimerFired")
    assert "That is all." in plain.output
    found = json.loads(RUNNER.invoke(app, ["replay", str(card().call_id), "--json"]).output)
    assert (found["identical"], found["difference"]["cue"]) == (False, 2)
    assert "That is all." in "".join(found["difference"]["then"])
    assert "That is all." not in "".join(found["difference"]["now"])
    path.write_bytes(b"nonsense")
    broken = RUNNER.invoke(app, ["replay", str(card().call_id)])
    assert broken.exit_code == 2
    assert "is no cue log" in broken.output
