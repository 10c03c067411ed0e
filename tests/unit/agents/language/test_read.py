"""Whole turns, read in the light of what was asked."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.read import WEIGHT, read
from agents.language.reading import Intent, Reading
from agents.language.words import word_set
from agents.script_loader import shipped_script
from agents.thread import Topic

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 11, 12, tzinfo=LONDON)  # a Friday
OFFERS = (
    datetime(2026, 11, 24, 10, 30, tzinfo=LONDON),
    datetime(2026, 11, 26, 14, 0, tzinfo=LONDON),
)
OUT = shipped_script("estate_agency_outbound")
IN = shipped_script("estate_agency_inbound")

YES, NO, ANSWER = Intent.YES, Intent.NO, Intent.ANSWER


def hear(text: str, asked: str = "", *, inbound: bool = False) -> Reading:
    offers = OFFERS if asked in (Topic.TIME, Topic.CONFIRM) else ()
    return read(text, script=IN if inbound else OUT, asked=asked, offers=offers, now=NOW)


@pytest.mark.parametrize(
    ("asked", "text", "intents"),
    [
        # the right person
        (Topic.RIGHT_PERSON, "speaking", {YES}),
        (Topic.RIGHT_PERSON, "yes speaking", {YES}),
        (Topic.RIGHT_PERSON, "yes it is", {YES}),
        (Topic.RIGHT_PERSON, "yes who's calling", {YES, Intent.QUESTION}),
        (Topic.RIGHT_PERSON, "who is this", {Intent.QUESTION}),
        (Topic.RIGHT_PERSON, "no you've got the wrong number", {Intent.WRONG_PERSON, NO}),
        (Topic.RIGHT_PERSON, "no this is her husband", {Intent.WRONG_PERSON, NO}),
        (Topic.RIGHT_PERSON, "she's not here at the moment", {Intent.WRONG_PERSON}),
        (Topic.RIGHT_PERSON, "hello", {Intent.GREETING}),
        (Topic.RIGHT_PERSON, "hello yes", {Intent.GREETING, YES}),
        (Topic.RIGHT_PERSON, "yes but i'm driving", {YES, Intent.CALL_LATER}),
        (Topic.RIGHT_PERSON, "not interested", {Intent.NOT_INTERESTED, NO}),
        # yes and no questions
        ("owner", "yes", {YES}),
        ("owner", "yes i do", {YES}),
        ("owner", "i own it", {YES}),
        ("owner", "we own it together", {YES}),
        ("owner", "no i rent", {NO}),
        ("owner", "i'm a tenant", {NO}),
        ("owner", "i don't own it", {NO}),
        ("owner", "it's my mother's", {NO}),
        ("owner", "yes but how much does it cost", {YES, Intent.QUESTION}),
        ("owner", "why do you need to know", {Intent.QUESTION}),
        ("owner", "no thanks i'm not interested", {NO, Intent.NOT_INTERESTED}),
        ("owner", "i'm not sure", {Intent.UNCLEAR}),
        ("owner", "sorry", {Intent.REPEAT}),
        ("owner", "yes sorry i do", {YES}),
        ("owner", "hang on", {Intent.WAIT}),
        ("owner", "hang on yes i do", {YES}),
        ("owner", "yes and no", {Intent.UNCLEAR}),
        ("owner", "i already have an agent", {Intent.OBJECTION}),
        ("owner", "no we're not selling", {NO, Intent.OBJECTION}),
        ("owner", "your fees are too high", {Intent.OBJECTION}),
        ("owner", "what are your fees", {Intent.QUESTION}),
        ("owner", "stop calling me", {Intent.OPT_OUT}),
        ("owner", "are you a robot", {Intent.ASKS_IF_ROBOT}),
        ("owner", "can i speak to a human", {Intent.WANTS_HUMAN}),
        ("owner", "can you call me later", {Intent.CALL_LATER}),
        ("owner", "purple monkey dishwasher", {Intent.UNCLEAR}),
        # numbers and choices
        ("bedrooms", "three", {ANSWER}),
        ("bedrooms", "it's got three bedrooms", {ANSWER}),
        ("bedrooms", "twelve", {Intent.UNCLEAR}),
        ("bedrooms", "one moment please", {Intent.WAIT}),
        ("bedrooms", "three why do you ask", {ANSWER, Intent.QUESTION}),
        ("moving", "this year", {ANSWER}),
        ("moving", "we're not moving", {ANSWER}),
        ("moving", "no plans to move", {ANSWER}),
        ("moving", "not this year just curious", {ANSWER}),
        ("moving", "the second one", {ANSWER}),
        ("moving", "i don't know", {Intent.UNCLEAR}),
        # an offer of times
        (Topic.TIME, "the first one", {ANSWER}),
        (Topic.TIME, "yes the second one please", {YES, ANSWER}),
        (Topic.TIME, "yes", {YES}),
        (Topic.TIME, "neither", {NO}),
        (Topic.TIME, "no neither of those", {NO}),
        (Topic.TIME, "i'm busy on tuesday", {NO}),
        (Topic.TIME, "i'm at work on tuesday", {NO}),
        (Topic.TIME, "can you do friday", {ANSWER}),
        (Topic.TIME, "do you have anything on friday afternoon", {ANSWER}),
        (Topic.TIME, "call me back tomorrow", {Intent.CALL_LATER, ANSWER}),
        (Topic.TIME, "she's at work on tuesday", {NO}),
        (Topic.TIME, "how long does it take", {Intent.QUESTION}),
        (Topic.TIME, "can't do either", {NO}),
        (Topic.TIME, "neither works", {NO}),
        (Topic.TIME, "tuesday's fine", {YES, ANSWER}),
        (Topic.TIME, "is there anything earlier", {Intent.QUESTION}),
        (Topic.TIME, "actually i'm not interested", {NO, Intent.NOT_INTERESTED}),
        # the read-back
        (Topic.CONFIRM, "yes", {YES}),
        (Topic.CONFIRM, "yes please", {YES}),
        (Topic.CONFIRM, "book it", {YES}),
        (Topic.CONFIRM, "that's perfect thank you", {YES, Intent.THANKS}),
        (Topic.CONFIRM, "no", {NO}),
        (Topic.CONFIRM, "no don't book it", {NO}),
        (Topic.CONFIRM, "no that's fine", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "yes but not today", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "no make it eleven", {NO, ANSWER}),
        (Topic.CONFIRM, "could we say wednesday instead", {ANSWER}),
        (Topic.CONFIRM, "i don't know", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "maybe", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "is it free", {Intent.QUESTION}),
        (Topic.CONFIRM, "is it definitely free", {Intent.QUESTION}),
        (Topic.CONFIRM, "yes but can it be earlier", {Intent.QUESTION}),
        (Topic.CONFIRM, "yes but how much does it cost", {YES, Intent.QUESTION}),
        (Topic.CONFIRM, "yes if it can be a bit later", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "i'd like to change it", {Intent.UNCLEAR}),
        (Topic.CONFIRM, "do it", {YES}),
        (Topic.CONFIRM, "what", {Intent.REPEAT}),
        (Topic.CONFIRM, "one moment please", {Intent.WAIT}),
        # a call back
        (Topic.CALLBACK_TIME, "tomorrow at two", {ANSWER}),
        (Topic.CALLBACK_TIME, "call me tomorrow", {ANSWER}),
        (Topic.CALLBACK_TIME, "in half an hour", {ANSWER}),
        (Topic.CALLBACK_TIME, "don't call me again", {Intent.OPT_OUT}),
        (Topic.CALLBACK_CONFIRM, "yes that's fine", {YES}),
        # anything else
        (Topic.MORE, "no that's all thank you", {NO, Intent.THANKS, Intent.GOODBYE}),
        (Topic.MORE, "no thanks", {NO}),
        (Topic.MORE, "no i'm fine thanks", {NO}),
        (Topic.MORE, "no that's great thanks", {NO, Intent.THANKS}),
        (Topic.MORE, "goodbye", {Intent.GOODBYE}),
        (Topic.MORE, "yes what are your opening hours", {YES, Intent.QUESTION}),
    ],
)
def test_intents(asked: str, text: str, intents: set[Intent]) -> None:
    assert set(hear(text, asked).intents) == intents


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("i'd like to book a valuation", {Intent.WANTS_APPOINTMENT}),
        ("hello i'd like a valuation please", {Intent.GREETING, Intent.WANTS_APPOINTMENT}),
        ("what are your opening hours", {Intent.QUESTION}),
        ("how much does a valuation cost", {Intent.QUESTION}),
        ("can i speak to someone", {Intent.WANTS_HUMAN}),
        ("do you sell garden gnomes", {Intent.QUESTION}),
        ("can you value my flat on tuesday", {Intent.WANTS_APPOINTMENT}),
    ],
)
def test_intents_of_a_caller(text: str, intents: set[Intent]) -> None:
    assert set(hear(text, Topic.PURPOSE, inbound=True).intents) == intents


@pytest.mark.parametrize(
    ("asked", "text", "offer", "day", "at"),
    [
        (Topic.TIME, "the first one", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "first one please", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "the earlier one", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "the second", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "the later one would be better", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "the last one", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "option two", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "either is fine", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "i don't mind", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "tuesday", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "tuesday please", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "half past ten", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "ten thirty", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "the ten thirty one", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "earlier", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "both are fine", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "two o'clock", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "two", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "thursday at two", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "the thursday one", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "in the afternoon", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "the morning one", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.TIME, "the twenty sixth", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "not the first one", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "i can't do tuesday but thursday works", 2, date(2026, 11, 26), time(14)),
        (Topic.TIME, "tuesday at eleven", None, date(2026, 11, 24), time(11)),
        (Topic.TIME, "friday", None, date(2026, 11, 27), None),
        (Topic.TIME, "wednesday at two", None, date(2026, 11, 25), time(14)),
        (Topic.TIME, "the first of december at ten", None, date(2026, 12, 1), time(10)),
        (Topic.TIME, "eleven", None, None, time(11)),
        (Topic.CONFIRM, "yes tuesday at half past ten", 1, date(2026, 11, 24), time(10, 30)),
        (Topic.CONFIRM, "no thursday", 2, date(2026, 11, 26), time(14)),
        (Topic.CONFIRM, "can we make it wednesday", None, date(2026, 11, 25), None),
    ],
)
def test_which_time(
    asked: str, text: str, offer: int | None, day: date | None, at: time | None
) -> None:
    when = hear(text, asked).when
    assert when is not None
    assert (when.offer, when.day, when.at) == (offer, day, at)


@pytest.mark.parametrize("text", ["yes", "no", "neither", "sounds good", "how much is it", "pardon",
                                  "one moment", "just a second", "no neither of them"])  # fmt: skip
@pytest.mark.parametrize("asked", [Topic.TIME, Topic.CONFIRM])
def test_no_time_is_heard_where_none_was_said(asked: str, text: str) -> None:
    assert hear(text, asked).when is None


def test_values() -> None:
    assert hear("three bedrooms", "bedrooms").number == 3
    assert hear("i own it and it has three bedrooms", "owner").number == 3
    assert hear("yes three", "owner").number is None
    assert hear("within three months", "moving").choice == "three_months"
    assert hear("as soon as possible", "moving").choice == "three_months"
    assert hear("not this year just curious", "moving").choice == "curious"
    assert hear("the last one", "moving").choice == "curious"
    assert hear("sarah green", "name", inbound=True).name == "Sarah Green"
    assert hear("b n three", "postcode", inbound=True).postcode == "BN3"
    assert hear("why do you need to know", "postcode", inbound=True).asks_why
    assert hear("why do you need my postcode", "postcode", inbound=True).asks_why
    assert hear("yes and no", "owner").yes_no_mixed


def test_a_name_at_the_right_person_check() -> None:
    assert hear("this is sarah", Topic.RIGHT_PERSON).name == "Sarah"
    assert hear("no it's tom", Topic.RIGHT_PERSON).name == "Tom"
    assert hear("i'm listening", Topic.RIGHT_PERSON).name is None
    assert hear("it's very late", Topic.RIGHT_PERSON).name is None


def test_the_heaviest_intent_comes_first() -> None:
    reading = hear("hello no thanks please stop calling me goodbye", "owner")
    assert reading.intents[0] is Intent.OPT_OUT
    assert reading.intents[-1] is Intent.GOODBYE
    assert set(WEIGHT) == set(Intent)


def test_facts_and_objections_by_id() -> None:
    assert hear("how much do you charge then", "owner").fact == "fees"
    assert hear("and what does the valuation cost", "owner").fact == "valuation_cost"
    assert hear("how long will it take to sell", "owner").fact == "time_to_sell"
    assert hear("Where's your office?", "owner").fact == "address"
    assert hear("we already have an agent", "owner").objection == "has_agent"
    assert hear("can you just email me the details", "owner").objection == "send_email"
    assert hear("i need to ask my wife first", "owner").objection == "need_to_ask_partner"
    both = hear("i haven't got time and how much is it", "owner")
    assert (both.objection, both.fact) == ("no_time", "valuation_cost")


@given(st.text(max_size=200), st.sampled_from(["", *Topic, "owner", "bedrooms", "moving"]))
def test_anything_can_be_read(text: str, asked: str) -> None:
    reading = hear(text, asked)
    assert reading.intents
    assert reading.text == text
    assert reading == hear(text, asked)


WORDS = st.sampled_from(
    sorted(
        word_set(
            "yes no not the first one tuesday ten half past to a at on b n three in hour next "
            "week is five december twenty call me stop don't how much double oh am pm sorry i "
            "mean either"
        )
    )
)


@given(
    st.lists(WORDS, max_size=14).map(" ".join),
    st.sampled_from(["", *Topic, "name", "postcode", "bedrooms"]),
)
def test_any_order_of_words_can_be_read(text: str, asked: str) -> None:
    reading = hear(text, asked, inbound=True)
    assert not (reading.has(Intent.YES) and reading.has(Intent.NO))
    if reading.when is not None and reading.when.offer is not None:
        assert OFFERS[reading.when.offer - 1].date() == reading.when.day
