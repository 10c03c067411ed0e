"""Writing is read as the speech that it stands for, however a recogniser writes it."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.language.numbers import cardinal, ordinal
from agents.language.phrases import likely_phrases
from agents.language.read import read
from agents.language.reading import Reading
from agents.language.written import as_spoken, in_words
from agents.script_loader import shipped_script
from agents.thread import Topic
from tests.unit.agents.language.written_lines import INBOUND, OUTBOUND

LONDON: Final = ZoneInfo("Europe/London")
NOW: Final = datetime(2026, 11, 20, 11, 12, tzinfo=LONDON)  # a Friday
OFFERS: Final = (
    datetime(2026, 11, 24, 10, 30, tzinfo=LONDON),
    datetime(2026, 11, 26, 14, 0, tzinfo=LONDON),
)
SCRIPTS: Final = {
    "in": shipped_script("estate_agency_inbound"),
    "out": shipped_script("estate_agency_outbound"),
}
LINES: Final = [
    *(("out", *line) for line in OUTBOUND),
    *(("in", *line) for line in INBOUND),
]
SPOKEN: Final = sorted({(script, str(asked), said) for script, asked, said, _ in LINES})
WRITTEN: Final = sorted({(script, str(asked), text) for script, asked, _, text in LINES})
COUNTED: Final = ("bedroom", "bedrooms", "month", "months", "hour", "hours", "minute", "moment")


def hear(script: str, asked: str, text: str) -> Reading:
    """What is read in ``text``, whatever its letters."""
    offers = OFFERS if asked in (Topic.TIME, Topic.CONFIRM) else ()
    found = read(text, script=SCRIPTS[script], asked=asked, offers=offers, now=NOW)
    return replace(found, text="")


@pytest.mark.parametrize(("script", "asked", "spoken", "written"), LINES)
def test_what_recognisers_write_is_read_as_it_is_spoken(
    script: str, asked: str, spoken: str, written: str
) -> None:
    assert hear(script, asked, written) == hear(script, asked, spoken)


def figures(text: str) -> str:
    """Number words as figures: "2", "24th", and two numbers in a row as a time, "10:30"."""
    words, out, at = text.split(), list[str](), 0
    while at < len(words):
        rank, number = ordinal(words, at), cardinal(words, at)
        if rank is not None and (at == 0 or words[at - 1] not in ("a", "one")):
            tail = {1: "st", 2: "nd", 3: "rd"}.get(rank.value % 10, "th")
            tail = "th" if rank.value in (11, 12, 13) else tail
            out.append(f"{rank.value}{tail}")
            at = rank.end
            continue
        following = words[number.end] if number and number.end < len(words) else ""
        plain = number is not None and number.start == at and words[at] != "a"
        if not plain or number is None or (number.value == 1 and following not in COUNTED):
            out.append(words[at])
            at += 1
            continue
        minute = cardinal(words, number.end)
        if minute is not None and minute.value in (0, 15, 30, 45) and number.value < 24:
            out.append(f"{number.value}:{minute.value:02d}")
            at = minute.end
        else:
            out.append(str(number.value))
            at = number.end
    return " ".join(out)


def sentence(text: str) -> str:
    """A whole sentence, as it is printed."""
    return text[:1].upper() + text[1:] + "."


def curly(text: str) -> str:
    """With the apostrophes of printers."""
    return sentence(text.replace("'", "’"))


def meridiem(text: str) -> str:
    """ "p m" with its dots."""
    return text.replace(" p m", " p.m.").replace(" a m", " a.m.")


def capitals(text: str) -> str:
    """Shouted."""
    return text.upper()


def excited(text: str) -> str:
    """With more stops than needed."""
    return f" {sentence(text)[:-1]}!.. "


FORMS: Final[tuple[Callable[[str], str], ...]] = (
    figures,
    lambda text: sentence(figures(text)),
    lambda text: figures(text).upper(),
    lambda text: sentence(meridiem(figures(text))),
    sentence,
    curly,
    capitals,
    excited,
)
LIKELY: Final = tuple(
    (name, asked, phrase)
    for name, script in SCRIPTS.items()
    for asked in (*(question.id for question in script.questions), *map(str, Topic))
    for phrase in likely_phrases(script, asked=asked)
)
# Digits read out are no longer these as figures; the one at ten thirty is no minute.
NO_FIGURES: Final = ("oh seven nine one one", "ten thirty one")


def variants() -> Iterator[tuple[str, str, str, str]]:
    """Every spoken line in every form that differs from it, once."""
    for script, asked, said in SPOKEN:
        if any(part in said for part in NO_FIGURES):
            continue
        for text in dict.fromkeys(form(said) for form in FORMS):
            if text != said:
                yield script, asked, said, text


VARIANTS: Final = tuple(variants())


def test_there_are_enough_variants() -> None:
    digits = [text for *_, text in VARIANTS if any(letter.isdigit() for letter in text)]
    assert len(VARIANTS) >= 600
    assert len(digits) >= 150
    assert len(LINES) >= 200


@pytest.mark.parametrize(("script", "asked", "spoken", "written"), VARIANTS)
def test_every_form_of_a_line_is_read_alike(
    script: str, asked: str, spoken: str, written: str
) -> None:
    assert hear(script, asked, written) == hear(script, asked, spoken)


@given(line=st.sampled_from(LIKELY), form=st.sampled_from(FORMS))
def test_every_form_of_a_likely_phrase_is_read_alike(
    line: tuple[str, str, str], form: Callable[[str], str]
) -> None:
    script, asked, said = line
    assert hear(script, asked, form(said)) == hear(script, asked, said)


@given(line=st.sampled_from(WRITTEN), data=st.data())
def test_case_and_the_last_stop_change_nothing(
    line: tuple[str, str, str], data: st.DataObject
) -> None:
    script, asked, text = line
    bare = text.rstrip(".!,")
    case = data.draw(st.sampled_from([str.lower, str.upper, str.capitalize, str.title]))
    stop = data.draw(st.sampled_from(["", ".", "!", "...", ",", " .", "!!", "…"]))
    assert hear(script, asked, case(bare) + stop) == hear(script, asked, bare)


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,-/:'’£$½?!%"))
def test_anything_at_all_can_be_read(text: str) -> None:
    assert hear("out", Topic.TIME, text).intents


@pytest.mark.parametrize("text", sorted({text for *_, text in WRITTEN}))
def test_said_out_once_is_said_out(text: str) -> None:
    once = as_spoken(text)
    assert as_spoken(once) == once


@given(st.lists(st.sampled_from(" ".join(said for *_, said in SPOKEN).split()), max_size=12))
def test_speech_is_left_as_it_is(words: list[str]) -> None:
    said = " ".join(words)
    assert as_spoken(said) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("On 12th November.", "On 12th November."),
        ("BN3 1ST.", "BN3 1ST."),
        ("BN3, 2FG.", "BN3 2FG."),
        ("I, I, I don't know", "I, I, I don't know"),
        ("S. M. I. T. H.", "S M I T H."),
        ("Hello? Yes? What?", "Hello. Yes. What?"),
        ("It's £450,000.", "It's 450,000 pounds."),
        ("£450k", "450 thousand pounds"),
        ("£1.2 million", "1 point 2 million pounds"),
        ("£9.50", "9 pounds 50"),
        ("50p", "50 pence"),
        ("2p.m.", "2p.m."),
        ("24/7", "24/7"),
        ("24.11.", "24/11."),
        ("10.30, 11.45 or 2.", "10:30, 11:45 or 2."),
        ("2-4", "from 2 to 4"),
        ("9-5", "9-5"),
        ("1030.", "10:30."),
        ("2026.", "2026."),
        ("I sat at the front.", "I sat at the front."),
        ("Sat. at 2.", "saturday at 2."),
        ("3½ bedrooms", "3 and a half bedrooms"),
        ("1.25%", "1.25%"),
        ("07911 123456", "07911 123456"),
    ],
)
def test_signs_are_said_out(text: str, said: str) -> None:
    assert as_spoken(text) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [("3", "three"), ("24", "twenty four"), ("2nd", "second"), ("24th", "twenty fourth"),
     ("100", "100"), ("10:30", "10:30"), ("three", "three"), ("05", "five")],
)  # fmt: skip
def test_small_figures_in_words(word: str, said: str) -> None:
    assert in_words(word) == said
