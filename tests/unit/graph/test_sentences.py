"""Streamed text becomes sentences as early as possible, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.sentences import Sentences


def split(*pieces: str) -> list[str]:
    sentences = Sentences()
    whole = [sentence for piece in pieces for sentence in sentences.feed(piece)]
    return [*whole, *sentences.flush()]


@pytest.mark.parametrize(
    ("pieces", "sentences"),
    [
        (("Hello. How are you?",), ["Hello.", "How are you?"]),
        (("Hel", "lo. ", "How", " are you? "), ["Hello.", "How are you?"]),
        (("Dr. Smith is here. Good.",), ["Dr. Smith is here.", "Good."]),
        (("It costs 1.5 percent. Yes.",), ["It costs 1.5 percent.", "Yes."]),
        (('He said "yes." Then he left.',), ['He said "yes."', "Then he left."]),
        (("Ask J. Brown. Now!",), ["Ask J. Brown.", "Now!"]),
        (("  ",), []),
        ((), []),
    ],
)
def test_borders(pieces: tuple[str, ...], sentences: list[str]) -> None:
    assert split(*pieces) == sentences


def test_a_sentence_is_given_as_soon_as_the_next_begins() -> None:
    sentences = Sentences()
    assert sentences.feed("First one.") == ()  # the stop may belong to "1.5"
    assert sentences.feed(" ") == ("First one.",)


@given(st.text(alphabet="ab .?!\"'\n", max_size=60), st.integers(min_value=1, max_value=7))
def test_no_word_is_lost_however_the_text_arrives(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join("".join(split(*pieces)).split()) == "".join(text.split())
