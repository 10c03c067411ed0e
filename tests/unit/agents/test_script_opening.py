"""Openings: what must be heard is marked, comes first, and old scripts are understood."""

from __future__ import annotations

import re

import pytest

from agents.script_loader import load_script, shipped_script, shipped_text, stored_script
from agents.script_opening import HOW_TO_STOP, OpeningLine
from core.errors import InvalidInputError
from core.speech import MustHear

OUTBOUND = shipped_text("estate_agency_outbound")
INBOUND = shipped_text("estate_agency_inbound")
OPENING = re.compile(r"^opening:\n(?:  .*\n)+", re.MULTILINE)

WHO = "  - say: This is {agent_name}, an automated assistant from {brand_name}, {address}.\n"
WHO_MARKED = WHO + "    must_hear: [identity, automated]\n"
RECORDED = "  - say: This call is recorded.\n    must_hear: [recording]\n"
STOP = "  - say: Say stop at any time.\n    must_hear: [opt_out]\n"


def with_opening(text: str, *lines: str) -> str:
    return OPENING.sub("opening:\n" + "".join(lines).replace("\\", r"\\"), text, count=1)


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        load_script(text)
    return str(caught.value).splitlines()[1:]


def test_the_shipped_scripts_tell_all_that_must_be_heard() -> None:
    outbound, inbound = map(shipped_script, ("estate_agency_outbound", "estate_agency_inbound"))
    assert [line.must_hear for line in outbound.opening] == [
        (MustHear.IDENTITY, MustHear.AUTOMATED),
        (MustHear.RECORDING,),
        (MustHear.OPT_OUT,),
    ]
    assert [line.must_hear for line in inbound.opening] == [
        (MustHear.IDENTITY, MustHear.AUTOMATED),
        (MustHear.RECORDING,),
        (),
    ]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((WHO, RECORDED, STOP), "must_hear: [identity]"),
        ((WHO, RECORDED, STOP), "must_hear: [automated]"),
        ((WHO_MARKED, STOP), "must_hear: [recording]; mark or add the one that says that the"),
        ((WHO_MARKED, RECORDED), "must_hear: [opt_out]; mark or add the one that says how to stop"),
        (
            (WHO_MARKED.replace(", {address}", ""), RECORDED, STOP),
            "must give the {address} or the {freephone}",
        ),
        (
            (WHO_MARKED.replace("{brand_name}", "us"), RECORDED, STOP),
            "the opening must say who is calling",
        ),
        (
            (WHO_MARKED.replace("{brand_name}", "us"), RECORDED, STOP, "  - Bye, {brand_name}.\n"),
            "what is marked identity must say who is calling",
        ),
        (
            (WHO_MARKED.replace("an automated", "a kind"), RECORDED, STOP),
            'opening[0].must_hear: the line does not say that an "automated" assistant',
        ),
        (
            (WHO_MARKED, RECORDED, STOP.replace("Say stop at any time", "How nice")),
            "opening[2].must_hear: the line does not say how to stop",
        ),
        ((WHO_MARKED, "  - Hm.\n", RECORDED, STOP), "opening[2]: what must be heard comes first"),
        (
            (WHO_MARKED, RECORDED, STOP.replace("opt_out", "opting")),
            "opening[2].must_hear[0]: Input should be 'identity'",
        ),
    ],
)
def test_what_is_missing_is_told(lines: tuple[str, ...], says: str) -> None:
    found = problems(with_opening(OUTBOUND, *lines))
    assert any(says in problem for problem in found), found


def test_an_inbound_script_needs_two() -> None:
    assistant = "  - say: This is {brand_name}, an automated assistant.\n"
    found = problems(with_opening(INBOUND, assistant, "  - How can I help?\n"))
    assert len(found) == 2
    assert "[automated]" in found[0]
    assert "[recording]" in found[1]
    load_script(
        with_opening(INBOUND, assistant + "    must_hear: [automated]\n", RECORDED, "  - Yes?\n")
    )


def test_a_stored_script_without_marks_is_understood() -> None:
    old = with_opening(
        OUTBOUND,
        "  - Hello. This is {agent_name}, an automated assistant.\n",
        "  - I am calling from {brand_name}, {address}. This call is recorded. Is that fine?\n",
    )
    with pytest.raises(InvalidInputError):
        load_script(old)
    assert stored_script(old).opening == (
        OpeningLine("Hello. This is {agent_name}, an automated assistant.", (MustHear.AUTOMATED,)),
        OpeningLine(HOW_TO_STOP, (MustHear.OPT_OUT,)),
        OpeningLine(
            "I am calling from {brand_name}, {address}. This call is recorded. Is that fine?",
            (MustHear.IDENTITY, MustHear.RECORDING),
        ),
    )


def test_lines_of_a_stored_script_stay_whole_whatever_stops_they_hold() -> None:
    old = with_opening(
        OUTBOUND.replace("Hartley and Moss Estate Agents", "Dr. Hill & Co. One Stop Removals"),
        "  - Hello.\n",
        "  - How are you?\n",
        "  - This is an automated assistant of Dr. Hill & Co. One Stop Removals, {address}.\n",
        "  - This call is recorded.\n",
    )
    assert stored_script(old).opening == (
        OpeningLine(
            "Hello. How are you? This is an automated assistant of Dr. Hill & Co. One Stop "
            "Removals, {address}.",
            (MustHear.IDENTITY, MustHear.AUTOMATED),
        ),
        OpeningLine("This call is recorded.", (MustHear.RECORDING,)),
        OpeningLine(HOW_TO_STOP, (MustHear.OPT_OUT,)),
    )


def test_of_a_stored_script_that_tells_too_little_all_must_be_heard() -> None:
    old = with_opening(
        OUTBOUND,
        "  - Good day, {brand_name} here.\n",
        "  - We taped this. Stop by at our office at any time.\n",
    )
    assert stored_script(old).opening == (
        OpeningLine("Good day, {brand_name} here.", (MustHear.IDENTITY,)),
        OpeningLine("We taped this. Stop by at our office at any time.", (MustHear.IDENTITY,)),
        OpeningLine(HOW_TO_STOP, (MustHear.OPT_OUT,)),
    )
    with pytest.raises(InvalidInputError, match="timezone"):  # nothing else is spared
        stored_script(re.sub("^timezone: .*$", "timezone: Mars", old, flags=re.M))


def test_a_stored_inbound_script_needs_no_way_to_stop() -> None:
    old = with_opening(
        INBOUND,
        "  - Thank you for calling {brand_name}. This is {agent_name}, an automated assistant.\n",
        "  - This call is recorded. How can I help you?\n",
    )
    opening = stored_script(old).opening
    assert opening[-1].say == "This call is recorded. How can I help you?"
    assert MustHear.OPT_OUT not in {what for line in opening for what in line.must_hear}


@pytest.mark.parametrize("opening", ["opening: []\n", "opening: hello\n", "opening: [{a: b}]\n"])
def test_an_opening_that_is_none_is_refused_on_the_shelf_too(opening: str) -> None:
    with pytest.raises(InvalidInputError, match="opening"):
        stored_script(OPENING.sub(opening, OUTBOUND, count=1))


def test_the_shelf_reads_what_the_loader_reads() -> None:
    for text in (OUTBOUND, INBOUND):
        assert stored_script(text) == load_script(text)
