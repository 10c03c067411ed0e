"""The connection pool of our own tables: SQLAlchemy over asyncpg, from one libpq URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.errors import InvalidInputError
from db.crypto import Keyring
from db.encrypted import give_keyring


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
        pool_pre_ping=True,  # a restarted database costs a reconnect, not a failed turn
    )
    give_keyring(engine, keyring)
    return engine
