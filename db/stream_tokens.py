"""The used tokens of media streams: each opens its stream once, in whichever process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.ids import CallId
from db.tables.doors import StreamTokenRow
from db.unit_of_work import Units

FORGOTTEN_AT_ONCE: Final = 1000  # per transaction, so that no lock is held long


@dataclass(frozen=True, slots=True)
class PostgresTokenBook:
    """Remembers which tokens were used."""

    units: Units

    async def redeem(self, call_id: CallId, nonce_hash: bytes, at: datetime) -> bool:
        """Mark the token used; False when it was used before. Atomic across processes."""
        use = (
            insert(StreamTokenRow)
            .values(digest=nonce_hash, call_id=call_id, used_at=at)
            .on_conflict_do_nothing()
            .returning(StreamTokenRow.call_id)
        )
        async with self.units.begin() as session:
            return await session.scalar(use) is not None

    async def forget(self, used_before: datetime) -> int:
        """Drop the tokens that were used before; how many. Safe in several processes at once.

        ``used_before``: so long ago that no such token is valid any more.
        """
        dropped = 0
        while some := await self._forget_some(used_before):
            dropped += some
        return dropped

    async def _forget_some(self, used_before: datetime) -> int:
        old = (
            select(StreamTokenRow.digest)
            .where(StreamTokenRow.used_at < used_before)
            .limit(FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        async with self.units.begin() as session:
            dropped = await session.scalars(
                delete(StreamTokenRow)
                .where(StreamTokenRow.digest.in_(old))
                .returning(StreamTokenRow.digest)
                .execution_options(synchronize_session=False)
            )
            return len(dropped.all())
