"""The table of what is said for what is written, and that a voice can say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice.heard import heard_until
from voice.ports import LINE_HZ, WordTime
from voice.providers.tts_espeak import speak
from voice.spoken.form import spoken_form

ROWS = [
    tuple(line.replace("\\n", "\n").split(" => "))
    for line in (Path(__file__).parent / "sayings.txt").read_text().splitlines()
    if " => " in line and not line.startswith("# ")
]
SYLLABLE_S = (0.08, 0.5)  # of the quickest and the slowest speech that one can follow


@pytest.mark.parametrize(("written", "said"), ROWS, ids=[row[0] for row in ROWS])
def test_it_is_said_so(written: str, said: str) -> None:
    form = spoken_form(written)
    assert form.text == said
    assert spoken_form(said).text == said


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 250
    assert len({written for written, _ in ROWS}) == len(ROWS)


def test_a_sum_of_money_is_one_written_word() -> None:
    form = spoken_form("It is £250,000 in all.")
    assert form.text == "It is two hundred and fifty thousand pounds in all."
    for word in ("two", "hundred", "and", "fifty", "thousand", "pounds"):
        start = form.text.index(word)
        assert form.place(start, start + len(word)) == (6, 14)
    assert form.place(0, 5) == (0, 5)
    start = form.text.index("in all")
    assert form.place(start, len(form.text)) == (15, 22)


def test_the_groups_of_a_telephone_number_have_places_of_their_own() -> None:
    text = "Call 0800 123 4567 now."
    form = spoken_form(text)
    places = [form.place(at, at + 3) for at in (5, form.text.index("one"), form.text.index("four"))]
    assert [text[start:end] for start, end in places] == ["0800", "123", "4567"]


def test_what_was_heard_of_a_sum_is_all_of_it_or_nothing() -> None:
    text = "About £250,000 today"
    form = spoken_form(text)
    start, end = form.place(form.text.index("two"), form.text.index(" today"))
    words = (WordTime(0, 5, 0, 400), WordTime(start, end, 400, 2400), WordTime(15, 20, 2400, 2800))
    assert text[: heard_until(text, words, 1300, 2800)] == "About"
    assert text[: heard_until(text, words, 1500, 2800)] == "About £250,000"


def test_a_dropped_sign_belongs_to_no_word() -> None:
    text = "Yes 😀 **of course**"
    form = spoken_form(text)
    assert form.text == "Yes of course"
    assert [form.place(*span) for span in ((0, 3), (4, 6), (7, 13))] == [(0, 3), (6, 10), (11, 19)]
    assert form.place(3, 4) == (3, 3)


@pytest.mark.parametrize(
    ("written", "least_words"),
    [
        ("£1,250 pcm", 10),
        ("0800 123 4567", 10),
        ("SW1A 1AA", 7),
        ("sophie.jones@brightside-homes.co.uk", 10),
        ("Tuesday 24th November at 10:30am", 8),
    ],
)
def test_the_offline_voice_says_all_of_it(written: str, least_words: int) -> None:
    said = spoken_form(written).text
    words = len(said.replace(".", " ").replace("-", " ").split())
    assert words >= least_words
    seconds = speak(said, "en-gb").size / LINE_HZ
    assert SYLLABLE_S[0] * words < seconds < 3 * SYLLABLE_S[1] * words


@pytest.mark.parametrize("language", ["en", "en-GB", "en-us", "EN"])
def test_english_of_all_countries_is_said_so(language: str) -> None:
    assert spoken_form("5%", language).text == "five percent"
    assert spoken_form("5%", "de").text == "5%"


def test_nothing_is_nothing() -> None:
    assert spoken_form("").text == ""
    assert spoken_form("").place(0, 0) == (0, 0)
    assert spoken_form(" 😀 ").text == ""
    assert spoken_form(" 😀 ").place(0, 5) == (0, 0)
