"""A wish not to be called again is always done, whatever else the turn wanted."""

from __future__ import annotations

from datetime import timedelta

from core.effects import EffectTool
from graph.ports import EffectOutcome
from tests.integration.db.scene import NOON, Desk, booking, effect, record, refused_record

TUESDAY_TEN = NOON + timedelta(hours=22)


async def test_an_opt_out_of_a_withheld_number_is_done_and_noted(desk: Desk) -> None:
    card = await desk.talking(theirs=None)
    leave = effect(card, 1, EffectTool.OPT_OUT, wording="never")
    outcomes = await desk.turns().commit(card.call_id, record(1, leave), refused_record(1), None)
    assert outcomes == [EffectOutcome(leave.key, done=True, reason="number_withheld")]
    assert await desk.turns().commit(card.call_id, record(1, leave), None, None) == outcomes
    assert (await desk.shown(card))["turns"][0]["reply"] == "Lovely, you are booked."
    assert await desk.rows("SELECT count(*) FROM suppressions") == [(0,)]
    assert await desk.rows("SELECT data->>'note' FROM events WHERE kind = 'opted_out'") == [
        ("number_withheld",)
    ]


async def test_an_opt_out_stands_when_another_effect_is_refused(desk: Desk) -> None:
    first, second = await desk.talking("CA1"), await desk.talking("CA2")
    book = desk.turns()
    await book.commit(first.call_id, record(1, booking(first, 1, TUESDAY_TEN)), None, None)
    taken = booking(second, 1, TUESDAY_TEN)
    leave = effect(second, 1, EffectTool.OPT_OUT, wording="and never ring me again")
    outcomes = await book.commit(second.call_id, record(1, taken, leave), refused_record(1), None)
    assert outcomes == [
        EffectOutcome(taken.key, done=False, reason="slot_taken"),
        EffectOutcome(leave.key, done=True),
    ]
    assert second.theirs is not None
    assert await desk.brands.is_suppressed(second.brand, second.theirs)
    assert await desk.rows("SELECT kind FROM events WHERE kind = 'opted_out'") == [("opted_out",)]
    assert await book.commit(second.call_id, record(1, taken, leave), None, None) == outcomes
