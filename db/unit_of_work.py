"""One unit of work: one transaction on one session, and the facts it makes true."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, cast

import asyncpg
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from core.errors import ProviderError
from core.events import Fact
from db.direct import Direct
from db.tables.records import EventRow

# https://www.postgresql.org/docs/current/errcodes-appendix.html, class and code:
AWAY_CLASSES: Final = frozenset({"08", "53"})  # connection lost; no resources for another
AWAY_CODES: Final = frozenset({"57P01", "57P02", "57P03"})  # shut down, crashed, starting up


class Units:
    """Opens units of work. Repositories hold this, never a session."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, else rolled back.

        Cancel-safe: the transaction is then rolled back, unless the commit was already sent.
        Raises:
            ProviderError: the database is away. Whether a commit that was under way then was
                written is not known.
        """
        with _telling_when_away():
            async with self._sessions.begin() as session:
                yield session

    async def at_once(self, statement: Direct, given: Mapping[str, object]) -> Sequence[Any]:
        """The rows of one statement, which is a transaction by itself; one trip to the database.

        Straight to the driver: for what a caller waits for at every turn. Cancel-safe and
        errors: as ``begin``.
        """
        with _telling_when_away():
            async with self._single.connect() as connection:
                raw = await connection.get_raw_connection()
                driver = cast("asyncpg.Connection", raw.driver_connection)
                rows: Sequence[Any] = await driver.fetch(
                    *statement.bound(connection.dialect, given)
                )
                return rows


@contextmanager
def _telling_when_away() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, asyncpg.PostgresError, OSError) as error:
        if not _is_away(error):
            raise
        raise ProviderError(
            "postgres",
            f"The database cannot be reached ({type(error).__name__}).",
            retryable=True,
        ) from error


def _is_away(error: Exception) -> bool:
    """Whether ``error`` tells of the database's absence, not of what was asked of it.

    Errors while connecting, and a statement's timeout, come as the driver raised them.
    """
    if isinstance(error, OSError | PoolTimeoutError | OperationalError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    code = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or ""
    return code in AWAY_CODES or code[:2] in AWAY_CLASSES


async def publish(session: AsyncSession, facts: Sequence[Fact]) -> None:
    """Store ``facts`` in the transaction that makes them true."""
    if facts:
        await session.execute(
            insert(EventRow),
            [
                {
                    "kind": fact.kind,
                    "version": fact.version,
                    "at": fact.at,
                    "call_id": fact.call_id,
                    "data": dict(fact.data),
                }
                for fact in facts
            ],
        )
