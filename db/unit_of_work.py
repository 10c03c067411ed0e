"""One unit of work: one transaction on one session, and the facts it makes true."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from core.events import Fact
from db.tables.records import EventRow


class Units:
    """Opens units of work. Repositories hold this, never a session."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, else rolled back.

        Cancel-safe: the transaction is then rolled back, unless the commit was already sent.
        """
        async with self._sessions.begin() as session:
            yield session


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
