"""The checkpoints of calls that are over: nobody resumes them, so they may go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from core.ids import CallId
from db.unit_of_work import Units

PRUNE_LOCK: Final = 0x7072756E65  # "prune": two deletions of one thread could block each other

# A thread is named by its call id; the CASE keeps other names from the cast. The thread's name
# is in an index of the checkpoints, so the list is read from it and not from all calls.
ENDED: Final = text("""
    SELECT calls.call_id
    FROM (
        SELECT DISTINCT
            CASE WHEN thread_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            THEN thread_id::uuid END AS call_id
        FROM checkpoints.checkpoints
    ) AS threads
    JOIN calls ON calls.call_id = threads.call_id
    WHERE calls.state = 'ended' AND calls.ended_at < :ended_before
    ORDER BY calls.call_id
    LIMIT :at_most
""")
TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")


@dataclass(frozen=True, slots=True)
class PostgresEndedThreads:
    """Finds the checkpoints that are of no use any more."""

    units: Units

    @asynccontextmanager
    async def batch(self, ended_before: datetime, at_most: int) -> AsyncIterator[Sequence[CallId]]:
        """Calls that ended before and still have checkpoints, for this process alone.

        While the block lasts no other process is given any. It is given none itself when another
        one is at it, and when nothing is left.
        """
        async with self.units.begin() as session:
            if not await session.scalar(TRY_LOCK, {"lock": PRUNE_LOCK}):
                yield ()
                return
            found = await session.scalars(ENDED, {"ended_before": ended_before, "at_most": at_most})
            yield [CallId(call_id) for call_id in found]
