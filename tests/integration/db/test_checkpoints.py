"""Checkpoints: sealed, strict, without a lock, and the library as we know it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    empty_checkpoint,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from psycopg import AsyncConnection

from app.checkpoints import KeyringCipher, PoolSaver, conninfo, open_saver, serializer, set_up
from core.errors import InvalidInputError
from db.crypto import Keyring, new_key_text

RING = Keyring.parse(new_key_text())
VERSIONS: ChannelVersions = {"messages": "1", "slots": "1"}
META: CheckpointMetadata = {"source": "update", "step": 1, "parents": {}}


def thread(name: str) -> RunnableConfig:
    return {"configurable": {"thread_id": name, "checkpoint_ns": ""}}


def talk(text: str) -> Checkpoint:
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {
        "messages": [HumanMessage(text, id="1"), AIMessage("Hello.", id="2")],
        "slots": {"name": text, "when": None},
    }
    checkpoint["channel_versions"] = {"messages": "1", "slots": "1"}
    return checkpoint


@pytest.fixture
async def saver(migrated_url: str) -> AsyncIterator[PoolSaver]:
    await set_up(migrated_url)
    async with open_saver(migrated_url, RING, connections=4) as opened:
        yield opened


def test_the_library_still_has_the_method_that_we_replace() -> None:
    ours = inspect.signature(PoolSaver._cursor)
    theirs = inspect.signature(AsyncPostgresSaver._cursor)
    assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == [
        (p.name, p.kind, p.default) for p in theirs.parameters.values()
    ]
    assert "self.lock" in inspect.getsource(AsyncPostgresSaver._cursor)
    uses = inspect.getsource(AsyncPostgresSaver).count("self.lock")
    assert uses == 2  # made in __init__, taken in _cursor and nowhere else


async def test_what_is_saved_is_loaded(saver: PoolSaver) -> None:
    saved = await saver.aput(
        thread("a"), talk("hello there"), META, {"messages": "1", "slots": "1"}
    )
    await saver.aput_writes(saved, [("messages", "x")], "task")
    loaded = await saver.aget_tuple(thread("a"))
    assert loaded is not None
    assert loaded.checkpoint["channel_values"] == talk("hello there")["channel_values"]
    assert loaded.pending_writes == [("task", "messages", "x")]
    assert await saver.aget_tuple(thread("b")) is None


async def test_saves_of_different_calls_overlap(saver: PoolSaver) -> None:
    """While one connection is held in the middle of a save, another call is saved."""
    async with saver._cursor() as held:
        await held.execute("SELECT 1")
        async with asyncio.timeout(5):
            await saver.aput(thread("b"), talk("me too"), META, VERSIONS)
    assert await saver.aget_tuple(thread("b")) is not None


async def test_without_pipelines_writes_are_a_transaction(saver: PoolSaver) -> None:
    saver.supports_pipeline = False
    saved = await saver.aput(thread("c"), talk("hi"), META, VERSIONS)
    await saver.aput_writes(saved, [("messages", "x"), ("slots", "y")], "task")
    loaded = await saver.aget_tuple(thread("c"))
    assert loaded is not None
    assert loaded.pending_writes == [("task", "messages", "x"), ("task", "slots", "y")]


async def test_a_save_writes_what_the_library_writes(saver: PoolSaver) -> None:
    """Our one statement and the library's two leave the same rows, but for what is sealed."""
    checkpoint = talk("hi")
    checkpoint["channel_values"] |= {"turn": 3, "stage": None}
    new: ChannelVersions = {**VERSIONS, "turn": "1", "gone": "1"}
    for name, put in (("ours", PoolSaver.aput), ("theirs", AsyncPostgresSaver.aput)):
        first = await put(saver, thread(name), checkpoint, META, new)
        await put(saver, first, {**checkpoint, "id": "2"}, META, {"turn": "2"})
    async with saver._cursor() as cursor:
        found = {}
        for name in ("ours", "theirs"):
            await cursor.execute(
                "SELECT checkpoint_id, parent_checkpoint_id, checkpoint, metadata FROM checkpoints"
                " WHERE thread_id = %s ORDER BY checkpoint_id",
                (name,),
            )
            rows = await cursor.fetchall()
            await cursor.execute(
                "SELECT channel, version, type, length(blob) FROM checkpoint_blobs"
                " WHERE thread_id = %s ORDER BY channel",
                (name,),
            )
            found[name] = (rows, await cursor.fetchall())
    assert found["ours"] == found["theirs"]
    assert len(found["ours"][0]) == len(found["ours"][1]) == 2


async def test_a_connection_that_the_database_closed_is_replaced(migrated_url: str) -> None:
    await set_up(migrated_url)
    async with open_saver(migrated_url, RING, connections=1) as saver:
        await saver.aput(thread("e"), talk("hi"), META, VERSIONS)
        async with saver._cursor() as cursor:
            pid = cursor.connection.info.backend_pid
        async with await AsyncConnection.connect(conninfo(migrated_url), autocommit=True) as other:
            await other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        await saver.aput(thread("f"), talk("hi"), META, VERSIONS)
        assert await saver.aget_tuple(thread("f")) is not None


async def test_set_up_is_idempotent_and_may_race(migrated_url: str) -> None:
    async with asyncio.TaskGroup() as group:
        for i in range(3):
            group.create_task(set_up(migrated_url), name=f"set up {i}")


async def test_another_key_does_not_read_checkpoints(saver: PoolSaver, migrated_url: str) -> None:
    await saver.aput(thread("d"), talk("hi"), META, VERSIONS)
    async with open_saver(migrated_url, Keyring.parse(new_key_text()), connections=1) as other:
        with pytest.raises(InvalidInputError):
            await other.aget_tuple(thread("d"))


def test_another_cipher_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="sealed by aes"):
        KeyringCipher(RING).decrypt("aes", b"x")


@dataclass
class Stranger:
    """A type that nobody allowed."""

    word: str


def test_only_known_types_are_rebuilt(caplog: pytest.LogCaptureFixture) -> None:
    strict = serializer(RING)
    kind, data = strict.dumps_typed({"message": HumanMessage("x", id="1"), "it": Stranger("x")})
    assert kind.endswith("+parley")
    loaded = strict.loads_typed((kind, data))
    assert loaded["message"] == HumanMessage("x", id="1")
    assert not isinstance(loaded["it"], Stranger)
    allowed = serializer(RING, ((Stranger.__module__, "Stranger"),))
    assert allowed.loads_typed((kind, data))["it"] == Stranger("x")


class Talk(TypedDict):
    """The state of a small graph."""

    words: list[Stranger]


async def test_a_graph_keeps_its_state_in_the_saver(saver: PoolSaver) -> None:
    def listen(state: Talk) -> Talk:
        return {"words": [*state["words"], Stranger("again")]}

    graph = StateGraph(Talk)
    graph.add_node("listen", listen)
    graph.add_edge(START, "listen")
    compiled = graph.compile(checkpointer=saver)
    await compiled.ainvoke({"words": [Stranger("hello")]}, thread("g"), durability="exit")
    await compiled.aupdate_state(thread("g"), {"words": [Stranger("later")]}, as_node="listen")
    state = await compiled.aget_state(thread("g"))
    assert [getattr(word, "word", word) for word in state.values["words"]] == ["later"]
    assert isinstance(compiled.checkpointer, PoolSaver)
