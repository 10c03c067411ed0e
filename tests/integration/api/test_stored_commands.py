"""The commands on a real database: migrate, key, chat, calls, reseal."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from core.ids import CallId, uuid7
from db.crypto import Keyring, new_key_text
from tests.bare_environment import unset_all
from voice.call_state import CallState
from voice.cue_track import CueLog, read_cues
from voice.cues import VoiceWindow

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, fresh_database: str, tmp_path: Path) -> None:
    unset_all(monkeypatch)
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def parley(*arguments: str, said: str = "") -> str:
    ran = RUNNER.invoke(app, list(arguments), input=said)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_from_an_empty_database_to_a_call_that_is_shown() -> None:
    early = RUNNER.invoke(app, ["calls", "list"])
    assert (early.exit_code, "parley migrate" in early.stderr) == (2, True)
    assert "from empty to revision" in parley("migrate")
    assert "is up to date" in parley("migrate")
    assert parley("key", "--role", "viewer").startswith("parley_")
    assert "no call yet" in parley("calls", "list")

    told = parley("chat", "--json", said="stop calling me\n").splitlines()
    assert json.loads(told[-1])["outcome"] == "opted_out"
    (call,) = json.loads(parley("calls", "list", "--json"))["calls"]
    assert (call["outcome"], call["state"]) == ("opted_out", "ended")
    assert call["call_id"] in parley("calls", "list")
    assert "stop calling me" in parley("calls", "show", call["call_id"])
    shown = json.loads(parley("calls", "show", call["call_id"], "--json"))
    assert [turn["number"] for turn in shown["turns"]] == [1, 2]
    assert shown["effects"][0]["tool"] == "opt_out"

    missing = RUNNER.invoke(app, ["calls", "show", "CA" + "9" * 32])
    assert missing.exit_code == 2


def logged(folder: Path, key: str, call: bytes) -> tuple[Path, CallId]:
    """A cue log that was sealed with ``key``."""
    call_id = CallId(uuid7(datetime.now(UTC), call))
    path = folder / "recordings" / f"{call_id}.cues"

    async def write() -> None:
        async with CueLog(path, call_id, CallState(), Keyring.parse(key).seal) as track:
            track.cue(VoiceWindow(0, 0, 0.5), ())

    asyncio.run(write())
    return path, call_id


def test_after_reseal_the_old_key_can_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, new = new_key_text(), new_key_text()
    monkeypatch.setenv("PARLEY_KEY", old)
    parley("migrate")
    parley("chat", "--json", said="stop calling me\n")
    path, call_id = logged(tmp_path, old, b"0123456789")
    lost, _ = logged(tmp_path, new_key_text(), b"9876543210")

    monkeypatch.setenv("PARLEY_KEY", f"{new},{old}")
    first = RUNNER.invoke(app, ["reseal"])
    assert first.exit_code == 1
    assert "and 1 cue logs were sealed" in first.stdout
    assert f"The cue log of call {lost.stem} is left as it was: No field key opens" in first.stderr
    lost.unlink()
    assert "Nothing here needs an older key." in parley("reseal")

    monkeypatch.setenv("PARLEY_KEY", new)
    (call,) = json.loads(parley("calls", "list", "--json"))["calls"]
    assert "stop calling me" in parley("calls", "show", call["call_id"])
    assert len(read_cues(path, call_id, Keyring.parse(new).open).taken) == 1
