"""Key rotation on a database in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.effects import EffectTool
from core.errors import InvalidInputError
from db.brands import PostgresBrandBook
from db.crypto import Keyring, new_key_text
from db.engine import DatabaseConfig, make_engine
from db.installation import check_key
from db.queries.calls import PostgresCallViews
from db.rotation import reseal
from db.seed import DEMO_NUMBER
from db.unit_of_work import Units
from tests.integration.db.scene import CALLER, NOON, Desk, booking, effect, record


@asynccontextmanager
async def units_with(url: str, keyring: Keyring) -> AsyncIterator[Units]:
    engine = make_engine(DatabaseConfig(url), keyring)
    yield Units(engine)
    await engine.dispose()


async def test_after_rotation_the_old_key_is_not_needed(desk: Desk) -> None:
    await check_key(desk.units, desk.clock)
    card = await desk.talking()
    leave = effect(card, 1, EffectTool.OPT_OUT, wording="never")
    await desk.turns().commit(
        card.call_id, record(1, leave, booking(card, 1, NOON + timedelta(days=1))), None, None
    )
    before = await desk.views.one(card.call_id)
    new = Keyring.parse(new_key_text())
    both = Keyring(new.keys + desk.keyring.keys)

    async with units_with(desk.url, both) as units:
        await check_key(units, desk.clock)
        assert (await PostgresBrandBook(units, both).by_number(DEMO_NUMBER)).number == DEMO_NUMBER
        assert await reseal(units, both) > 5
        assert await reseal(units, both) == 0

    async with units_with(desk.url, new) as units:
        await check_key(units, desk.clock)
        assert await PostgresCallViews(units).one(card.call_id) == before
        brands = PostgresBrandBook(units, new)
        assert (await brands.by_number(DEMO_NUMBER)).number == DEMO_NUMBER
        assert await brands.is_suppressed(card.brand, CALLER)

    with pytest.raises(InvalidInputError, match="does not open this database"):
        await check_key(desk.units, desk.clock)
    with pytest.raises(InvalidInputError):
        await reseal(desk.units, desk.keyring)
