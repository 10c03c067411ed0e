"""A data directory to run services in, and other processes that use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import psycopg
import pytest

from app.embedded import hold_embedded
from app.embedded_process import command_line, wait_until_gone

STATUS_LINE = 7  # of postmaster.pid
ROOT = Path(__file__).resolve().parents[3]
USER_PROGRAM = """
import json, sys
from pathlib import Path
from app.embedded import hold_embedded

with hold_embedded(Path(sys.argv[1]), valkey=sys.argv[2] == "both") as services:
    print(json.dumps([services.database_url, services.redis_url]), flush=True)
    sys.stdin.read()
"""


class Home:
    """A data directory, and what runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def postgres_pid(self) -> int:
        """The pid that Postgres recorded."""
        return int((self.path / "postgres/postmaster.pid").read_text().split()[0])

    def valkey_pid(self) -> int:
        """The pid that Valkey recorded."""
        return int((self.path / "valkey/valkey.pid").read_text())

    def log(self) -> str:
        """What Postgres said so far."""
        return (self.path / "postgres.log").read_text()

    def note(self, database_url: str, text: str) -> None:
        """Write a row that must survive."""
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
            connection.execute("INSERT INTO notes VALUES (%s)", (text,))

    def notes(self, database_url: str) -> list[str]:
        """The rows written so far."""
        with psycopg.connect(database_url) as connection:
            return [str(row[0]) for row in connection.execute("SELECT text FROM notes")]

    def next_postgres_pid(self, before: int) -> int:
        """Wait until a server other than ``before`` accepts connections; its pid."""
        pid_file = self.path / "postgres/postmaster.pid"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            lines = pid_file.read_text().split("\n") if pid_file.exists() else []
            ready = len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"
            if ready and int(lines[0]) != before:
                return int(lines[0])
            time.sleep(0.01)
        raise AssertionError("no other server came up")

    def kill(self, pid: int) -> None:
        """Kill a server and see it gone."""
        os.kill(pid, signal.SIGKILL)
        assert wait_until_gone(pid, 10)

    def is_over(self, pid: int) -> bool:
        """Whether a process has ended."""
        return command_line(pid) is None


class UserProcess:
    """Another process that uses the services of a data directory."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.database_url = ""
        self.redis_url = ""

    def ready(self) -> UserProcess:
        """Wait until it has the services."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("["):
                self.database_url, self.redis_url = json.loads(line)
                return self
        raise AssertionError(f"the user process ended with {self.process.wait()}")

    def leave(self) -> None:
        """Let it end in order."""
        self.process.communicate("", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        """Kill it where it stands."""
        self.process.kill()
        self.process.communicate(timeout=60)


class StartUser(Protocol):
    """Starts another process that uses the services."""

    def __call__(
        self, home: Path, *, valkey: bool = False, before: Sequence[str] = ()
    ) -> UserProcess:
        """``before``: the words of a program that starts it, such as setpriv."""
        ...


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A data directory; whatever still runs on it is stopped after the test."""
    place = Home(tmp_path / "data")
    yield place
    if (place.path / "postgres/postmaster.pid").exists():
        with hold_embedded(place.path, valkey=(place.path / "valkey").exists()):
            pass  # adopted, and stopped as its last user


@pytest.fixture
def start_user() -> Iterator[StartUser]:
    """Other processes; those still there after the test are killed."""
    with ExitStack() as ended:

        def start(home: Path, *, valkey: bool = False, before: Sequence[str] = ()) -> UserProcess:
            which = "both" if valkey else "postgres"
            process = subprocess.Popen(
                [*before, sys.executable, "-c", USER_PROGRAM, str(home), which],
                cwd=ROOT,
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            ended.enter_context(process)
            ended.callback(process.kill)
            return UserProcess(process)

        yield start
