"""A call goes on where its committed turns left it, whatever the checkpoint knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver

from agents.thread import Topic
from core.call import Outcome
from core.card import ScriptRef
from core.effects import EffectTool
from core.errors import NotFoundError
from core.ids import CallId
from core.speech import AnswerKind
from graph.chat import Chat
from tests.unit.conversations import House, card

TO_THE_READ_BACK = ("yes", "yes", "three", "this year", "the first one")


class FailingSaver(InMemorySaver):
    """A saver that stops saving after ``saves`` checkpoints.

    LangGraph works on a shallow copy of a saver when msgpack is strict, so the count is shared.
    """

    def __init__(self, saves: int) -> None:
        super().__init__()
        self.left = [saves]

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self.left[0] -= 1
        if self.left[0] < 0:
            raise ConnectionError("the checkpoint database went away")
        return await super().aput(config, checkpoint, metadata, new_versions)


async def continued(house: House) -> Chat:
    """The same call, opened by another process."""
    return await Chat.open(house.another(), card(), house.clock)


def plain(state: Any) -> Any:
    """The state without LangChain's own fields."""
    rest = {key: value for key, value in state.items() if key != "messages"}
    return rest, [(m.id, m.type, m.content) for m in state["messages"]]


async def test_every_turn_survives_a_save_and_a_load_under_strict_msgpack() -> None:
    house = House()
    chat = await house.chat()
    await chat.begin()
    for line in (*TO_THE_READ_BACK, "yes", "no"):
        await chat.say(line)
        again = await continued(house)
        assert plain(again.conversation.state) == plain(chat.conversation.state)
        assert again.conversation.expects == chat.conversation.expects
        assert type(again.conversation.state["thread"]["asked"]) is str


@pytest.mark.parametrize("saves", range(7))
async def test_a_checkpoint_that_stayed_behind_is_brought_up_from_the_turns(saves: int) -> None:
    house = House(saver=FailingSaver(saves))
    chat = await house.chat()
    await chat.begin()
    for line in TO_THE_READ_BACK:
        await chat.say(line)
    again = await continued(house)
    assert plain(again.conversation.state) == plain(chat.conversation.state)
    assert again.conversation.thread.asked == Topic.CONFIRM
    assert AnswerKind.YES_NO in again.conversation.expects.kinds
    answer = await again.say("yes")
    assert answer.outcome is Outcome.BOOKED
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1


async def test_unsaved_turns_are_saved_with_the_next_one() -> None:
    saver = FailingSaver(2)
    house = House(saver=saver)
    chat = await house.chat()
    await chat.begin()
    for line in TO_THE_READ_BACK:
        await chat.say(line)
    saver.left[0] = 100
    await chat.say("yes")
    house.book.turns.clear()  # only the checkpoint knows
    again = await continued(house)
    assert plain(again.conversation.state) == plain(chat.conversation.state)


async def test_a_cut_reply_is_cut_after_resuming_too() -> None:
    house = House()
    chat = await house.chat()
    opening = await chat.begin()
    await chat.cut(opening.reply[:40])
    await chat.say("hello?")
    again = await continued(house)
    said = {m.id: m.content for m in again.conversation.state["messages"]}
    assert said["t1-agent"] == opening.reply[:40]
    assert again.conversation.next_turn == 3


async def test_two_calls_do_not_share_anything() -> None:
    house = House()
    chat = await house.chat()
    await chat.begin()
    other = await Chat.open(house.house, card(call=CallId(UUID(int=7))), house.clock)
    assert other.conversation.next_turn == 1
    assert chat.conversation.next_turn == 2


async def test_an_unknown_script_is_named() -> None:
    unknown = replace(card(), script=ScriptRef("estate_agency_outbound", 9))
    with pytest.raises(NotFoundError, match="estate_agency_outbound version 9"):
        await House().house.open(unknown)
