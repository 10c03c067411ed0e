"""Phrases said over the agent, and how each is taken, before and after its question is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.interjections import Interjection, InterjectionKind, interjection

STOP = Interjection(InterjectionKind.STOP, urgent=True)
BACKCHANNEL = Interjection(InterjectionKind.BACKCHANNEL)
NOTHING = Interjection(InterjectionKind.NOTHING)
TURN = Interjection(InterjectionKind.TURN)
URGENT = Interjection(InterjectionKind.TURN, urgent=True)

# Each phrase, how it is taken during a story, and how once a question was heard.
TAKEN: dict[tuple[Interjection, Interjection], str] = {
    (STOP, STOP): """
        stop | Stop! | stop it | wait | Wait, wait, wait. | wait a minute | hold on | Hold on.
        hold on a second please | hang on | hang on a sec | excuse me | Excuse me! | one moment
        one moment please | just a second | um, wait | okay wait | yeah hold on | no wait
        no, stop | sorry | pardon | I beg your pardon? | enough | slow down please | whoa
        let me speak | not now | give me a second | shut up | oh hang on | so, wait a minute
    """,
    (STOP, URGENT): "no | No. | no no no | nope | nah | um no | well, no | no, sir | oh no",
    (BACKCHANNEL, TURN): """
        mm-hm | Mm-hmm. | mhm | uh-huh | Uh huh | yeah | yes | Yes, yes. | yep | okay | OK | ok
        okay okay | right | right, okay | all right | sure | go on | Go ahead. | yeah sure
        of course | got it | I understand | um, yeah | oh yes | no problem | fine | exactly
        that's right | sounds good | makes sense | yes please | okay, great
    """,
    (BACKCHANNEL, BACKCHANNEL): """
        I see | oh | Oh, I see. | really | oh really? | wow | thank you | interesting | ah
        cool | oh dear | Thanks.
    """,
    (NOTHING, NOTHING): """
        um | uh | er | erm | hmm | hm | Um, uh... | huh | a | hi | . | ? | -- | s | th | please
    """,
    (TURN, TURN): """
        who is this | what | hello | how much does it cost | yes but I have a question
        I already have an agent | okay but how much is it | right now is not a good time
        Tuesday at ten | I am not interested | we sold it last year | yes I do have a house
        can you call me back later | what did you say | my bus stops at noon
        I want to know more | the waiting list is long | sure thing but when
    """,
    (URGENT, URGENT): """
        stop calling me | Please stop calling me. | stop, I have a question | wait what
        no I am not the owner | no thank you I sold it | hold on who is this
        excuse me, who are you | um no that's wrong | don't call me again | do not call here
        take me off your list | remove my number | leave me alone | unsubscribe
        I want to opt out | can you stop bothering us | no thanks mate not interested
        okay, wait, who is that | well stop there because it is wrong
    """,
    (NOTHING, TURN): "4 | 10",
}
TABLE = [
    pytest.param(phrase.strip(), story, question, id=phrase.strip())
    for (story, question), phrases in TAKEN.items()
    for phrase in phrases.replace("\n", "|").split("|")
    if phrase.strip()
]


@pytest.mark.parametrize(("phrase", "story", "question"), TABLE)
def test_a_phrase_is_taken(phrase: str, story: Interjection, question: Interjection) -> None:
    assert interjection(phrase, answers_question=False) == story
    assert interjection(phrase, answers_question=True) == question


def test_silence_is_nothing() -> None:
    assert interjection("", answers_question=True) == NOTHING


def test_the_table_is_large() -> None:
    assert len(TABLE) >= 80


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_taken_somehow(text: str, asked: bool) -> None:
    taken = interjection(text, answers_question=asked)
    assert taken.urgent or taken.kind is not InterjectionKind.STOP
    assert not taken.urgent or taken.kind in (InterjectionKind.STOP, InterjectionKind.TURN)


@given(st.sampled_from(["stop", "wait", "hold on", "no"]), st.text("abcdefgh ", min_size=3))
def test_what_begins_with_a_stop_word_is_urgent(first: str, rest: str) -> None:
    assert interjection(f"{first} {rest}", answers_question=False).urgent
