"""The same question, the same answer: word for word, checked anew, and nothing personal kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.brief import Said
from agents.ports import ModelPiece
from core.breaker import Breaker, Circuit
from core.ids import CallId
from graph.chat import Chat
from graph.reply_cache import Replies, key_of, read, written
from graph.state import CallState
from tests.unit.conversations import House, brain, card
from tests.unit.graph.line_ups import Spoken, brief_of, rung, says
from tests.unit.graph.scripted_model import broken, call
from tests.virtual_time import virtual_time

ASKS = "what do you do"
HOMES = "We value homes for free."


class Shelf:
    """A cache in memory, open to the test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def put(self, key: str, answer: str) -> None:
        self.kept[key] = answer


async def two_calls(*plays: Any, text: str = ASKS, kept: Shelf | None = None) -> list[Spoken]:
    """The same thing said in two calls of one house; the model has these plays."""
    house = House(model=brain(), rungs=(rung(*plays),), cache=Shelf() if kept is None else kept)
    turns: list[Spoken] = []
    for number in (7, 8):
        named = replace(
            card(call=CallId(UUID(int=number))), variables={"lead_name": f"Ann{number}"}
        )
        chat = await Chat.open(house.house, named, house.clock)
        await chat.begin()
        turns.append(await says(chat, text))
    return turns


@virtual_time
async def test_the_second_caller_hears_the_same_and_nothing_is_used() -> None:
    kept = Shelf()
    play = [call("ask", topic="owner"), call("handoff", to="qualification", reason="they asked")]
    first, second = await two_calls(
        [*play, "We value homes, ", "for free. Do you own it?"], kept=kept
    )
    assert " ".join(second.said) == " ".join(first.said)
    assert second.result.slots == first.result.slots
    assert second.result.next_agent == first.result.next_agent == "qualification"
    assert second.result.tools == first.result.tools
    assert second.result.expects == first.result.expects
    assert (first.result.model, second.result.model) == ("one/1", "cache")
    assert second.result.usage == ()
    assert "they asked" not in str(kept.kept)
    assert all(key.startswith("reply:") and ASKS not in key for key in kept.kept)


@virtual_time
async def test_the_state_after_a_hit_is_the_state_after_the_model() -> None:
    states: list[CallState] = []
    house = House(model=brain(), rungs=(rung([call("ask", topic="owner"), HOMES]),), cache=Shelf())
    for number in (1, 2):
        chat = await Chat.open(house.house, card(call=CallId(UUID(int=number))), house.clock)
        await chat.begin()
        await says(chat, ASKS)
        states.append(chat.conversation.state)
    assert states[0] == states[1]
    replies = house.house.replies
    assert replies is not None
    assert replies.counts() == {"hits": 1, "misses": 1, "hit_rate": 0.5}


@virtual_time
async def test_tools_first_and_words_after_are_one_answer() -> None:
    first, second = await two_calls([call("ask", topic="owner")], ["Do you own it?"])
    assert second.said == first.said
    assert second.result.tools == first.result.tools
    assert second.result.model == "cache"


@pytest.mark.parametrize(
    ("plays", "text"),
    [
        ([[HOMES, call("opt_out", wording="x")]] * 2, "never call me again"),
        ([["Yes. ", broken()], ["No.", broken()]], ASKS),
        ([["Shall we say tomorrow at ten?"]] * 2, ASKS),
        ([["Good morning, we value homes."]] * 2, ASKS),
        ([["It is number 12."]] * 2, ASKS),
        ([["Shall we say half past ten?"]] * 2, ASKS),
        ([["That is three bedrooms, then."]] * 2, ASKS),
        ([["The fee is two percent."]] * 2, ASKS),
        ([["It would be the third of May."]] * 2, ASKS),
        ([["We are closed for Christmas."]] * 2, ASKS),
        ([["A colleague will ring you back."]] * 2, ASKS),
        ([["Am I speaking with Ann7?"], ["Am I speaking with Ann8?"]], ASKS),
        ([["Sorry about your aardvark."]] * 2, "what about my aardvark"),
        ([["Hello Priya."]] * 2, "this is priya"),
        ([[call("ask", topic="shoe_size"), "What size?"]] * 2, ASKS),
        ([[call("offer_times", times=["2026-11-24T10:00:00+00:00"]), "Would that do?"]] * 2, ASKS),
        ([[call("record_answer", question="bedrooms", value=3), "Fine."]] * 2, ASKS),
        ([["Fine."]] * 2, "i have 3 of them"),
        ([["Fine."]] * 2, "three bedrooms"),
        ([["Fine."]] * 2, "tomorrow at ten"),
        ([["Fine."]] * 2, "call me later"),
    ],
    ids=str,
)
def test_what_belongs_to_one_call_is_not_kept(plays: list[Any], text: str) -> None:
    @virtual_time
    async def run() -> None:
        kept = Shelf()
        _, second = await two_calls(*plays, text=text, kept=kept)
        assert kept.kept == {}
        assert second.result.model != "cache"

    run()


