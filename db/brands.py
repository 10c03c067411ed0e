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
from db.seed import DEMO_NUMBER
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
    """A number of ours, whose it is, and the newest scripts of calls on it.

    ``outbound`` is None for a number that only takes calls.
    """

    number: PhoneNumber
    brand: Brand
    inbound: ScriptRef
    outbound: ScriptRef | None


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
            return await own_number(session, row)

    async def numbers(self) -> Sequence[OwnNumber]:
        """All our numbers, the oldest first. Raises NotFoundError: a script is missing."""
        async with self.units.begin() as session:
            rows = await session.scalars(
                select(NumberRow).order_by(NumberRow.created_at, NumberRow.id)
            )
            return [await own_number(session, row) for row in rows.all()]

    async def first(self) -> OwnNumber:
        """The oldest number that an operator added, else the demonstration's.

        Raises NotFoundError: there is no number, or a script is missing.
        """
        return _first(await self.numbers())

    async def line(self, ours: PhoneNumber | None, script: str | None) -> Line:
        """The line to call from; without ``ours`` the oldest that an operator added.

        ``script`` names another outbound script than the number's; its newest version is taken.

        Raises:
            NotFoundError: no such number of ours, or no such script.
        """
        if ours is not None:
            own = await self.by_number(ours)
        else:
            numbers = await self.numbers()
            own = _first([own for own in numbers if own.outbound or script is not None])
        chosen = own.outbound
        if script is not None:
            async with self.units.begin() as session:
                chosen = await latest_version(session, script)
        if chosen is None:
            raise NotFoundError("outbound script of", str(own.number))
        return Line(own.brand.id, own.number, chosen)

    async def is_suppressed(self, brand: BrandId, number: PhoneNumber) -> bool:
        """Whether the person asked this brand, or all of us, not to be called."""
        listed = exists().where(
            SuppressionRow.number_index.in_(self.keyring.indexes(number.e164)),
            or_(SuppressionRow.brand_id.is_(None), SuppressionRow.brand_id == brand),
        )
        async with self.units.begin() as session:
            return bool(await session.scalar(select(listed)))


def _first(numbers: Sequence[OwnNumber]) -> OwnNumber:
    """The first that is not the demonstration's: no carrier lets that one call."""
    real = [own for own in numbers if own.number != DEMO_NUMBER]
    for own in (*real, *numbers):
        return own
    raise NotFoundError("number of ours", "to call from")


async def own_number(session: AsyncSession, row: NumberRow) -> OwnNumber:
    """The number of ``row`` with its brand. Raises NotFoundError: a script is missing."""
    brand = await session.get_one(BrandRow, row.brand_id)
    outbound = row.outbound_script or brand.outbound_script
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
        outbound=None if outbound is None else await latest_version(session, outbound),
    )
