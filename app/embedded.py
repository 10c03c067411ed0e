"""Embedded services: Postgres and Valkey of our own when no server is configured.

Several processes may share one data directory: the first starts the servers, the others adopt
them (also after their starter was killed), and the last one to leave stops them. The servers are
in a session of their own, so Ctrl-C reaches Parley first and the servers stop after it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

import structlog

from app.embedded_lease import Lease
from app.embedded_places import private_directory
from app.embedded_postgres import Postgres
from app.embedded_valkey import Valkey
from core.errors import ParleyError

log = structlog.get_logger(__name__)

WATCH_S: Final = 0.5  # how soon a dead server is noticed
CALM_S: Final = 60.0  # a server that dies again sooner is left down and reported


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EmbeddedServices:
    """Where the services are reached; empty for one that was not asked for.

    ``database_url``: libpq form, for psycopg and, as ``postgresql+asyncpg``, for SQLAlchemy.
    ``redis_url``: ``unix://`` form, for redis-py.
    """

    database_url: str
    redis_url: str


class Server(Protocol):
    """One kind of server that can be found, started and stopped. All methods block."""

    name: str

    @property
    def url(self) -> str:
        """How clients reach it."""
        ...

    def find(self) -> int | None:
        """The pid of the one that runs already."""
        ...

    def start(self) -> int:
        """Start one; its pid."""
        ...

    def is_running(self, pid: int) -> bool:
        """Whether it is still there."""
        ...

    def stop(self, pid: int) -> None:
        """End it in order."""
        ...


class SharedServer:
    """One user's hold on a server that other processes may use too. All methods block."""

    def __init__(self, server: Server, data_dir: Path) -> None:
        self._server = server
        self._lease = Lease(data_dir, server.name)
        self._pid: int | None = None
        self._mended_at_s: float | None = None
        self._given_up = False

    @property
    def url(self) -> str:
        """How clients reach the server."""
        return self._server.url

    @contextmanager
    def use(self) -> Iterator[None]:
        """Find or start the server and be one of its users; the last one out stops it.

        Raises:
            ProviderError: it cannot be had.
        """
        with self._lease.gate():
            self._pid = self._find_or_start()
            self._lease.take()
        try:
            yield
        finally:
            with self._lease.gate():
                if self._lease.give_back():
                    self._stop()

    def mend(self) -> None:
        """Start the server again if it died; once a minute at most, then it is left down."""
        if self._given_up or self._pid is None or self._server.is_running(self._pid):
            return
        now_s = time.monotonic()
        if self._mended_at_s is not None and now_s - self._mended_at_s < CALM_S:
            self._given_up = True
            log.critical("embedded server died again, left down", server=self._server.name)
            return
        self._mended_at_s = now_s
        log.error("embedded server died, starting it again", server=self._server.name)
        try:
            with self._lease.gate():
                self._pid = self._find_or_start()
        except ParleyError as error:
            self._given_up = True
            log.critical("embedded server stays down", server=self._server.name, why=str(error))

    def _find_or_start(self) -> int:
        name = self._server.name
        pid = self._server.find()
        if pid is not None:
            log.info("embedded server adopted", server=name, pid=pid)
            return pid
        pid = self._server.start()
        log.info("embedded server started", server=name, pid=pid)
        return pid

    def _stop(self) -> None:
        pid = self._server.find()
        if pid is not None:
            self._server.stop(pid)
            log.info("embedded server stopped", server=self._server.name, pid=pid)


@contextmanager
def hold_embedded(
    data_dir: Path, *, postgres: bool = True, valkey: bool = True
) -> Iterator[EmbeddedServices]:
    """What ``embedded_services`` does, for code without an event loop. Blocking.

    Raises:
        ProviderError: a service cannot be had; the message says what to install or set.
        InvalidInputError: the data directory is not usable by this account.
    """
    home = private_directory(data_dir.expanduser().resolve())
    shared: dict[str, SharedServer] = {}
    if postgres:
        shared["postgres"] = SharedServer(Postgres(home), home)
    if valkey:
        shared["valkey"] = SharedServer(Valkey(home), home)
    with ExitStack() as held:
        for server in shared.values():
            held.enter_context(server.use())
        held.enter_context(_watched(list(shared.values())))
        urls = {name: server.url for name, server in shared.items()}
        yield EmbeddedServices(urls.get("postgres", ""), urls.get("valkey", ""))


@contextmanager
def _watched(servers: list[SharedServer]) -> Iterator[None]:
    leaving = threading.Event()

    def watch() -> None:
        while not leaving.wait(WATCH_S):
            for server in servers:
                server.mend()

    thread = threading.Thread(target=watch, name="watch embedded services", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


@asynccontextmanager
async def embedded_services(
    data_dir: Path, *, postgres: bool = True, valkey: bool = True
) -> AsyncIterator[EmbeddedServices]:
    """Run the services for the length of an ``async with`` block, starting or adopting them.

    They are watched meanwhile, by a thread: a server that dies is started once more, and logged.
    Entering takes about a second the first time, a fifth of it later; leaving stops the servers
    unless another process uses them. Cancel-safe: yes; a cancelled start is undone.

    Raises:
        ProviderError: a service cannot be had; the message says what to install or set.
        InvalidInputError: the data directory is not usable by this account.
    """
    with ExitStack() as held:
        services = await _finished(
            lambda: held.enter_context(hold_embedded(data_dir, postgres=postgres, valkey=valkey))
        )
        try:
            yield services
        finally:
            await _finished(held.close)


async def _finished(work: Callable[[], T]) -> T:
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])  # the thread cannot be cancelled; what it began is undone
        raise
