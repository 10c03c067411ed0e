"""Which answers may be given again: none that hold anything of a person, a day or a free time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.agent import Role
from agents.brief import Brief, Said
from agents.ports import ModelPiece
from agents.roster import ROSTER
from core.speech import Heard
from graph.cacheable import may_be_asked, may_be_kept
from graph.reply_cache import written
from tests.unit.graph.line_ups import brief_of
from tests.virtual_time import virtual_time

ASKS = "what do you do"


@virtual_time
async def test_a_turn_that_sees_the_free_times_is_thought_up_each_time() -> None:
    brief = await brief_of(ASKS)
    every_answer = {question.id: "yes" for question in brief.script.questions}
    scheduler = replace(brief, agent=ROSTER[Role.SCHEDULER])
    assert may_be_asked(brief)
    assert not may_be_asked(scheduler)
    assert not may_be_asked(replace(brief, slots=every_answer))


@pytest.mark.parametrize(
    "text",
    [
        "I am glad to help, and I am sure it is right.",
        "The visit takes about half an hour.",
        "A second opinion on the price costs you nothing.",
        "It may take a while.",
    ],
)
@virtual_time
async def test_what_is_true_for_everybody_is_kept(text: str) -> None:
    assert may_be_kept(await brief_of(ASKS), [ModelPiece(text=text)])


@virtual_time
async def test_a_reply_that_was_cut_off_makes_a_turn_of_its_own() -> None:
    brief = await brief_of(ASKS)
    assert may_be_asked(brief)
    assert not may_be_asked(replace(brief, heard=Heard(1, "Hello", "there.", 300)))
    offers = (brief.now + timedelta(days=1),)
    assert not may_be_asked(replace(brief, thread=replace(brief.thread, offers=offers)))


@pytest.fixture(scope="module", name="second_turn")
def _second_turn() -> Brief:
    """The brief of a second turn, for the laws below."""
    found: list[Brief] = []

    @virtual_time
    async def run() -> None:
        found.append(await brief_of(ASKS))

    run()
    return found[0]


NAMES = st.sampled_from(["Zebedee", "Quorra", "Xanthe", "Wilhelmina", "BN3", "Jo", "Ötzi"])
OURS = st.sampled_from(
    ["we", "value", "homes", "for", "free", "the", "valuer", "visit", "thank you"]
)

OURS_ALONE = {"we", "value", "homes", "for", "free", "the", "valuer", "visit", "thank you"}


@given(
    reply=st.lists(st.one_of(OURS, NAMES), min_size=1, max_size=12),
    lead=NAMES,
    said=st.lists(st.one_of(OURS, NAMES), min_size=1, max_size=5),
    before=st.lists(st.one_of(OURS, NAMES), max_size=5),
    place=NAMES,
)
def test_nothing_of_a_person_is_ever_kept(
    second_turn: Brief, reply: list[str], lead: str, said: list[str], before: list[str], place: str
) -> None:
    brief = replace(
        second_turn,
        variables={"lead_name": lead},
        slots={"owner": "yes", "postcode": place},
        history=(Said(by_caller=True, text=" ".join(before)), *second_turn.history),
        turn=replace(second_turn.turn, text=" ".join(said)),
    )
    pieces = (ModelPiece(text=f"{word} ") for word in reply)
    personal = {word.casefold() for word in (lead, place, *said, *before)} - OURS_ALONE
    kept = list(pieces)
    if may_be_kept(brief, kept):
        assert not personal & set(written(kept).casefold().replace('"', " ").split())
    elif not personal & {word.casefold() for word in reply}:
        assert any(word == "BN3" for word in (*reply, *said)), "nothing speaks against keeping it"
