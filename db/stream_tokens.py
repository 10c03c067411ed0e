"""The used tokens of media streams: each opens its stream once, in whichever process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from core.ids import CallId
from db.tables.doors import StreamTokenRow
from db.unit_of_work import Units


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
