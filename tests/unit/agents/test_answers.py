"""Typed answers: what a question takes, what follows from it, and what is asked next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.answers import check_answer, ends_with, is_skipped, keyword, next_question
from agents.roster import ROSTER
from agents.script import Condition, Question
from agents.script_loader import shipped_script
from core.effects import Json
from core.errors import InvalidInputError

OUT = shipped_script("estate_agency_outbound")
IN = shipped_script("estate_agency_inbound")


def question(key: str) -> Question:
    found = OUT.question(key) or IN.question(key)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("owner", True, "yes"),
        ("owner", "No", "no"),
        ("bedrooms", 3, 3),
        ("bedrooms", "3", 3),
        ("moving", "this_year", "this_year"),
        ("moving", None, None),  # not required
        ("name", " Emma Carter ", "Emma Carter"),
        ("name", "Em\x00ma", "Emma"),
        ("postcode", "BN3", "BN3"),
    ],
)
def test_what_is_kept(key: str, value: bool | int | str | None, kept: Json) -> None:
    assert check_answer(question(key), value) == kept


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owner", "perhaps"),
        ("owner", None),
        ("bedrooms", 0),
        ("bedrooms", 9),
        ("bedrooms", "many"),
        ("moving", "never"),
        ("name", "  "),
    ],
)
def test_what_is_refused(key: str, value: bool | int | str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_answer(question(key), value)
    assert caught.value.field == key


def test_questions_come_in_order_and_end() -> None:
    assert [q.id for q in OUT.questions] == ["owner", "bedrooms", "moving"]
    first = next_question(OUT, {})
    assert first is not None
    assert first.id == "owner"
    second = next_question(OUT, {"owner": "yes", "moving": None})
    assert second is not None
    assert second.id == "bedrooms"
    assert next_question(OUT, {"owner": "yes", "bedrooms": 3, "moving": None}) is None


def test_a_pointless_question_is_skipped() -> None:
    skipped = replace(question("moving"), skip_if=(Condition("bedrooms", ("1",)),))
    assert is_skipped(skipped, {"bedrooms": 1})
    assert not is_skipped(skipped, {"bedrooms": 2})
    assert not is_skipped(skipped, {})


def test_answers_that_leave_nothing_to_offer() -> None:
    assert ends_with(question("owner"), {"owner": "no"}) is not None
    assert ends_with(question("owner"), {"owner": "yes"}) is None
    assert ends_with(question("owner"), {}) is None
    assert ends_with(question("postcode"), {"postcode": "BN3 1AB"}) is None
    assert ends_with(question("postcode"), {"postcode": "SW1A 1AA"}) == question("postcode").outside


def test_postcodes_are_compared_by_their_outward_code() -> None:
    assert keyword("SW1A 1AA") == "SW1A"
    assert keyword("BN3") == "BN3"
    assert keyword(3) == "3"


def test_every_agent_has_a_prompt_and_a_version() -> None:
    versions = {agent.prompt_version for agent in ROSTER.values()}
    assert len(versions) == len(ROSTER)
    assert all(len(version) == 12 for version in versions)
