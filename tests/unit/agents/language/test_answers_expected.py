"""What callers are expected to say: the reader understands every one of the wordings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.expects import expectation
from agents.language.answers_expected import MOST_VALUES, answers_expected
from agents.language.offered import offered_phrases
from agents.language.read import read
from agents.language.spoken import spoken_time
from agents.script_loader import shipped_script
from agents.thread import Proposal, Thread, Topic
from agents.tools.wishes import among

INBOUND = shipped_script("estate_agency_inbound")
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=LONDON)


def test_every_number_is_understood() -> None:
    question = INBOUND.question("bedrooms")
    assert question is not None
    for said in answers_expected(question):
        reading = read(said, script=INBOUND, asked="bedrooms", offers=(), now=NOW)
        assert reading.number is not None, said
        assert 1 <= reading.number <= 8, said


def test_every_postcode_is_understood() -> None:
    question = INBOUND.question("postcode")
    assert question is not None
    codes = set()
    for said in answers_expected(question):
        codes.add(read(said, script=INBOUND, asked="postcode", offers=(), now=NOW).postcode)
    assert codes == set(question.areas)


def test_a_question_with_many_answers_has_no_likely_ones() -> None:
    number, name = INBOUND.question("bedrooms"), INBOUND.question("name")
    assert number is not None
    assert name is not None
    assert answers_expected(replace(number, maximum=number.minimum + MOST_VALUES)) == ()  # type: ignore[operator]
    assert answers_expected(replace(number, minimum=None)) == ()
    assert answers_expected(name) == ()


@given(st.integers(1, 27 * 24 * 2), st.integers(1, 27 * 24 * 2))
def test_an_offer_taken_in_any_expected_wording_is_never_another_one(
    first: int, second: int
) -> None:
    midnight = NOW.replace(hour=0)
    offers = tuple(
        sorted(
            {
                midnight + timedelta(days=1 + half // 48, hours=9 + half % 18 // 2)
                for half in (first, second)
            }
        )
    )
    assume(len({offer.weekday() for offer in offers}) == len(offers))  # else "Tuesday" is both
    for offer in offers:
        for said in offered_phrases((offer,), NOW):
            reading = read(said, script=INBOUND, asked=Topic.TIME, offers=offers, now=NOW)
            picked = None if reading.when is None else among(offers, reading.when)
            assert picked in (offer, None), f"{said!r} was taken as {picked}"
        whole = read(
            spoken_time(offer, NOW), script=INBOUND, asked=Topic.TIME, offers=offers, now=NOW
        )
        assert whole.when is not None
        assert among(offers, whole.when) == offer


@pytest.mark.parametrize("topic", [Topic.CONFIRM, Topic.CALLBACK_CONFIRM])
def test_a_time_read_back_is_expected_again(topic: Topic) -> None:
    thread = Thread(asked=topic, proposal=Proposal(NOW + timedelta(days=1), "tomorrow at nine"))
    assert "tomorrow at nine" in expectation(INBOUND, thread, NOW).likely
    assert expectation(INBOUND, thread).likely == ()
    assert expectation(INBOUND, Thread(asked=topic), NOW).likely == ()
