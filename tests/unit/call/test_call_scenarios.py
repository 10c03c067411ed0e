"""Scenarios: the shipped ones are sound, wrong ones are refused with line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.call.scenario import ORDER, Scenario, load, names, parse
from core.call import Direction, Outcome
from core.errors import InvalidInputError, NotFoundError

GOOD = """\
name: mine
title: My own
expects: {outcome: completed}
rules:
  - agent: hello
    say: Hi.
"""


def test_the_eight_scenarios_are_there_simplest_first() -> None:
    assert names() == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_a_shipped_scenario_loads(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert scenario.silent or scenario.rules
    assert scenario.direction is (Direction.INBOUND if name == "inbound" else Direction.OUTBOUND)


def test_a_scenario_borrows_rules_wish_and_lead() -> None:
    booking, callback = load("booking"), load("call-me-later")
    assert callback.rules[-len(booking.rules) :] == booking.rules
    assert callback.lead == booking.lead
    assert callback.wish != booking.wish
    assert callback.expects.outcome is Outcome.CALLBACK


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert load(str(path)).title == "My own"


def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="booking, objection"):
        load("bookings")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("outcome: completed", "outcome: sold"), "s.yaml, line 3: expects.outcome"),
        (("agent: hello", "agent: '('"), "s.yaml, line 5: rules.0.agent: no regular expression"),
        (("say: Hi.", "say: 'At {time}.'"), "s.yaml, line 6: rules.0.say: unknown {time}"),
        (("say: Hi.", "say: 'At {wish}.'"), "wish (day, at) is needed"),
        (("agent: hello", "times:"), "give agent (a pattern) or times"),
        (("say: Hi.", "shout: Hi."), "s.yaml, line 6: rules.0.shout: Extra inputs"),
        (("name: mine", "name: My own"), "s.yaml, line 1: name"),
        (("title: My own\n", ""), "title: Field required"),
        (("name: mine", "wish: {day: someday, at: '10:00'}\nname: mine"), "line 1: wish.day"),
        (("name: mine", "name: [mine"), "no valid YAML"),
        ((GOOD, "- a\n- list\n"), "a scenario is a mapping"),
    ],
)
def test_a_wrong_scenario_is_refused(change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse(GOOD.replace(*change), "s.yaml")
    assert complaint in str(caught.value)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse(GOOD.replace("completed", "sold").replace("Hi.", "{x}"), "s.yaml")
    assert len(str(caught.value).splitlines()) == 2


def test_only_shipped_scenarios_can_be_borrowed_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"like: {path}\n{GOOD}")
    with pytest.raises(InvalidInputError, match="no shipped scenario"):
        load(str(path))


def test_one_line_to_say_needs_no_list() -> None:
    assert parse(GOOD, "s.yaml").rules[0].say == ("Hi.",)
    assert isinstance(parse(GOOD, "s.yaml"), Scenario)
