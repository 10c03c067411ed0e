"""Which process holds a call: by its lease, and only while that lasts."""

from __future__ import annotations

from datetime import timedelta

from core.call import EndReason, Outcome
from core.ids import CallSid
from db.queries.holders import Holding, PostgresHolders
from tests.integration.db.scene import Desk


async def test_a_call_is_held_by_the_owner_of_its_lease(desk: Desk) -> None:
    holders = PostgresHolders(desk.units, desk.clock)
    assert await holders.of(CallSid("CA" + "9" * 32)) is None
    card = await desk.talking()
    assert card.call_sid is not None
    held = Holding(card.call_id, is_over=False, owner="one")
    assert await holders.of(card.call_id) == held
    assert await holders.of(card.call_sid) == held
    desk.clock.move(timedelta(seconds=31))
    assert await holders.of(card.call_id) == Holding(card.call_id, is_over=False, owner=None)
    await desk.log().ended(card.call_id, EndReason.AGENT_HUNG_UP, Outcome.BOOKED, None)
    assert await holders.of(card.call_id) == Holding(card.call_id, is_over=True, owner=None)
