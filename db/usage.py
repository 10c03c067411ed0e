"""Usage, written with what it cost at the price in force when the call opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import CallId
from core.money import Price, charge
from core.usage import Unit, Usage
from db.tables.calls import CallRow
from db.tables.money import PriceRow, UsageRow
from db.unit_of_work import Units

KEPT: Final = timedelta(minutes=1)


def price_of(row: PriceRow) -> Price:
    """The price that a row stores."""
    return Price(row.sku, row.unit, row.usd, row.per, row.source, row.read_on)


async def prices_in_force(
    session: AsyncSession, wanted: Iterable[tuple[str, Unit]], day: date
) -> dict[tuple[str, Unit], PriceRow]:
    """The latest price of each sku and unit that was read by ``day``; unknown ones are missing."""
    found = await session.scalars(
        select(PriceRow)
        .where(tuple_(PriceRow.sku, PriceRow.unit).in_(sorted(set(wanted))))
        .where(PriceRow.read_on <= day)
        .order_by(PriceRow.read_on)
    )
    return {(row.sku, row.unit): row for row in found}


@dataclass(slots=True)
class KnownPrices:
    """The prices that this process looked up lately. A new price counts within a minute.

    Only what was found is kept: a price that is missing is looked up every time.
    """

    _found: dict[tuple[str, Unit], PriceRow] = field(default_factory=dict)
    _day: date | None = None
    _until: datetime | None = None

    async def of(
        self, units: Units, wanted: Sequence[tuple[str, Unit]], day: date, at: datetime
    ) -> Mapping[tuple[str, Unit], PriceRow] | None:
        """The prices in force on ``day``; None when one of them is not known."""
        if self._day != day or self._until is None or self._until <= at:
            self._found, self._day, self._until = {}, day, at + KEPT
        missing = [each for each in wanted if each not in self._found]
        if missing:
            found = self._found
            async with units.begin() as session:
                found |= await prices_in_force(session, missing, day)
        return self._found if all(each in self._found for each in wanted) else None


async def record_usage(
    session: AsyncSession,
    call: CallRow,
    usage: Sequence[Usage],
    at: datetime,
    *,
    turn: int | None = None,
) -> None:
    """Write ``usage`` priced; ``turn`` is the turn of what names none itself.

    A call is priced by the day it opened (UTC), so a price that changes at midnight does not
    split its bill.
    """
    if not usage:
        return
    opened_on = call.opened_at.astimezone(UTC).date()
    prices = await prices_in_force(session, ((one.sku, one.unit) for one in usage), opened_on)
    rows = usage_rows(CallId(call.call_id), usage, prices, at, turn=turn)
    await session.execute(insert(UsageRow), rows)


def usage_rows(
    call_id: CallId,
    usage: Sequence[Usage],
    prices: Mapping[tuple[str, Unit], PriceRow],
    at: datetime,
    *,
    turn: int | None,
) -> list[dict[str, object]]:
    """``usage`` as it is stored, each with what it cost."""
    rows: list[dict[str, object]] = []
    for one in usage:
        price = prices.get((one.sku, one.unit))
        rows.append(
            {
                "call_id": call_id,
                "turn": turn if one.turn is None else one.turn,
                "sku": one.sku,
                "unit": one.unit,
                "quantity": one.quantity,
                "agent": one.agent,
                "speculative": one.speculative,
                "micros": None if price is None else charge(one.quantity, price_of(price)),
                "priced_by": None if price is None else price.id,
                "at": at,
            }
        )
    return rows


async def keep_prices(session: AsyncSession, prices: Sequence[Price]) -> None:
    """Add prices that are not known yet; a price once stored is never changed."""
    for price in prices:
        await session.execute(
            upsert(PriceRow)
            .values(
                sku=price.sku,
                unit=price.unit,
                usd=price.usd,
                per=price.per,
                source=price.source,
                read_on=price.read_on,
            )
            .on_conflict_do_nothing()
        )
