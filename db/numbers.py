"""How numbers of ours come and go: with their scripts, and the brand they speak for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.call import CallState
from core.clock import Clock, Entropy
from core.errors import InvalidInputError, NotFoundError, RefusedError
from core.ids import ENTROPY_BYTES, uuid7
from core.phone import PhoneNumber
from db.brands import OwnNumber, own_number
from db.crypto import Keyring
from db.scripts import Published, latest_version, publish_script
from db.tables.brands import BrandRow, NumberRow, ScriptOrigin, SuppressionScope
from db.tables.calls import CallRow
from db.unit_of_work import Units

NUMBERS_LOCK: Final = 0x6E756D62  # "numb": one change of the numbers at a time


class Change(StrEnum):
    """What adding a number did to it."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """A brand as a script presents it. ``timezone``: IANA name, ``jurisdiction``: ISO 3166.

    ``freephone`` is None where the script's cannot be read; only a new brand needs it.
    """

    name: str
    address: str
    freephone: PhoneNumber | None
    timezone: str
    jurisdiction: str


@dataclass(frozen=True, slots=True)
class ScriptChoice:
    """A script for a number. ``text``: validated YAML to publish first; None: as on the shelf."""

    name: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class NumberChange:
    """What came of adding a number. ``before``: what it was, None for a new one."""

    change: Change
    own: OwnNumber
    before: OwnNumber | None
    has_new_brand: bool
    published: Sequence[Published]


@dataclass(frozen=True, slots=True)
class PostgresNumberBook:
    """Adds, changes and removes numbers of ours."""

    units: Units
    keyring: Keyring
    clock: Clock
    entropy: Entropy

    async def add(
        self,
        number: PhoneNumber,
        facts: BrandFacts,
        inbound: ScriptChoice,
        outbound: ScriptChoice | None,
    ) -> NumberChange:
        """Let calls to ``number`` reach the brand of ``facts`` with these scripts. Idempotent.

        The brand is found by name or made; an existing one stays as it is. Without ``outbound``
        the number keeps its own for as long as it stays with its brand, else takes the brand's.
        Scripts, brand and number change together or not at all.

        Raises:
            NotFoundError: a script without a text is not on the shelf.
            InvalidInputError: a new brand lacks its freephone number.
        """
        async with self.units.begin() as session:
            await session.execute(select(func.pg_advisory_xact_lock(NUMBERS_LOCK)))
            published = await self._publish(session, inbound, outbound)
            brand, has_new_brand = await self._brand(session, facts, inbound, outbound)
            row = await self._row(session, number)
            before = None if row is None else await own_number(session, row)
            if row is None:
                row = self._new_row(number)
                session.add(row)
            elif row.brand_id != brand.id:
                row.outbound_script = None  # the other brand's
            row.brand_id = brand.id
            row.inbound_script = inbound.name
            if outbound is not None:
                row.outbound_script = outbound.name
            await session.flush()
            own = await own_number(session, row)
            change = _change(before, own, published)
            return NumberChange(change, own, before, has_new_brand, published)

    async def remove(self, number: PhoneNumber) -> OwnNumber:
        """Forget ``number``; its brand, scripts and stored calls stay.

        Raises:
            NotFoundError: it is not ours.
            RefusedError: a call on it has not ended.
        """
        async with self.units.begin() as session:
            await session.execute(select(func.pg_advisory_xact_lock(NUMBERS_LOCK)))
            row = await self._row(session, number)
            if row is None:
                raise NotFoundError("number of ours", str(number))
            live = await session.scalar(
                select(func.count())
                .select_from(CallRow)
                .where(
                    CallRow.ours_index.in_(self.keyring.indexes(number.e164)),
                    CallRow.state != CallState.ENDED,
                )
            )
            if live:
                calls = "A call on it has" if live == 1 else f"{live} calls on it have"
                raise RefusedError(
                    "NUMBER_IN_USE",
                    f"The number is in use. {calls} not ended; try again afterwards. "
                    "(Calls that a stopped server left open are closed when one runs again.)",
                )
            own = await own_number(session, row)
            await session.delete(row)
            return own

    async def _publish(
        self, session: AsyncSession, inbound: ScriptChoice, outbound: ScriptChoice | None
    ) -> Sequence[Published]:
        """Bring the texts onto the shelf. Raises NotFoundError for a name that is not there."""
        published = []
        # In order of name, as everybody locks them.
        for choice in sorted(filter(None, (inbound, outbound)), key=lambda choice: choice.name):
            if choice.text is None:
                await latest_version(session, choice.name)
            else:
                published.append(
                    await publish_script(
                        session, self.clock, choice.name, choice.text, ScriptOrigin.OPERATOR
                    )
                )
        return published

    async def _brand(
        self,
        session: AsyncSession,
        facts: BrandFacts,
        inbound: ScriptChoice,
        outbound: ScriptChoice | None,
    ) -> tuple[BrandRow, bool]:
        """The brand of that name, and whether it is new. Raises InvalidInputError."""
        brands = (await session.scalars(select(BrandRow).order_by(BrandRow.created_at))).all()
        for brand in brands:
            if same_name(brand.name, facts.name):
                return brand, False
        if facts.freephone is None:
            raise InvalidInputError(
                f"{facts.name} is a new brand, and its freephone number cannot be read from the "
                "script.",
                field="brand.freephone",
            )
        now = self.clock.now()
        brand = BrandRow(
            id=uuid7(now, self.entropy(ENTROPY_BYTES)),
            name=facts.name,
            address=facts.address,
            freephone=facts.freephone,
            timezone=facts.timezone,
            jurisdiction=facts.jurisdiction,
            suppression_scope=SuppressionScope.INSTALLATION,
            inbound_script=inbound.name,
            outbound_script=None if outbound is None else outbound.name,
            created_at=now,
        )
        session.add(brand)
        await session.flush()
        return brand, True

    async def _row(self, session: AsyncSession, number: PhoneNumber) -> NumberRow | None:
        found: NumberRow | None = await session.scalar(
            select(NumberRow).where(NumberRow.e164_index.in_(self.keyring.indexes(number.e164)))
        )
        return found

    def _new_row(self, number: PhoneNumber) -> NumberRow:
        now = self.clock.now()
        return NumberRow(
            id=uuid7(now, self.entropy(ENTROPY_BYTES)),
            e164=number,
            e164_index=self.keyring.index(number.e164),
            created_at=now,
        )


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name one brand: "Hartley & Moss" is "Hartley and Moss"."""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.replace("&", " and ").casefold())


def _change(before: OwnNumber | None, own: OwnNumber, published: Sequence[Published]) -> Change:
    if before is None:
        return Change.ADDED
    is_same = before == own and not any(version.is_new for version in published)
    return Change.UNCHANGED if is_same else Change.CHANGED
