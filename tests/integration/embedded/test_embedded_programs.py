"""Which server programs are found, and what is said when there are none."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app import embedded_postgres, embedded_process, embedded_valkey
from app.embedded import hold_embedded
from app.embedded_process import becomes_ready, command_line, end, keep_log_small, tail
from app.embedded_program import Program
from core.errors import ProviderError


def release(place: Path, major: int) -> Path:
    """Programs that only tell their release."""
    place.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (place / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.3'\n")
        (place / name).chmod(0o755)
    return place


def test_the_wheel_comes_first_and_in_its_newest_release() -> None:
    found = embedded_postgres.locate()
    assert found.directory.parent.name == "pginstall18"
    assert found.major == 18


def test_data_of_an_older_release_gets_the_programs_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [release(tmp_path / "18/bin", 18), release(tmp_path / "15/bin", 15)]
    monkeypatch.setattr(embedded_postgres, "_places", lambda: [tmp_path / "none", *places])
    assert embedded_postgres.locate().major == 18
    assert embedded_postgres.locate(15).directory == places[1]
    with pytest.raises(ProviderError, match="made by Postgres 14, but only 18, 15 is here"):
        embedded_postgres.locate(14)


def test_no_program_at_all_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_postgres, "_places", list)
    with pytest.raises(ProviderError, match="DATABASE_URL"):
        embedded_postgres.locate()
    monkeypatch.setattr(embedded_valkey, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(embedded_valkey, "PROGRAMS", ("no-such-server",))
    with pytest.raises(ProviderError, match="REDIS_URL"):
        embedded_valkey.locate()


def test_the_systems_valkey_serves_when_the_wheel_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_valkey, "WHEEL", "no_such_wheel")
    (tmp_path / "redis-server").write_text("#!/bin/sh\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded_valkey.locate() == tmp_path / "redis-server"


def test_a_server_that_cannot_start_shows_its_log(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres, "SETTINGS", ("no_such_setting=1",))
    with pytest.raises(ProviderError, match="no_such_setting"):
        hold_embedded(home.path, valkey=False).__enter__()
    monkeypatch.setattr(embedded_valkey, "OPTIONS", (("--no-such-option", "1"),))
    with pytest.raises(ProviderError, match="no-such-option"):
        hold_embedded(home.path, postgres=False).__enter__()


def test_a_cluster_that_cannot_be_made_leaves_nothing(
    home: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [release(tmp_path / "18/bin", 18)]
    (places[0] / "initdb").write_text("#!/bin/sh\necho disk full; exit 1\n")
    monkeypatch.setattr(embedded_postgres, "_places", lambda: places)
    with pytest.raises(ProviderError, match="disk full"):
        hold_embedded(home.path, valkey=False).__enter__()
    assert not list(home.path.glob("postgres.new*"))


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "postgres.log"
    keep_log_small(log)
    assert tail(log) == ""
    log.write_text("one\ntwo\n")
    keep_log_small(log)
    assert tail(log) == "one\ntwo"
    monkeypatch.setattr(embedded_process, "LOG_KEPT_BYTES", 3)
    keep_log_small(log)
    assert not log.exists()
    assert (tmp_path / "postgres.log.1").read_text() == "one\ntwo\n"


def test_a_process_that_will_not_end_is_reported() -> None:
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as process:
        try:
            assert command_line(process.pid) is not None
            assert not end(process.pid, ((signal.SIGCONT, 0.05),))
            assert end(process.pid, ((signal.SIGTERM, 5.0),))
        finally:
            process.kill()
    assert command_line(process.pid) is None
    assert end(process.pid, ((signal.SIGTERM, 1.0),))


def test_a_server_that_never_answers_is_given_up_with_its_reason() -> None:
    with pytest.raises(TimeoutError, match="still reading"):
        becomes_ready(lambda: "still reading", lambda: True, 0.01)
    assert not becomes_ready(lambda: "refused", lambda: False, 0.01)


def test_a_program_says_which_server_and_why(tmp_path: Path) -> None:
    program = Program("valkey", tmp_path / "valkey.log", 0.01, ((signal.SIGCONT, 0.05),))
    with pytest.raises(ProviderError, match=r"pid 1\) does not answer: still reading"):
        program.becomes_ready(1, lambda: "still reading", lambda pid: pid == 1)
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as process:
        with pytest.raises(ProviderError, match="does not stop") as caught:
            program.stop(process.pid)
        process.kill()
    assert caught.value.provider == "valkey"
