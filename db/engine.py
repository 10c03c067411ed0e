"""The connection pool of our own tables: SQLAlchemy over asyncpg, from one libpq URL."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from core.errors import InvalidInputError
from db.crypto import Keyring
from db.encrypted import give_keyring

USED: Final = "parley_used_s"  # info of a pooled connection: when it was last taken
IDLE_S: Final = 10.0  # networks cut what is silent for minutes, never for seconds


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where the database is and how hard it may be used. Seconds are per operation."""

    url: str = field(repr=False)  # libpq form, may hold a password
    pool_size: int = 10  # a turn holds a connection for milliseconds; 10 serve hundreds of calls
    pool_overflow: int = 10
    connect_s: float = 5.0
    statement_s: float = 10.0
    wait_for_connection_s: float = 5.0


def libpq_url(url: str, drivername: str = "postgresql") -> URL:
    """``url`` with another driver name; keeps passwords with special characters whole.

    Raises:
        InvalidInputError: it is no Postgres URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise InvalidInputError(
            "DATABASE_URL is not a Postgres URL; write postgresql://user:password@host:5432/name.",
            field="DATABASE_URL",
        )
    return parsed.set(drivername=drivername)


def make_engine(config: DatabaseConfig, keyring: Keyring) -> AsyncEngine:
    """A pool that connects on first use; the caller disposes of it.

    asyncpg reads the URL itself, so every libpq option (sslmode, sslrootcert, several hosts,
    a socket directory) means here what it means to psql.
    """
    dsn = libpq_url(config.url).render_as_string(hide_password=False)
    connect = partial(
        asyncpg.connect,
        dsn,
        timeout=config.connect_s,
        command_timeout=config.statement_s,
    )
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=config.pool_size,
        max_overflow=config.pool_overflow,
        pool_timeout=config.wait_for_connection_s,
        hide_parameters=True,  # errors are logged, and parameters hold personal data
    )
    _look_before_use(engine)
    give_keyring(engine, keyring)
    return engine


def _look_before_use(engine: AsyncEngine) -> None:
    """Replace connections that are gone: a restarted database costs a reconnect, not a turn.

    Its own end of a socket tells at once, without a trip, that the database closed it. Only a
    connection that lay idle is asked: something on the way may have cut it and told nobody.
    """
    dialect = engine.sync_engine.dialect

    def look(
        connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        now_s = time.monotonic()
        used_s = entry.info.get(USED, now_s)
        entry.info[USED] = now_s
        if connection.driver_connection.is_closed():
            raise DisconnectionError("The database closed this connection.")
        if now_s - used_s > IDLE_S:
            try:
                dialect.do_ping(connection)
            except dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError("The database does not answer.") from error

    event.listen(engine.sync_engine, "checkout", look)
