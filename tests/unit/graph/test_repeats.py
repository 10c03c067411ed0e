"""No sentence and no fragment is heard twice, whichever models fail, and wherever."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.limits import Limits
from graph.repeats import Repeats, words_of
from tests.unit.graph.line_ups import answered, rung
from tests.unit.graph.scripted_model import broken
from tests.virtual_time import virtual_time

SENTENCES = (
    "We value homes for free. ",
    "The valuer looks at every room, and it takes no more than half an hour. ",
    "Do you own the property? ",
    "It does not commit you to anything. ",
    "Would next week suit you, or is that too soon? ",
)


@st.composite
def answers(draw: st.DrawFn) -> list[Any]:
    """Some of the sentences in any chunks, and perhaps a failure or a silence at any point."""
    chosen = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True))
    text = "".join(chosen)
    end = draw(st.integers(min_value=0, max_value=len(text)))
    size = draw(st.integers(min_value=1, max_value=30))
    steps: list[Any] = [text[at : min(at + size, end)] for at in range(0, end, size)]
    if end < len(text):
        return [*steps, draw(st.sampled_from(["raises", "hangs"]))]
    return steps


def played(steps: list[Any]) -> list[Any]:
    faults = {"raises": broken(), "hangs": None}
    return [faults.get(step, step) if isinstance(step, str) else step for step in steps]


@given(st.lists(answers(), min_size=2, max_size=3))
def test_no_sentence_and_no_fragment_is_ever_heard_twice(models: list[list[Any]]) -> None:
    @virtual_time
    async def run() -> None:
        rungs = [rung(played(steps), name=f"{at}/1") for at, steps in enumerate(models)]
        turn = await answered(*rungs, limits=Limits(words_s=6))  # time for every one of them
        text = " ".join(turn.said)
        heard = Counter(words_of(text))
        # Each sentence begins with words that no other has: twice heard is twice said.
        for mark in ("homes", "valuer", "own", "commit", "suit"):
            assert heard[mark] <= 1, text
        assert turn.said, "the caller is never left in silence"
        answered_by = next((s for s in models if s[-1] not in ("raises", "hangs")), None)
        if answered_by is not None:  # and what that model had to say was said to its end
            for sentence in "".join(answered_by).split(". "):
                assert set(words_of(sentence)) <= set(words_of(text)), text

    run()


@given(st.permutations(SENTENCES), st.integers(0, 60))
def test_of_what_was_voiced_only_the_rest_is_unsaid(sentences: list[str], count: int) -> None:
    words = "".join(sentences).split()
    repeats = Repeats([" ".join(words[:count])])
    rest = " ".join(repeats.unsaid(sentence.strip()) for sentence in sentences)
    assert words_of(" ".join([*words[:count], rest])) == words_of(" ".join(words))


def test_what_several_models_voiced_is_kept_apart() -> None:
    repeats = Repeats(["We look at every room,"], ["It is free.", "and it is quick."], [])
    assert repeats.unsaid("It is free.") == ""
    assert repeats.unsaid("We look at every room and it is quick.") == ""
    assert repeats.unsaid("We look at every room; you need not be there.") == (
        "you need not be there."
    )


def test_a_fragment_is_finished_once() -> None:
    repeats = Repeats(["Yes. Of course, I can"])
    assert repeats.unsaid("Of course, I can: help you.") == "help you."
    assert repeats.unsaid("Of course, I can: help you.") == ""
    assert repeats.unsaid("yes") == ""
    assert Repeats().unsaid("Hello.") == "Hello."
    assert Repeats(["-"]).unsaid("Hello.") == "Hello."


def test_a_fragment_that_was_finished_begins_other_sentences_too() -> None:
    repeats = Repeats(["Of course, I can"])
    assert repeats.unsaid("Of course, I can help you.") == "help you."
    assert repeats.unsaid("Of course, I can wait.") == "Of course, I can wait."


def test_a_word_or_two_are_taken_up_by_the_first_new_sentence_only() -> None:
    repeats = Repeats(["It is free. I"])
    assert repeats.unsaid("It is free.") == ""
    assert repeats.unsaid("I can help.") == "can help."
    assert repeats.unsaid("I am sure.") == "I am sure."
    repeats = Repeats(["I am"])
    assert repeats.unsaid("We can help.") == "We can help."
    assert repeats.unsaid("I am sure.") == "I am sure."


@pytest.mark.parametrize("text", ["Booked for Mr. Smith at 10:30 a.m. tomorrow. Goodbye."])
def test_sentences_are_compared_as_they_are_split(text: str) -> None:
    repeats = Repeats([text])
    assert repeats.unsaid("Booked for Mr. Smith at 10:30 a.m. tomorrow.") == ""
    assert repeats.unsaid("Goodbye!") == ""
