"""The commands on a real database: migrate, key, chat, calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.settings import ENVIRONMENT_NAMES

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, fresh_database: str, tmp_path: Path) -> None:
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
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
