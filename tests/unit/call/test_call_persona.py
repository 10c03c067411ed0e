"""The caller's mind: what is said to what."""

from __future__ import annotations

from datetime import date

import pytest

from app.call.persona import Line, Persona
from app.call.scenario import load, parse
from app.call.spoken_time import SpokenTime

TODAY = date(2026, 11, 21)
OFFER = "I can offer Monday the 23rd at nine, or Tuesday the 24th at ten. Which would suit you?"
OTHER_OFFER = (
    "I am sorry, that time is taken. I can offer Friday at half past two. Would that suit you?"
)
TUESDAY_TEN = SpokenTime(date(2026, 11, 24), 600)


def persona(name: str = "booking") -> Persona:
    return Persona(load(name), TODAY)


def test_a_booking_from_beginning_to_end() -> None:
    caller = persona()
    conversation = [
        ("Hello, this is Sophie. Am I speaking with Anna Taylor?", "Yes, speaking."),
        ("Thank you. We value homes. Do you own the property?", "Yes, I do."),
        ("How many bedrooms does it have?", "Three bedrooms."),
        ("When are you thinking of moving? Within three months?", "Within three months."),
        (OFFER, "Tuesday at ten o'clock please."),
        ("So that is Tuesday 24 November at ten o'clock. Shall I book it?", "Yes please."),
        ("That is booked for Tuesday at ten. We look forward to seeing you. Goodbye.", ""),
    ]
    for agent, expected in conversation:
        assert caller.answer(agent).text == expected
    assert caller.agreed == TUESDAY_TEN


def test_asked_again_the_caller_answers_again() -> None:
    caller = persona()
    answers = [caller.answer("Sorry, do you own your home, yes or no?").text for _ in range(3)]
    assert answers == ["Yes, I do.", "Yes.", "Yes."]


@pytest.mark.parametrize(
    ("read_back", "answer"),
    [
        ("So that is Tuesday at ten. Shall I book it?", "Yes please."),
        ("So that is ten o'clock. Shall I book it?", "Yes please."),
        ("So that is Tuesday at two. Shall I book it?", "No, Tuesday at ten o'clock."),
        ("So that is Thursday at ten. Shall I book it?", "No, Tuesday at ten o'clock."),
    ],
)
def test_a_read_back_is_checked(read_back: str, answer: str) -> None:
    caller = persona()
    caller.answer(OFFER)
    assert caller.answer(read_back).text == answer
    assert caller.agreed == TUESDAY_TEN


def test_without_the_wish_on_offer_the_first_offer_is_taken() -> None:
    caller = persona()
    caller.answer(OFFER)
    assert caller.answer(OTHER_OFFER).text == "Friday at half past two."
    assert caller.agreed == SpokenTime(date(2026, 11, 27), 14 * 60 + 30)


@pytest.mark.parametrize(
    ("offer", "said", "day"),
    [
        ("Tuesday the 1st at ten, or Friday the 4th at two. Which would suit you?", "first", 1),
        ("Friday the 4th of December at two. Would that suit you?", None, 4),
    ],
)
def test_a_day_beyond_the_week_is_taken_by_its_place(
    offer: str, said: str | None, day: int
) -> None:
    caller = persona()
    expected = f"The {said} one please." if said else "Yes please."
    assert caller.answer(f"I can offer {offer}").text == expected
    assert caller.agreed is not None
    assert caller.agreed.day == date(2026, 12, day)


def test_today_is_called_today() -> None:
    offer = "I can offer today at ten, or Monday at midday. Which would suit you?"
    assert persona().answer(offer).text == "Today at ten o'clock please."


def test_without_an_offer_the_caller_asks_for_the_wish() -> None:
    caller = persona()
    assert caller.answer("Which day and time would suit you?").text == (
        "Tuesday at ten o'clock please."
    )


@pytest.mark.parametrize(
    ("name", "agent", "answer"),
    [
        ("objection", "Do you own the property?", "I already have an agent."),
        ("not-interested", "Do you own the property?", "I'm not interested."),
        ("opt-out", "Do you own the property?", "Please stop calling me."),
        ("call-me-later", "Do you own the property?", "Can you call me back later?"),
        ("inbound", "How can I help you today?", "I'd like to book a valuation."),
        ("not-interested", "Am I speaking with Anna Taylor?", "Yes, speaking."),
    ],
)
def test_each_scenario_has_its_own_mind(name: str, agent: str, answer: str) -> None:
    assert persona(name).answer(agent).text == answer


def test_an_objection_is_made_once() -> None:
    caller = persona("objection")
    caller.answer("Do you own the property?")
    assert caller.answer("It costs nothing. Do you own the property?").text == "Yes, I do."


def test_an_interruption_waits_for_its_sentence() -> None:
    caller = persona("barge-in")
    assert caller.interruption("How many bedrooms does it have?") is None
    cut = caller.interruption("When are you thinking of moving? Within three months?")
    assert cut is not None
    assert (cut.after_ms, cut.line) == (1800, Line("Within three months."))
    assert caller.interruption("Within three months, or this year?") is None  # only once


def test_a_silent_caller_says_nothing() -> None:
    caller = persona("silence")
    assert caller.answer("Hello? Are you still there?").silent
    assert caller.nobody_there() == Line()
    assert caller.interruption("Hello?") is None


def test_a_caller_who_understands_nothing_gives_up() -> None:
    caller = persona()
    lines = [caller.answer("Brr.") for _ in range(6)]
    assert [line.hang_up for line in lines] == [False] * 5 + [True]
    assert lines[0].text == "Sorry, could you say that again?"


def test_dead_air_is_asked_into_twice() -> None:
    caller = persona()
    assert [caller.nobody_there().hang_up for _ in range(3)] == [False, False, True]
    assert not caller.answer("").text


def test_rules_can_hang_up() -> None:
    scenario = parse(
        "name: rude\ntitle: Rude\nexpects: {outcome: completed}\n"
        "rules: [{agent: hello, say: Bye., hang_up: true}, {agent: oh, hang_up: true}]",
        "rude",
    )
    caller = Persona(scenario, TODAY)
    assert caller.answer("Hello.") == Line("Bye.", hang_up=True)
    assert caller.answer("Oh.") == Line(hang_up=True)
