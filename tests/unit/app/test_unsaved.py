"""Conversations in memory: a taken slot refuses all but an opt-out, each key is done once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.unsaved import OneScript, UnsavedDiary, UnsavedTurns
from core.call import EndReason, Outcome
from core.card import ScriptRef
from core.effects import Effect, EffectTool, Json
from core.errors import InvalidInputError, NotFoundError
from core.ids import BrandId, CallId
from core.speech import CallerTurn, Expectation, TurnKind, TurnResult
from graph.ports import TurnRecord

CALL = CallId(UUID("01900000-0000-7000-8000-00000000abcd"))
BRAND = BrandId(UUID("01900000-0000-7000-8000-000000000001"))
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


def booking(key: str, starts_at: Json = "2026-11-24T10:00:00+00:00") -> Effect:
    return Effect(EffectTool.BOOK_APPOINTMENT, {"starts_at": starts_at, "minutes": 45}, key)


def record(number: int, *effects: Effect) -> TurnRecord:
    turn = CallerTurn(number, TurnKind.SPEECH, "yes", 1.0, TEN)
    result = TurnResult(
        "Done.", "scheduler", "scheduler", "booking", Expectation(), {}, "", effects
    )
    return TurnRecord(turn, result, "Done.", {"turn": number})


@pytest.fixture
def turns() -> UnsavedTurns:
    return UnsavedTurns(UnsavedDiary())


async def test_a_booking_is_done_once(turns: UnsavedTurns) -> None:
    first = await turns.commit(CALL, record(1, booking("a")), None, None)
    assert first == await turns.commit(CALL, record(1, booking("a")), None, None)
    await turns.commit(CALL, record(2, booking("a")), None, None)
    assert len(turns.diary.booked) == 1
    assert len(await turns.diary.taken(BRAND, TEN, TEN.replace(hour=11))) == 1
    assert not await turns.diary.taken(BRAND, TEN.replace(hour=11), TEN.replace(hour=12))


async def test_a_taken_slot_refuses_all_but_an_opt_out(turns: UnsavedTurns) -> None:
    await turns.commit(CALL, record(1, booking("a")), None, None)
    other = Effect(EffectTool.REQUEST_CALLBACK, {"due_at": None, "wording": "soon"}, "c")
    leave = Effect(EffectTool.OPT_OUT, {"wording": "stop"}, "d")
    instead = record(2)
    outcomes = await turns.commit(CALL, record(2, other, booking("b"), leave), instead, None)
    assert [(each.done, each.reason) for each in outcomes] == [
        (False, "slot_taken"),
        (False, "slot_taken"),
        (True, ""),
    ]
    assert turns.turns[2] is instead
    assert turns.done == {"a", "d"}
    assert [stored.number for stored in await turns.turns_after(CALL, 1)] == [2]
    await turns.close(CALL, None, Outcome.BOOKED, EndReason.AGENT_HUNG_UP)


async def test_a_booking_without_a_time_is_refused(turns: UnsavedTurns) -> None:
    with pytest.raises(InvalidInputError):
        await turns.commit(CALL, record(1, booking("a", None)), None, None)


async def test_the_shelf_has_one_script() -> None:
    shelf = OneScript(ScriptRef("mine", 0), "name: mine")
    assert await shelf.text(ScriptRef("mine", 0)) == "name: mine"
    with pytest.raises(NotFoundError):
        await shelf.text(ScriptRef("mine", 1))
