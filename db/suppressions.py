"""The list of numbers that must not be called."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from core.ids import BrandId
from core.phone import PhoneNumber
from db.crypto import Keyring
from db.tables.conversation import SuppressionRow
from db.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class PostgresSuppressionList:
    """Who said "never call me again", to a brand or to the whole installation."""

    units: Units
    keyring: Keyring

    async def covers(self, number: PhoneNumber, brand: BrandId) -> bool:
        """Whether ``brand`` must not call ``number``."""
        listed = exists().where(
            SuppressionRow.number_index.in_(self.keyring.indexes(number.e164)),
            or_(SuppressionRow.brand_id.is_(None), SuppressionRow.brand_id == brand),
        )
        async with self.units.begin() as session:
            return bool(await session.scalar(select(listed)))
