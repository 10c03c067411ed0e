"""The diary is read in the turns that name times, and in no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import ProviderError
from tests.fakes.calendar import MemoryCalendar
from tests.unit.conversations import BRAND, House
from tests.unit.graph.line_ups import Spoken, briefs, rung, says
from tests.unit.graph.scripted_model import call
from tests.virtual_time import virtual_time

FREE = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday, in opening hours


@dataclass
class CountedCalendar(MemoryCalendar):
    """Counts how often it was asked."""

    asked: list[Any] = field(default_factory=list)

    async def taken(self, brand: Any, first: Any, last: Any) -> Any:
        self.asked.append(brand)
        return await super().taken(brand, first, last)


async def first_answer(calendar: CountedCalendar, *plays: list[Any]) -> tuple[Spoken, Any]:
    """The first answer of a model with these plays, and the model."""
    one = rung(*plays)
    house = House(calendar=calendar, rungs=(one,))
    chat = await house.chat()
    await chat.begin()
    calendar.asked.clear()
    return await says(chat, "what is it about"), one


@virtual_time
async def test_a_turn_that_names_no_time_asks_no_calendar() -> None:
    calendar = CountedCalendar()
    spoken, one = await first_answer(calendar, [call("ask", topic="owner"), "Do you own it?"])
    assert spoken.said == ["Do you own it?"]
    assert calendar.asked == []
    assert briefs(one)[0].diary is None


@virtual_time
async def test_any_agent_that_offers_a_time_has_it_held_against_the_diary() -> None:
    offer = [call("offer_times", times=[FREE.isoformat()]), "How is tomorrow at ten?"]
    calendar = CountedCalendar()
    spoken, _ = await first_answer(calendar, offer)
    assert calendar.asked == [BRAND]
    assert "offer_times" in spoken.result.tools

    taken = CountedCalendar([(FREE, FREE + timedelta(minutes=30))])
    spoken, _ = await first_answer(taken, offer)
    assert "offer_times" not in spoken.result.tools

    silent = CountedCalendar(fault=ProviderError("calendar", "is gone", retryable=True))
    spoken, _ = await first_answer(silent, offer)
    assert "offer_times" not in spoken.result.tools


@virtual_time
async def test_the_diary_is_read_once_in_a_turn() -> None:
    calendar = CountedCalendar()
    times = [call("offer_times", times=[FREE.isoformat()])]
    read_back = call("read_back", starts_at=FREE.isoformat(), said="tomorrow at ten")
    spoken, _ = await first_answer(calendar, [*times, read_back], ["Tomorrow at ten, is it?"])
    assert spoken.result.tools == ("offer_times", "read_back")
    assert calendar.asked == [BRAND]


@virtual_time
async def test_the_script_brain_always_has_the_diary() -> None:
    calendar = CountedCalendar()
    await House(calendar=calendar).talk("yes speaking")
    assert calendar.asked == [BRAND, BRAND]
