"""Checkpoints written behind the turns: one writer a call, the newest state, none left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from core.call import EndReason
from core.ids import CallId
from graph.build import build_call_graph
from graph.chat import Chat
from tests.unit.conversations import CALL, House, card

THREAD: RunnableConfig = {"configurable": {"thread_id": str(CALL)}}


@dataclass
class Gate:
    """Holds saves back until it is opened, and counts them."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[int] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0


class GatedSaver(InMemorySaver):
    """A saver behind a gate. Graphs work on shallow copies of a saver, so they share it."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self.gate = gate

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        gate = self.gate
        gate.begun.append(checkpoint["channel_values"]["turn"])
        gate.at_once += 1
        gate.most_at_once = max(gate.most_at_once, gate.at_once)
        await gate.opened.wait()
        gate.at_once -= 1
        return await super().aput(config, checkpoint, metadata, new_versions)


@asynccontextmanager
async def saving_behind(house: House) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(house.house.save_behind(), name="save checkpoints")
        await asyncio.sleep(0)
        yield
        task.cancel()


def saved_turns(saver: InMemorySaver) -> list[int]:
    """The turns of the call's checkpoints, oldest first."""
    found = [each.checkpoint["channel_values"]["turn"] for each in saver.list(THREAD)]
    return found[::-1]


async def test_no_turn_waits_for_a_checkpoint_and_the_newest_state_is_saved() -> None:
    saver = GatedSaver(Gate())
    house = House(saver=saver)
    async with saving_behind(house):
        chat = await house.chat()
        await chat.begin()
        for line in ("yes", "yes", "three"):
            await chat.say(line)
        assert saved_turns(saver) == []
        assert saver.gate.begun == [1]
        saver.gate.opened.set()
        await house.house.all_saved()
    assert saver.gate.most_at_once == 1
    assert saved_turns(saver) == [1, 4]


async def test_closing_saves_what_is_behind() -> None:
    saver = GatedSaver(Gate())
    house = House(saver=saver)
    async with saving_behind(house):
        chat = await house.chat()
        opening = await chat.begin()
        await chat.say("yes")
        await chat.cut("Do you")
        saver.gate.opened.set()
        await chat.close(EndReason.CALLER_HUNG_UP)
        newest = saver.get_tuple(THREAD)
        assert newest is not None
        said = newest.checkpoint["channel_values"]["messages"]
        assert [m.content for m in said if m.id in {"t1-agent", "t2-agent"}] == [
            opening.reply,
            "Do you",
        ]
    assert saver.gate.most_at_once == 1


async def test_calls_are_saved_beside_each_other() -> None:
    saver = GatedSaver(Gate())
    house = House(saver=saver)
    async with saving_behind(house):
        for number in range(3):
            other = card(call=CallId(UUID(int=number + 1)))
            await (await Chat.open(house.house, other, house.clock)).begin()
        await asyncio.sleep(0)
        assert saver.gate.most_at_once == 3
        saver.gate.opened.set()
        await house.house.all_saved()


async def test_when_saving_stops_the_next_turn_saves_itself() -> None:
    saver = GatedSaver(Gate())
    house = House(saver=saver)
    chat = await house.chat()
    async with saving_behind(house):
        await chat.begin()
    assert saved_turns(saver) == []  # given up in the middle
    saver.gate.opened.set()
    await chat.say("yes")
    assert saved_turns(saver) == [2]


async def test_a_checkpoint_is_one_that_the_graph_can_read() -> None:
    house = House()
    chat = await house.chat()
    await chat.begin()
    await chat.say("yes")
    graph = build_call_graph(checkpointer=house.saver)
    snapshot = await graph.aget_state(THREAD)
    assert snapshot.next == ()
    assert snapshot.metadata is not None
    assert (snapshot.metadata["source"], snapshot.metadata["step"]) == ("update", 1)
    values: dict[str, Any] = dict(snapshot.values)
    assert values == dict(chat.conversation.state)
    history = [each async for each in graph.aget_state_history(THREAD)]
    assert [each.values["turn"] for each in history] == [2, 1]
    assert history[0].parent_config == history[1].config
