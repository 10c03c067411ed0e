"""What a tool call may change: the house rules, whichever model calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.brief import Brief
from agents.language.reading import Intent
from agents.progress import Progress, advance, begin
from agents.thread import Topic
from core.errors import InvalidInputError
from tests.unit.conversations import CALL
from tests.unit.graph.line_ups import answered, briefs, rung
from tests.unit.graph.scripted_model import call
from tests.virtual_time import virtual_time

SAID = "tomorrow at ten"


def a_brief() -> Brief:
    """The brief of a turn after the opening, on a Monday at half past nine."""
    found: list[Brief] = []

    @virtual_time
    async def ask() -> None:
        one = rung(["Hello."])
        await answered(one)
        found.extend(briefs(one))

    ask()
    return found[0]


def done(brief: Brief, *names_and_arguments: tuple[str, dict[str, object]]) -> Progress:
    """The progress after these calls."""
    progress = begin(brief)
    for name, arguments in names_and_arguments:
        progress = advance(progress, call(name, **arguments), brief, CALL)
    return progress


def agreeing(brief: Brief, topic: Topic) -> Brief:
    """The caller says yes to the callback that ``brief`` read back."""
    said = (replace(brief.history[-1], by_caller=False, text=SAID),)
    reading = replace(brief.reading, intents=(Intent.YES,))
    return replace(brief, history=said, reading=reading, thread=brief.thread.ask(topic))


@pytest.mark.parametrize(
    "year", ["0001-01-01", "1999-12-31", "2026-11-20", "2036-11-24", "9999-12-31"]
)
def test_no_call_is_about_such_a_day(year: str) -> None:
    at, brief = f"{year}T10:00:00+00:00", a_brief()
    before = begin(brief)
    for each in (
        call("note_wish", starts_at=at),
        call("read_back", starts_at=at, said=SAID, callback=True),
        call("offer_times", times=[at]),
        call("request_callback", due_at=at),
    ):
        with pytest.raises(InvalidInputError):
            advance(before, each, brief, CALL)


def test_a_wish_for_a_day_next_month_is_kept() -> None:
    wished = done(a_brief(), ("note_wish", {"starts_at": "2026-12-20T10:00:00+00:00"}))
    assert wished.thread.wish is not None


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-11-24T10:00:00+00:00", True),
        ("2026-11-24T03:00:00+00:00", False),  # nobody is called at night
        ("2026-11-24T23:00:00+13:00", True),  # ten in the morning on the script's clock
        ("2027-05-04T10:00:00+00:00", False),  # beyond the horizon of callbacks
        ("2026-11-23T09:29:00+00:00", False),  # over
    ],
)
def test_a_callback_is_read_back_only_for_when_we_call_people(at: str, allowed: bool) -> None:
    brief, told = a_brief(), {"starts_at": at, "said": SAID, "callback": True}
    if allowed:
        assert done(brief, ("read_back", told)).thread.asked == Topic.CALLBACK_CONFIRM
        return
    with pytest.raises(InvalidInputError, match="do not call people"):
        done(brief, ("read_back", told))


def test_an_effect_that_is_called_again_is_done_once() -> None:
    twice = done(a_brief(), ("opt_out", {"wording": "stop"}), ("opt_out", {}))
    assert [effect.arguments for effect in twice.effects] == [{"wording": "stop"}]
    assert twice.tools == ("opt_out",)


def test_two_callbacks_for_different_times_are_one_too_many() -> None:
    at = "2026-11-24T10:00:00+00:00"
    brief = a_brief()
    read = done(brief, ("read_back", {"starts_at": at, "said": SAID, "callback": True}))
    brief = agreeing(replace(brief, thread=read.thread), Topic.CALLBACK_CONFIRM)
    agreed = done(brief, ("request_callback", {"due_at": at}))
    assert len(agreed.effects) == 1
    with pytest.raises(InvalidInputError, match="once"):
        advance(agreed, call("request_callback", due_at=None), brief, CALL)


@pytest.mark.parametrize("tool", ["opt_out", "request_callback"])
def test_a_missing_or_endless_wording_refuses_nothing(tool: str) -> None:
    for given, kept in (({}, ""), ({"wording": "stop " * 90}, ("stop " * 90)[:300])):
        (effect,) = done(a_brief(), (tool, given)).effects
        assert effect.arguments["wording"] == kept
