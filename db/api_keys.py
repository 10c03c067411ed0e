"""The API keys: kept by digest, shown once to whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, func, select, update

from core.clock import Clock, Entropy
from core.errors import NotFoundError
from core.ids import ENTROPY_BYTES, uuid7
from db.tables.doors import ApiKeyRow, ApiRole
from db.unit_of_work import Units

FIRST_KEY_LOCK: Final = 0x6B657931  # "key1": one process makes the first key


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A known key, without the key. ``prefix`` is the visible start of it."""

    label: str
    role: ApiRole
    prefix: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostgresApiKeys:
    """Keys by their SHA-256: they are random enough that no slow hash is needed."""

    units: Units
    clock: Clock
    entropy: Entropy

    async def holder(self, key_hash: bytes) -> KeyHolder | None:
        """Who holds the key with this SHA-256, if it is valid."""
        async with self.units.begin() as session:
            row = await session.scalar(
                select(ApiKeyRow).where(
                    ApiKeyRow.sha256 == key_hash, ApiKeyRow.revoked_at.is_(None)
                )
            )
            return None if row is None else _holder(row)

    async def add(self, label: str, role: ApiRole, prefix: str, key_hash: bytes) -> None:
        """Keep a new key. ``prefix``: enough of it to recognise it by, unique."""
        async with self.units.begin() as session:
            session.add(self._row(label, role, prefix, key_hash))

    async def add_first(self, label: str, role: ApiRole, prefix: str, key_hash: bytes) -> bool:
        """Keep a key when there has never been one; False when there has."""
        async with self.units.begin() as session:
            await session.execute(select(func.pg_advisory_xact_lock(FIRST_KEY_LOCK)))
            if await session.scalar(select(exists(select(ApiKeyRow.id)))):
                return False
            session.add(self._row(label, role, prefix, key_hash))
            return True

    async def revoke(self, prefix: str) -> None:
        """Let the key in no more. Idempotent. Raises NotFoundError."""
        now = self.clock.now()
        async with self.units.begin() as session:
            known = await session.scalar(
                update(ApiKeyRow)
                .where(ApiKeyRow.prefix == prefix)
                .values(revoked_at=func.coalesce(ApiKeyRow.revoked_at, now))
                .returning(ApiKeyRow.id)
            )
            if known is None:
                raise NotFoundError("API key", prefix)

    async def all(self) -> Sequence[KeyHolder]:
        """Every key there has been, the oldest first."""
        async with self.units.begin() as session:
            rows = await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id))
            return [_holder(row) for row in rows]

    def _row(self, label: str, role: ApiRole, prefix: str, key_hash: bytes) -> ApiKeyRow:
        now = self.clock.now()
        return ApiKeyRow(
            id=uuid7(now, self.entropy(ENTROPY_BYTES)),
            prefix=prefix,
            sha256=key_hash,
            role=role,
            label=label,
            created_at=now,
        )


def _holder(row: ApiKeyRow) -> KeyHolder:
    return KeyHolder(row.label, row.role, row.prefix, row.created_at, row.revoked_at)
