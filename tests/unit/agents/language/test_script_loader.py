"""Scripts: the shipped ones are sound, and every fault is named by line and key."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, time

import pytest

from agents.script import OpenHours, Script
from agents.script_lines import fill, variables_in
from agents.script_loader import SHIPPED, load_script, shipped_script, shipped_text
from core.call import Direction
from core.errors import InvalidInputError, NotFoundError

OUTBOUND = shipped_text("estate_agency_outbound")
INBOUND = shipped_text("estate_agency_inbound")


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        load_script(text)
    return str(caught.value).splitlines()[1:]


def line_of(text: str, part: str) -> int:
    return next(at for at, line in enumerate(text.splitlines(), start=1) if part in line)


def test_shipped_scripts_load() -> None:
    outbound, inbound = (shipped_script(name) for name in SHIPPED)
    assert outbound.direction is Direction.OUTBOUND
    assert inbound.direction is Direction.INBOUND
    assert [question.id for question in outbound.questions] == ["owner", "bedrooms", "moving"]
    assert [question.id for question in inbound.questions] == ["name", "postcode", "bedrooms"]
    assert outbound.booking.hours.on(date(2026, 11, 21)) == OpenHours(time(10), time(16))
    assert outbound.booking.hours.on(date(2026, 11, 22)) is None
    assert outbound.question("moving") is not None
    assert outbound.question("nothing") is None
    assert outbound.fact("fees") is not None
    assert outbound.objection("no_time") is not None


def test_there_is_no_other_script() -> None:
    with pytest.raises(NotFoundError, match="no shipped script"):
        shipped_text("../settings")


def sentences(line: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])\s+", line) if part]


def lines_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [line for item in value for line in lines_of(item)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (field.name for field in dataclasses.fields(value))
        quiet = ("patterns", "says", "purpose", "timezone", "must_hear")
        return [line for name in fields if name not in quiet
                for line in lines_of(getattr(value, name))]  # fmt: skip
    return []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_lines_are_short_and_can_be_said(name: str) -> None:
    for line in lines_of(shipped_script(name)):
        assert len(sentences(line)) <= 3, line
        assert all(len(sentence.split()) <= 24 for sentence in sentences(line)), line
        assert not re.search(r"[0-9£%&/()–—]", re.sub(r"\bBN\d+", "", line)), line
        assert line.count("?") <= 2, line


def test_every_problem_is_named_by_line_and_key() -> None:
    text = OUTBOUND.replace("    answer: We are at {address}.", "    answr: We are at {address}.")
    text = text.replace("    minimum: 1\n", "    minimum: one\n")
    found = problems(text)
    assert found == [
        f"  line {line_of(text, 'minimum: one')}, questions[1].minimum: Input should be a valid "
        "integer, unable to parse string as an integer",
        f"  line {line_of(text, '- id: address')}, facts[7].answer: is missing",
        f"  line {line_of(text, 'answr:')}, facts[7].answr: is not a key of a script",
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("We are at {address}.", "We are at {adress}.", "facts[7].answer",
         "unknown variable {adress}"),
        ("Are you still there?", "Are you {still there?", "lines.silence[0]", "a brace"),
        ("Shall I book it?", "Shall I book {first_time}?", "booking.confirm", "unknown variable"),
        ("answer: The visit takes about half an hour.", "answer: Soon, at {time}.",
         "facts[4].answer", "unknown variable {time}"),
        ("timezone: Europe/London", "timezone: Europe/Londn", "timezone", "no time zone"),
        ("direction: outbound", "direction: sideways", "direction", "'inbound' or 'outbound'"),
        ("  - id: fees\n", "  - id: area\n", "facts[3].id", '"area" is used twice'),
        ("  - id: bedrooms\n", "  - id: freephone\n", "questions[1].id", "name of a variable"),
        ("  - id: bedrooms\n", "  - id: Bed rooms\n", "questions[1].id", "lower case letters"),
        ("    minimum: 1\n", "    minimum: 9\n", "questions[1].minimum", "not above"),
        ("    minimum: 1\n", "", "questions[1].minimum", "needs a minimum"),
        ('      values: ["no"]', '      values: ["maybe"]', "questions[0].ends_if.values[0]",
         '"maybe" is no answer'),
        ("          - curious\n", "          - (curious\n", "questions[2].options[2].patterns[0]",
         'a ")" is missing'),
        ("          - just curious\n", "          - just being silly\n",
         "questions[2].options[2].says[0]", 'no pattern matches "just being silly"'),
        ("      - who are you\n", "      - who are you?\n", "facts[12].says[1]", "lower case"),
        ("    monday: 09:00-18:00", "    monday: 9 to 6", "booking.hours.monday", "09:00-17:30"),
        ("    monday: 09:00-18:00", "    monday: 18:00-09:00", "booking.hours.monday",
         "end before they begin"),
        ("  freephone: oh", "  free_phone: oh", "brand.freephone", "is missing"),
        ("  minutes: 30\n", "  minutes: 30\n  minutes: 60\n", "booking.minutes", "written twice"),
        ("  offers: 2\n", "  offers: 3\n", "booking.offers", "less than or equal to 2"),
        ("    limit: 1\n", "    limit: 0\n", "objections[0].limit", "greater than or equal to 1"),
        ("    kind: number\n", "    kind: open\n", "questions[1].minimum", "only a number"),
        ("    kind: choice\n", "    kind: open\n", "questions[2].options", "has no options"),
        ("    required: false\n", "    skip_if: [{question: nobody, values: [x]}]\n",
         "questions[2].skip_if[0].question", "no earlier question"),
        ("    required: false\n", "    skip_if: [{question: owner, values: [x]}]\n",
         "questions[2].skip_if[0].values[0]", '"x" is no answer to owner'),
        ("    required: false\n", "    areas: [BN1]\n", "questions[2].areas", "postcode question"),
        ("    required: false\n", "    outside: No.\n", "questions[2].outside", "postcode"),
        ("right_person:\n", "wrong_person:\n", "right_person", "checks that the right person"),
    ],
)  # fmt: skip
def test_fault(old: str, new: str, place: str, says: str) -> None:
    assert old in OUTBOUND
    found = problems(OUTBOUND.replace(old, new, 1))
    named = [problem for problem in found if f", {place}: " in problem]
    assert any(says in problem for problem in named) or any(
        "wrong_person: is not a key" in problem for problem in found
    ), found
    assert all(re.match(r"  line \d+, ", problem) for problem in found)


def test_the_line_is_that_of_the_key() -> None:
    text = OUTBOUND.replace("We are at {address}.", "We are at {adress}.")
    assert problems(text)[0].startswith(
        f"  line {line_of(text, '{adress}')}, facts[7].answer: unknown variable"
    )


def test_inbound_has_no_right_person() -> None:
    text = INBOUND + "\nright_person:\n  ask: Who?\n  retry: Who?\n  wrong: Bye.\n"
    assert "inbound script has no right-person check" in problems(text)[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: [unclosed", "line 1: this is not YAML"),
        ("a: b\n c: d\n", "line 2: this is not YAML"),
        ("", "line 1: a script is a list of keys"),
        ("- one\n- two\n", "line 1: a script is a list of keys"),
        ("just words", "line 1: a script is a list of keys"),
        ("a: !!python/object:os.system x", "is missing"),
        ("a: &x [*x]", "not YAML"),
    ],
)
def test_what_is_no_script(text: str, says: str) -> None:
    assert any(says in problem for problem in problems(text))


def test_a_flood_of_aliases_is_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too large" in problems("\n".join(rows))[0]


def test_scalars_stay_what_was_written() -> None:
    script = load_script(OUTBOUND.replace('values: ["no"]', "values: [no]"))
    ending = script.questions[0].ends_if
    assert ending is not None
    assert ending.values == ("no",)


def a_script() -> Script:
    return shipped_script("estate_agency_outbound")


def test_fill() -> None:
    script = a_script()
    assert variables_in("So {first} or {second}.") == ("first", "second")
    said = fill("This is {agent_name} for {lead_name}.", script, {"lead_name": "Ann"})
    assert said == "This is Sophie for Ann."
    assert fill("For {lead_name}.", script, {}) == "For the owner of the property."
    assert fill("Thank you, {name}.", script, {}) == "Thank you."
    assert fill("Thank you, {name}.", script, {"name": "Ann"}) == "Thank you, Ann."
    assert fill("{name}", script, {"name": "{brand_name}"}) == "{brand_name}"
