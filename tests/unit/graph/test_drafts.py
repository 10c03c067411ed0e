"""A turn is a draft until it is committed: once, whole, and without trace when it is dropped."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, cast

import pytest

from core.call import EndReason, Outcome
from core.effects import EffectTool
from core.errors import BrokenInvariantError
from core.speech import CallerTurn, Heard, ReplyPiece, TurnKind
from graph.conversation import GraphConversation
from graph.draft import GraphDraft
from tests.unit.conversations import CALL, MONDAY, House, card
from tests.unit.graph.scripted_model import ScriptedModel, broken, call


def turn(number: int, text: str = "", heard: Heard | None = None) -> CallerTurn:
    kind = TurnKind.SPEECH if text else TurnKind.OPENING
    return CallerTurn(number, kind, text, 1.0, MONDAY, heard)


async def spoken(draft: GraphDraft) -> list[ReplyPiece]:
    return [piece async for piece in draft.pieces()]


async def first_pieces(draft: GraphDraft, count: int) -> list[str]:
    """Read ``count`` pieces in a task of its own, then cancel it in mid-stream."""
    read: list[str] = []

    async def listen() -> None:
        nonlocal read
        async with aclosing(cast("Any", draft.pieces())) as pieces:
            async for piece in pieces:
                read += [piece.text]

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        while len(read) < count:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    return read


async def opened(*plays: Any) -> tuple[House, GraphConversation, ScriptedModel]:
    """A call in which all that must be heard was heard already, so only the model speaks."""
    model = ScriptedModel([list(play) for play in plays])
    house = House(model=model)
    conversation = await house.house.open(card())
    conversation.state = {"heard_lines": [0, 1, 2]}
    return house, conversation, model


async def test_preparing_writes_nothing() -> None:
    house, conversation, _ = await opened(["Hello. ", "Who is there?"])
    pieces = await spoken(conversation.prepare(turn(1)))
    assert [piece.text for piece in pieces] == ["Hello.", "Who is there?"]
    assert [piece.index for piece in pieces] == [0, 1]
    assert house.book.turns == {}
    assert conversation.next_turn == 1
    assert not list(house.saver.list(None))


async def test_committing_makes_it_true_once() -> None:
    house, conversation, _ = await opened(["Hello."])
    draft = conversation.prepare(turn(1))
    await spoken(draft)
    first = await draft.commit(None)
    assert await draft.commit(None) is first
    assert first.result.reply == "Hello."
    assert first.voice_now == ()
    assert list(house.book.turns[CALL]) == [1]
    assert conversation.next_turn == 2
    with pytest.raises(BrokenInvariantError):
        await draft.drop()


async def test_two_commits_at_once_write_one_turn() -> None:
    house, conversation, _ = await opened(["Hello."])
    draft = conversation.prepare(turn(1))
    await spoken(draft)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(draft.commit(None)) for _ in range(3)]
    assert len({id(task.result()) for task in tasks}) == 1
    assert list(house.book.turns[CALL]) == [1]


async def test_a_dropped_draft_leaves_only_its_cost() -> None:
    house, conversation, _ = await opened(["Thrown away."], ["Hello."])
    thrown = conversation.prepare(turn(1))
    await spoken(thrown)
    await thrown.drop()
    await thrown.drop()
    with pytest.raises(BrokenInvariantError):
        await thrown.commit(None)
    kept = conversation.prepare(turn(1))
    await spoken(kept)
    result = (await kept.commit(None)).result
    assert house.book.turns[CALL][1].reply == "Hello."
    assert [message.content for message in conversation.state["messages"]] == ["Hello."]
    assert sorted(usage.speculative for usage in house.book.turns[CALL][1].result.usage) == [
        False,
        True,
    ]
    assert result.reply == "Hello."


async def test_a_turn_that_is_not_due_is_refused() -> None:
    _, conversation, _ = await opened(["Hello."], ["Hello again."])
    with pytest.raises(BrokenInvariantError):
        conversation.prepare(turn(2))
    one, other = conversation.prepare(turn(1)), conversation.prepare(turn(1))
    await spoken(one)
    await spoken(other)
    await one.commit(None)
    with pytest.raises(BrokenInvariantError):
        await other.commit(None)


async def test_cut_off_in_mid_stream_what_was_made_is_committed() -> None:
    house, conversation, _ = await opened(["Hello there. ", "This is ", None], ["Yes?"])
    draft = conversation.prepare(turn(1))
    assert await first_pieces(draft, 1) == ["Hello there."]
    committed = await draft.commit(None)
    assert committed.result.reply == "Hello there."
    assert house.book.turns[CALL][1].reply == "Hello there."
    following = conversation.prepare(turn(2, "hello"))
    await spoken(following)
    await following.commit(None)
    assert [m.content for m in conversation.state["messages"]] == ["Hello there.", "hello", "Yes?"]


async def test_a_draft_that_was_never_read_commits_the_callers_words() -> None:
    house, conversation, _ = await opened(["Hello."], [])
    draft = conversation.prepare(turn(1))
    await spoken(draft)
    await draft.commit(None)
    silent = await conversation.prepare(turn(2, "are you there")).commit(None)
    assert silent.result.reply == ""
    assert [m.content for m in conversation.state["messages"]] == ["Hello.", "are you there"]
    assert house.book.turns[CALL][2].turn.text == "are you there"


async def test_the_history_holds_what_was_heard() -> None:
    house, conversation, model = await opened(["Hello. This is Sophie."], ["Yes, hello."], ["Ok."])
    draft = conversation.prepare(turn(1))
    await spoken(draft)
    await draft.commit(None)
    heard = Heard(1, "Hello.", "This is Sophie.", 400)
    draft = conversation.prepare(turn(2, "hello?", heard))
    await spoken(draft)
    assert [line.text for line in model.briefs[-1].history] == ["Hello."]
    assert model.briefs[-1].unheard == "This is Sophie."
    await draft.commit(heard)
    assert conversation.state["messages"][0].content == "Hello."
    assert house.book.heard[CALL, 1] == heard
    again = Heard(2, "", "Yes, hello.", 0)
    draft = conversation.prepare(turn(3, "what", again))
    await spoken(draft)
    await draft.commit(again)
    assert [m.content for m in conversation.state["messages"]] == [
        "Hello.",
        "hello?",
        "what",
        "Ok.",
    ]


async def test_a_failed_commit_can_be_tried_again() -> None:
    house, conversation, _ = await opened(["Hello."])
    draft = conversation.prepare(turn(1))
    await spoken(draft)
    house.book.fail_next = ConnectionError("the database went away")
    with pytest.raises(ConnectionError):
        await draft.commit(None)
    assert conversation.next_turn == 1
    assert (await draft.commit(None)).result.reply == "Hello."


async def test_the_announcement_of_an_effect_waits_for_the_commit() -> None:
    house, conversation, _ = await opened(
        ["Of course. ", call("opt_out", wording="stop"), "You are off our list. ", "Goodbye."]
    )
    draft = conversation.prepare(turn(1))
    assert [piece.text for piece in await spoken(draft)] == ["Of course."]
    assert house.book.done == {}
    committed = await draft.commit(None)
    assert [piece.text for piece in committed.voice_now] == ["You are off our list.", "Goodbye."]
    assert all(piece.waits_for_commit for piece in committed.voice_now)
    assert [piece.index for piece in committed.voice_now] == [1, 2]
    assert committed.result.outcome is Outcome.OPTED_OUT
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@pytest.mark.parametrize(
    "tool",
    [
        call("book_appointment", starts_at="2026-11-24T10:00:00+00:00"),
        call("request_callback", due_at="2026-11-24T10:00:00+00:00", wording="later"),
    ],
)
async def test_what_the_caller_did_not_agree_to_is_neither_done_nor_announced(tool: Any) -> None:
    house, conversation, _ = await opened(["One moment. ", tool, "That is booked. "])
    draft = conversation.prepare(turn(1))
    said = [piece.text for piece in await spoken(draft)]
    committed = await draft.commit(None)
    assert "That is booked." not in [*said, *(piece.text for piece in committed.voice_now)]
    assert said[0] == "One moment."
    assert len(said) == 2  # a safe line instead
    assert house.book.done == {}


@pytest.mark.parametrize(
    "tool",
    [
        call("fly_to_the_moon"),
        call("record_answer", question="shoe_size", value=9),
        call("record_answer", question="bedrooms", value="many"),
        call("record_answer", question="bedrooms"),
        call("ask", topic="@nonsense"),
        call("offer_times", times=["2026-11-22T10:00:00+00:00"]),
        call("read_back", starts_at="2026-11-22T10:00:00+00:00", said="yesterday"),
        call("answer_objection", objection="none_such"),
        call("handoff", to="the boss"),
        call("end_call", outcome="booked"),
        call("end_call", outcome="callback"),
        call("end_call", outcome="opted_out"),
    ],
)
async def test_a_wrong_tool_call_changes_nothing(tool: Any) -> None:
    _, conversation, _ = await opened([tool, "Hello."])
    draft = conversation.prepare(turn(1))
    assert [piece.text for piece in await spoken(draft)] == ["Hello."]
    result = (await draft.commit(None)).result
    assert result.tools == ()
    assert not result.ends_call
    assert result.outcome is None


async def test_a_model_that_fails_leaves_no_silence() -> None:
    _, conversation, _ = await opened([broken()], ["Hello. ", broken(), "never"], [])
    draft = conversation.prepare(turn(1))
    assert len(await spoken(draft)) == 1
    await draft.commit(None)
    draft = conversation.prepare(turn(2, "hello"))
    assert [piece.text for piece in await spoken(draft)] == ["Hello."]
    await draft.commit(None)
    draft = conversation.prepare(turn(3, "hello"))
    assert len(await spoken(draft)) == 1


async def test_a_silent_handoff_goes_to_the_other_agent_in_the_same_turn() -> None:
    _, conversation, model = await opened(
        [call("handoff", to="scheduler", reason="wants a time")], ["When suits you?"]
    )
    draft = conversation.prepare(turn(1))
    assert [(p.text, p.agent) for p in await spoken(draft)] == [("When suits you?", "scheduler")]
    result = (await draft.commit(None)).result
    assert [brief.agent.role for brief in model.briefs] == ["greeting", "scheduler"]
    assert result.agent == "scheduler"
    assert result.next_agent == "scheduler"
    assert [(move.from_agent, move.to_agent) for move in result.transitions] == [
        ("greeting", "scheduler")
    ]


async def test_agents_that_only_hand_over_are_stopped() -> None:
    there = [call("handoff", to="scheduler")]
    back = [call("handoff", to="greeting")]
    _, conversation, model = await opened(there, back, there, back, there)
    draft = conversation.prepare(turn(1))
    assert len(await spoken(draft)) == 1
    assert len(model.briefs) == 3


async def test_how_a_call_ended_tells_what_it_came_to() -> None:
    for reason, outcome in (
        (EndReason.CALLER_HUNG_UP, Outcome.NO_RESPONSE),
        (EndReason.NO_RESPONSE, Outcome.NO_RESPONSE),
        (EndReason.STREAM_LOST, Outcome.FAILED),
        (EndReason.PROCESS_DIED, Outcome.FAILED),
    ):
        house, conversation, _ = await opened(["Hello there."])
        draft = conversation.prepare(turn(1))
        await spoken(draft)
        await draft.commit(None)
        heard = Heard(1, "Hello", " there.", 300)
        assert await conversation.close(heard, reason) is outcome
        assert await conversation.close(heard, reason) is outcome
        assert house.book.closed[CALL] == (outcome, reason)
        assert house.book.heard[CALL, 1] == heard
        assert conversation.state["messages"][0].content == "Hello"
