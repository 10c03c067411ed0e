"""The command's options: wrong ones are refused before anything starts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.call import house, parts
from app.call.command import register
from app.call.playhouse import network_of

app = typer.Typer()
register(app)


def run(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and all that was printed, in one line."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, " ".join(done.output.split())


def test_the_scenarios_are_listed() -> None:
    code, text = run("--list")
    assert code == 0
    assert re.search(r"scenario who .* booking A home owner .* inbound", text)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nobody"], "There is no scenario 'nobody' (known: booking,"),
        (["--scenario", "nobody"], "There is no scenario 'nobody'"),
        (["--voice", "zz-zz"], "no voice 'zz-zz'"),
        (["--wav-dir", "/nowhere"], "/nowhere is not a folder"),
        (["--server", "http://x"], "--server needs --api-key and --auth-token."),
        (["--server", "http://x", "--api-key", "k", "--auth-token", "t"], "can only be rung"),
        (["--html", "/nowhere/call.html"], "there is no folder /nowhere"),
    ],
)
def test_wrong_options(arguments: list[str], complaint: str) -> None:
    code, text = run(*arguments)
    assert code == 2
    assert complaint in text


def test_a_server_that_does_not_start_is_a_failed_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    monkeypatch.chdir(tmp_path)
    code, text = run("--json", "call.json")
    result = json.loads(Path("call.json").read_text())
    assert code == 1
    assert "The server did not start (code 2)" in text
    assert "DATABASE_URL" in text
    assert (result["outcome"], result["turns"], result["recording"]) == ("failed", [], None)
    assert not Path("call.html").exists()


def test_a_quiet_failure_still_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nobody = f"http://127.0.0.1:{house.free_port()}"
    known = ["--server", nobody, "--api-key", "k", "--auth-token", "t"]
    code, text = run("inbound", "--quiet", *known)
    assert code == 1
    assert text.startswith("The call ended as")


def test_people_are_different_numbers_of_nobody() -> None:
    drawn = parts.people(50)
    assert len(set(drawn)) == 50
    assert all(re.fullmatch(r"\+447700900\d{3}", number) for number in drawn)


def test_a_server_of_our_own_has_credentials_of_its_own(tmp_path: Path) -> None:
    account, token = house.credentials()
    assert re.fullmatch(r"AC[0-9a-f]{32}", account)
    assert (account, token) != house.credentials()
    assert 1024 < house.free_port() < 65536
    log = tmp_path / "log"
    assert house.last_words(log) == ""
    log.write_text("\n".join(f"line {number}" for number in range(30)))
    assert house.last_words(log).splitlines()[1] == "  | line 15"


def test_a_log_is_told_in_few_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    record = {
        "level": "error",
        "event": "call broke",
        "exception": "Traceback\n  | a.BadError: no\n",
    }
    log.write_text(f"{json.dumps(record)}\n{json.dumps({'level': 'info', 'event': 'over'})}\n")
    assert house.last_words(log) == "\n  | error: call broke: a.BadError: no\n  | info: over"


def test_the_network_is_the_same_both_ways() -> None:
    network = network_of(40, 10, 7)
    assert network.up == network.down
    assert (network.up.base_ms, network.up.jitter_ms, network.seed) == (40, 10, 7)
