"""The brands and their numbers: who is called at a number, and who calls with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.ports import Line
from core.card import ScriptRef
from core.errors import NotFoundError
from core.ids import BrandId
from core.phone import PhoneNumber
from db.crypto import Keyring
from db.scripts import latest_version
from db.tables.brands import BrandRow, NumberRow
from db.tables.conversation import SuppressionRow
from db.unit_of_work import Units


@dataclass(frozen=True, slots=True)
class Brand:
    """A trading name and how it is presented. ``timezone`` is an IANA name."""

    id: BrandId
    name: str
    address: str
    freephone: PhoneNumber
    timezone: str
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number of ours, whose it is, and the newest scripts of calls on it."""

    number: PhoneNumber
    brand: Brand
    inbound: ScriptRef
    outbound: ScriptRef


@dataclass(frozen=True, slots=True)
class PostgresBrandBook:
    """``campaigns.ports.LineBook``, and the brands behind our numbers."""

    units: Units
    keyring: Keyring

    async def by_number(self, number: PhoneNumber) -> OwnNumber:
        """Whose number this is. Raises NotFoundError: not ours, or its script is missing."""
        async with self.units.begin() as session:
            row = await session.scalar(
                select(NumberRow).where(NumberRow.e164_index.in_(self.keyring.indexes(number.e164)))
            )
            if row is None:
                raise NotFoundError("number of ours", str(number))
            return await _own(session, row)

    async def numbers(self) -> Sequence[OwnNumber]:
        """All our numbers, the oldest first. Raises NotFoundError: a script is missing."""
        async with self.units.begin() as session:
            rows = await session.scalars(
                select(NumberRow).order_by(NumberRow.created_at, NumberRow.id)
            )
            return [await _own(session, row) for row in rows.all()]

    async def line(self, ours: PhoneNumber | None, script: str | None) -> Line:
        """The line to call from; without ``ours`` the oldest one.

        ``script`` names another outbound script than the brand's; its newest version is taken.

        Raises:
            NotFoundError: no such number of ours, or no such script.
        """
        if ours is None:
            numbers = await self.numbers()
            if not numbers:
                raise NotFoundError("number of ours", "to call from")
            own = numbers[0]
        else:
            own = await self.by_number(ours)
        chosen = own.outbound
        if script is not None:
            async with self.units.begin() as session:
                chosen = await latest_version(session, script)
        return Line(own.brand.id, own.number, chosen)

    async def is_suppressed(self, brand: BrandId, number: PhoneNumber) -> bool:
        """Whether the person asked this brand, or all of us, not to be called."""
        listed = exists().where(
            SuppressionRow.number_index.in_(self.keyring.indexes(number.e164)),
            or_(SuppressionRow.brand_id.is_(None), SuppressionRow.brand_id == brand),
        )
        async with self.units.begin() as session:
            return bool(await session.scalar(select(listed)))


async def _own(session: AsyncSession, row: NumberRow) -> OwnNumber:
    brand = await session.get_one(BrandRow, row.brand_id)
    return OwnNumber(
        number=row.e164,
        brand=Brand(
            id=BrandId(brand.id),
            name=brand.name,
            address=brand.address,
            freephone=brand.freephone,
            timezone=brand.timezone,
            jurisdiction=brand.jurisdiction,
        ),
        inbound=await latest_version(session, row.inbound_script or brand.inbound_script),
        outbound=await latest_version(session, brand.outbound_script),
    )
