"""What holds for every text: no figures, no signs, a rising map, time in proportion to length."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from voice.spoken.form import RULES, SpokenForm, spoken_form

RUNS_AWAY = re.compile(r"(?:\\.|\[[^\]]*\]|[^\\(\[])[*+]")  # "\s*-": from each blank to the last
WORDS = tuple(re.findall(r"\S+", "the flat is near a park and we would like to sell it soon"))
PLAIN = st.lists(
    st.sampled_from(WORDS),
    min_size=1,
    max_size=12,
).map(" ".join)
FIGURES = st.sampled_from(
    re.findall(
        r"\S+",
        "£250,000 10:30 9am 21/11/2026 SW1A 1AA 0800 123 4567 5% 1st £2.5m 3-bed M25 jo@bt.com "
        "45m2 EPC Mr & + / # * ** ` _ ( ) … — - 12. , ? ! 24 Nov Tuesday 1998 +44 7700 900123 pcm "
        "£ 1/2 www.a.co.uk [a](b) 😀 “ ” ' A 007 1,234 .5 9-5 10:30-11:15 etc. e.g. "
        "| > ~5 -5 ½ ٣",
    )
)
MIXED = st.lists(st.one_of(PLAIN, FIGURES, st.text(max_size=4)), max_size=14).map(" ".join)
TIGHT = st.lists(st.one_of(FIGURES, st.sampled_from([" ", "\n"])), max_size=10).map("".join)
ANY = st.one_of(
    st.text(max_size=60), MIXED, TIGHT, st.text("0123456789 .,:/-£%+()apm", max_size=30)
)

SPEECH = re.compile(r"[^\W\d_]|[ .,;:!?'-]")


def stretches(form: SpokenForm) -> list[tuple[int, int]]:
    """The spoken words, as a voice's word times give them."""
    return [found.span() for found in re.finditer(r"\S+", form.text)]


@given(ANY)
@example("\ue000a\ue000 5")
@example("a\u0301\ufe0f\u20e3 1\ufe0f\u20e3")
def test_what_is_said_holds_no_figure_and_no_sign(text: str) -> None:
    form = spoken_form(text)
    for sign in form.text:
        assert SPEECH.fullmatch(sign) or unicodedata.category(sign) in ("Mn", "Mc"), form.text
    assert form.text == form.text.strip()


@given(ANY, st.data())
def test_the_map_rises_and_stays_within_both_texts(text: str, data: st.DataObject) -> None:
    form = spoken_form(text)
    places = st.integers(-2, len(form.text) + 2)
    one, two = sorted((data.draw(places), data.draw(places)))
    three, four = sorted((data.draw(places), data.draw(places)))
    first, last = form.place(min(one, three), min(two, four))
    later, end = form.place(max(one, three), max(two, four))
    assert 0 <= first <= last <= len(text)
    assert first <= later
    assert last <= end


@given(ANY)
def test_a_spoken_word_stands_for_whole_written_words(text: str) -> None:
    form = spoken_form(text)
    for span in stretches(form):
        start, end = form.place(*span)
        assert start < end
        assert start == 0 or text[start - 1].isspace()
        assert end == len(text) or text[end].isspace()
        assert not text[start].isspace()
        assert not text[end - 1].isspace()


@given(st.one_of(PLAIN, st.lists(st.one_of(PLAIN, FIGURES), max_size=10).map(" ".join)))
def test_no_written_word_of_letters_is_left_out_between_two_that_are_said(text: str) -> None:
    form = spoken_form(text)
    spans = [form.place(*span) for span in stretches(form)]
    for (_, ended), (begun, _) in pairwise(spans):
        assert not re.search("[a-z]{3}", text[ended:begun].replace("www.a.co.uk", ""))


@given(PLAIN)
def test_plain_words_are_said_as_they_are_written(text: str) -> None:
    assert spoken_form(text).text == text
    for span in stretches(spoken_form(text)):
        assert spoken_form(text).place(*span) == span


@given(MIXED)
def test_what_is_said_once_is_said_the_same_again(text: str) -> None:
    once = spoken_form(text).text
    assert spoken_form(once).text == once


@given(ANY)
def test_a_language_that_is_not_known_is_left_alone(text: str) -> None:
    form = spoken_form(text, "cy")
    assert form.text == text
    assert form.place(0, len(text))[1] == len(text.rstrip())


def test_no_rule_takes_more_than_time_in_proportion_to_the_length() -> None:
    patterns = [pattern.pattern for rules in RULES for pattern, _ in rules.rules]
    assert [pattern for pattern in patterns if RUNS_AWAY.match(pattern)] == []
