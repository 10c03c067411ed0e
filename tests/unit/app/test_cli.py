"""The command line: help that is enough, clear errors, exit codes, and the chat for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.bare_environment import move_into

RUNNER = CliRunner(env={"TERM": "dumb", "COLUMNS": "200"})
COMMANDS = (
    ["serve"],
    ["migrate"],
    ["key"],
    ["chat"],
    ["call"],
    ["doctor"],
    ["models"],
    ["models", "list"],
    ["models", "pull"],
    ["calls"],
    ["calls", "list"],
    ["calls", "show"],
    ["numbers"],
    ["numbers", "list"],
    ["numbers", "add"],
    ["numbers", "remove"],
    ["scripts"],
    ["scripts", "list"],
    ["scripts", "show"],
    ["scripts", "check"],
    ["scripts", "publish"],
    ["replay"],
    ["worker"],
    ["bench"],
    ["bench", "graph"],
    ["bench", "serve"],
    ["bench", "voice"],
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    move_into(tmp_path, monkeypatch)


def test_no_command_shows_the_help() -> None:
    shown = RUNNER.invoke(app, [])
    for command in ("serve", "migrate", "key", "chat", "call", "calls", "numbers", "scripts"):
        assert command in shown.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    shown = RUNNER.invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert "--help" in shown.output


@pytest.mark.parametrize(
    "command",
    [["serve"], ["migrate"], ["key"], ["calls", "list"], ["calls", "show", "CA1"], ["chat"]],
    ids=" ".join,
)
def test_wrong_settings_are_all_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    monkeypatch.setenv("PARLEY_PORT", "many")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "hidden")
    ran = RUNNER.invoke(app, command)
    assert ran.exit_code == 2
    assert "PARLEY_PORT" in ran.stderr
    assert "TWILIO_AUTH_TOKEN" in ran.stderr
    assert "hidden" not in ran.output
    assert not (tmp_path / "data").exists()


def test_a_settings_file_that_is_not_there() -> None:
    ran = RUNNER.invoke(app, ["serve", "--env-file", "nowhere.env"])
    assert ran.exit_code == 2
    assert "nowhere.env" in ran.stderr


def test_a_misspelt_setting_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_RECORD_CALS", "x")
    monkeypatch.setenv("PARLEY_VOICES", "x")
    ran = RUNNER.invoke(app, ["chat", "--in-memory"], input="")
    assert "Did you mean PARLEY_VOICE?" in ran.stderr


def chat(*options: str, said: str = "") -> list[dict[str, object]]:
    ran = RUNNER.invoke(app, ["chat", "--in-memory", "--json", *options], input=said)
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_program_can_chat() -> None:
    told = chat("--as-of", "2026-11-23T10:00", said="stop calling me\nnever read\n")
    assert len(told) == 2
    assert {"reply", "agent", "stage", "slots", "tools", "outcome", "ended"} <= set(told[0])
    assert (told[0]["ended"], told[1]["ended"]) == (False, True)
    assert told[1]["outcome"] == "opted_out"


def test_the_same_moment_gives_the_same_words() -> None:
    said = "yes\nyes\nthree\njust curious\n"
    for moment in ("2026-11-23T10:00", "2026-11-23T10:00:00+00:00"):
        assert chat("--as-of", moment, said=said) == chat("--as-of", moment, said=said)


def test_people_can_chat() -> None:
    ran = RUNNER.invoke(app, ["chat", "--in-memory"], input="not interested\nno\nno\n")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("greeting: ")


def test_a_script_with_faults_names_line_and_key(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ncolour: red\n")
    ran = RUNNER.invoke(app, ["chat", "--in-memory", "--script", "mine.yaml"])
    assert ran.exit_code == 2
    assert "line 2, colour" in ran.stderr


@pytest.mark.parametrize("script", ["nobody_wrote_it", "nowhere.yaml"])
def test_a_script_that_is_not_there(script: str) -> None:
    ran = RUNNER.invoke(app, ["chat", "--in-memory", "--script", script])
    assert ran.exit_code == 2
    assert script in ran.stderr


def test_a_script_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00")
    ran = RUNNER.invoke(app, ["chat", "--in-memory", "--script", "mine.yaml"])
    assert ran.exit_code == 2
    assert "UTF-8" in ran.stderr


def test_a_moment_that_is_none() -> None:
    assert RUNNER.invoke(app, ["chat", "--as-of", "tomorrow"]).exit_code == 2