@pytest.mark.parametrize(
    "corrupt",
    ["", "nonsense", "[]", "{}", "[1]", '[["text", 1]]', '[["call", "ask", []]]', "[" * 99_999],
    ids=lambda text: text[:12],
)
def test_what_cannot_be_read_is_not_there(corrupt: str) -> None:
    @virtual_time
    async def run() -> None:
        kept = Shelf()
        await two_calls([HOMES], kept=kept)
        (key,) = kept.kept
        kept.kept[key] = corrupt
        (turn, _) = await two_calls(["Again."], kept=kept)
        assert turn.said == ["Again."]
        assert read(corrupt) is None

    run()


@virtual_time
async def test_an_answer_that_is_not_allowed_any_more_is_thought_up_anew() -> None:
    kept = Shelf()
    await two_calls([HOMES], kept=kept)
    (key,) = kept.kept
    kept.kept[key] = '[["call","ask",{"topic":"shoe_size"}]]'
    (turn, _) = await two_calls(["Again."], kept=kept)
    assert turn.said == ["Again."]
    assert turn.result.model == "one/1"


@virtual_time
async def test_an_open_breaker_keeps_out_of_the_cache_too_and_a_hit_is_no_trial() -> None:
    kept = Shelf()
    await two_calls([HOMES], kept=kept)
    breaker = Breaker("one/1")
    breaker.failed(0, "gone", stay_away_s=1)  # rested long ago: the next call would be a trial
    house = House(model=brain(), rungs=(rung(breaker=breaker),), cache=kept)
    chat = await house.chat()
    await chat.begin()
    assert (await says(chat, ASKS)).result.model == "cache"
    assert breaker.circuit(2000) is Circuit.HALF_OPEN
    assert breaker.lets(2000)


@virtual_time
async def test_all_that_an_answer_depends_on_is_in_its_key() -> None:
    brief = await brief_of(ASKS)
    script = brief.script
    keys = {
        key_of(brief, 0, "one/1"),
        key_of(brief, 1, "one/1"),
        key_of(brief, 0, "two/1"),
        key_of(replace(brief, slots={"owner": "yes"}), 0, "one/1"),
        key_of(replace(brief, thread=brief.thread.ask("owner")), 0, "one/1"),
        key_of(replace(brief, turn=replace(brief.turn, text="who are you")), 0, "one/1"),
        key_of(replace(brief, agent=replace(brief.agent, prompt="Be brief.")), 0, "one/1"),
        key_of(replace(brief, history=(*brief.history, Said(True, "he died"))), 0, "one/1"),
        key_of(replace(brief, history=(*brief.history, Said(False, "he died"))), 0, "one/1"),
        key_of(replace(brief, script=replace(script, introduction="Hello!")), 0, "one/1"),
    }
    assert len(keys) == 10
    same = replace(brief, turn=replace(brief.turn, text="  What do YOU do?", number=9))
    assert key_of(same, 0, "one/1") == key_of(brief, 0, "one/1")


@virtual_time
async def test_what_one_caller_told_is_not_answered_to_another() -> None:
    told = [[HOMES], ["I am so sorry for your loss. Do you own it?"]]
    one = rung(*told, [HOMES], ["Do you own it?"])
    house = House(model=brain(), rungs=(one,), cache=Shelf())
    replies: list[str] = []
    for number, before in enumerate(("my husband died", "what is it about")):
        chat = await Chat.open(house.house, card(call=CallId(UUID(int=number))), house.clock)
        await chat.begin()
        await says(chat, before)
        replies.append(" ".join((await says(chat, ASKS)).said))
    assert replies == ["I am so sorry for your loss. Do you own it?", "Do you own it?"]


@virtual_time
async def test_another_name_in_the_opening_is_the_same_conversation() -> None:
    brief = await brief_of(ASKS)

    def key(lead: str, line: str) -> str:
        history = (Said(False, line.format(lead)), Said(True, "yes"))
        named = replace(brief, variables={"lead_name": lead}, history=history)
        return key_of(named, 0, "one/1")

    line = "Hello, am I speaking with {}?"
    assert key("Ann Lee", line) == key("Emma Carter", line)
    assert key("Ann Lee", line) != key("Ann Lee", "Hello, am I speaking with Bob?")


@given(
    st.lists(
        st.one_of(
            st.text(max_size=9).map(lambda text: ModelPiece(text=text)),
            st.sampled_from(["owner", "bedrooms"]).map(
                lambda topic: ModelPiece(tool_calls=(call("ask", topic=topic),))
            ),
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read_again(pieces: list[ModelPiece]) -> None:
    again = read(written(pieces))
    if again is None:
        assert written(pieces) == "[]"
        return
    assert "".join(piece.text for piece in again) == "".join(piece.text for piece in pieces)
    assert [c for piece in again for c in piece.tool_calls] == [
        c for piece in pieces for c in piece.tool_calls
    ]


def test_a_cache_that_nobody_asked_has_no_hit_rate() -> None:
    assert Replies(Shelf()).hit_rate == 0
    assert json.loads(written([])) == []
