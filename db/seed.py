"""What a new installation starts with: prices, the shipped scripts, and the demonstration brand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.money import Price
from core.phone import PhoneNumber
from db.crypto import Keyring
from db.scripts import publish_script, shipped_names, shipped_text
from db.tables.brands import BrandRow, NumberRow, ScriptOrigin, SuppressionScope
from db.unit_of_work import Units
from db.usage import keep_prices

SEED_LOCK: Final = 0x73656564  # "seed": one process seeds
DEMO_BRAND: Final = UUID("01900000-0000-7000-8000-000000000001")
DEMO_NUMBER_ID: Final = UUID("01900000-0000-7000-8000-000000000002")
# Numbers that Ofcom reserves for drama; they reach nobody.
DEMO_NUMBER: Final = PhoneNumber("+442079460100")
DEMO_FREEPHONE: Final = PhoneNumber("+448081570100")


async def seed(units: Units, keyring: Keyring, clock: Clock, prices: Sequence[Price]) -> None:
    """Add what is missing; what operators changed stays. Idempotent, and safe to race.

    ``prices``: the price book that comes with Parley. The demonstration brand is added only
    to an installation without any brand.
    """
    async with units.begin() as session:
        await session.execute(select(func.pg_advisory_xact_lock(SEED_LOCK)))
        await keep_prices(session, prices)
        for name in shipped_names():
            text = shipped_text(name)
            await publish_script(session, clock, name, text, ScriptOrigin.SHIPPED)
        if not await session.scalar(select(exists(select(BrandRow.id)))):
            await _add_demo(session, keyring, clock)


async def _add_demo(session: AsyncSession, keyring: Keyring, clock: Clock) -> None:
    now = clock.now()
    session.add(
        BrandRow(
            id=DEMO_BRAND,
            name="Hartley & Moss Estate Agents",
            address="12 Ship Street, Brighton BN1 1AD",
            freephone=DEMO_FREEPHONE,
            timezone="Europe/London",
            jurisdiction="GB",
            suppression_scope=SuppressionScope.INSTALLATION,
            inbound_script="estate_agency_inbound",
            outbound_script="estate_agency_outbound",
            created_at=now,
        )
    )
    await session.flush()
    session.add(
        NumberRow(
            id=DEMO_NUMBER_ID,
            brand_id=DEMO_BRAND,
            e164=DEMO_NUMBER,
            e164_index=keyring.index(DEMO_NUMBER.e164),
            inbound_script=None,
            outbound_script=None,
            created_at=now,
        )
    )
