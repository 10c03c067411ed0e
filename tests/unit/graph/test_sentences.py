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


@pytest.mark.parametrize(
    ("pieces", "spoken"),
    [
        # the first words come as soon as a clause is long enough to be voiced by itself
        (
            ("Of course, I can help you with that, ", "and it is free. Good?"),
            ["Of course, I can help you with that,", "and it is free.", "Good?"],
        ),
        (("Our valuer would come by: ", "is that all right?"), None),
        (("Our valuer would come by; ", "that is all."), None),
        (("Our valuer would come by — ", "that is all."), None),
        (("Our valuer would come by - ", "that is all."), None),
        # but not one that is too short, or a sentence that is whole already
        (("Of course, I can. ", "Good, is it not, said he who knows."), 2),
        (("Of course, I can help you with that, and it is free. ",), 1),
        # and never inside a number, a time, a range or an abbreviation
        (("That house is worth around 350,", "000 pounds."), 1),
        (("The valuer would be there at 10:", "30 tomorrow."), 1),
        (("You would be speaking with Mr. ", "Smith of course."), 1),
        (("You would be speaking at 10 a.m. ", "on Tuesday then."), 1),
        (("We are in the office from 9 - ", "5 every day."), 1),
        (("It is a well-presented, three-", "bedroom house."), 1),
    ],
)
def test_the_first_clause(pieces: tuple[str, ...], spoken: list[str] | int | None) -> None:
    if spoken is None:
        spoken = [piece.strip() for piece in pieces]
    got = split(*pieces)
    assert (len(got) if isinstance(spoken, int) else got) == spoken


def test_the_first_clause_is_given_at_once() -> None:
    sentences = Sentences()
    assert sentences.feed("Of course, I can help you with that,") == ()
    assert sentences.feed(" ") == ("Of course, I can help you with that,",)


def test_later_sentences_are_split_only_when_they_are_very_long() -> None:
    sentences = Sentences()
    sentences.feed("Yes. ")
    assert sentences.feed("The valuer looks at every room, and it takes half an hour, ") == ()
    rest = "which is why most of our customers are surprised how little there is to do for them, "
    assert sentences.feed(rest) == ()
    assert len(sentences.feed("when they have booked it, ")) == 1
    assert Sentences(clauses=False).feed("Of course, I can help you with that, ") == ()


WORDS = "word and-so well, then; thus: - — end. really? 10:30 350,000 Mr. a.m. something"
PROSE = st.lists(st.sampled_from(WORDS.split()), max_size=60)


@given(PROSE, st.integers(min_value=1, max_value=12), st.booleans())
def test_the_pieces_are_the_text_however_it_arrives(
    parts: list[str], size: int, clauses: bool
) -> None:
    text = " ".join(parts)
    sentences, given_ = Sentences(clauses=clauses), list[str]()
    for at in range(0, len(text), size):
        given_ += sentences.feed(text[at : at + size])
    given_ += sentences.flush()
    assert "".join("".join(given_).split()) == "".join(text.split())
    assert all(piece == piece.strip() for piece in given_)
    assert not any(piece.endswith(("10:", "350,", "Mr.", "a.m.")) for piece in given_[:-1])


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Oh no. 10 minutes is plenty. ", ("Oh no.", "10 minutes is plenty.")),
        ("No. 10 minutes is plenty. ", ("No.", "10 minutes is plenty.")),
        ("The answer is no. We cannot. ", ("The answer is no.", "We cannot.")),
        ("I live at house no. 5 now. ", ("I live at house no. 5 now.",)),
        ("There is a casino. We like it. ", ("There is a casino.", "We like it.")),
        ("I saw the no. Then I left. ", ("I saw the no.", "Then I left.")),
    ],
)
def test_no_is_a_word_or_a_number_by_what_stands_around_it(
    text: str, whole: tuple[str, ...]
) -> None:
    assert Sentences(clauses=False).feed(text) == whole
    stream = Sentences(clauses=False)
    assert tuple(each for letter in text for each in stream.feed(letter)) == whole
