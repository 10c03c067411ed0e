"""The work of the background on a real database: what is over goes, what is needed stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from langgraph.checkpoint.base import CheckpointMetadata, empty_checkpoint

from app.checkpoints import PoolSaver
from app.orphans import OrphanSweep
from app.pruning import (
    CHECKPOINTS_LAST,
    THREADS_AT_ONCE,
    TOKENS_LAST,
    CheckpointPruning,
    TokenPruning,
)
from app.storage import Storage
from core.call import EndReason, Outcome
from core.ids import CallId
from db import stream_tokens
from db.ended_threads import PostgresEndedThreads
from tests.integration.db.scene import CountingEntropy, HandClock, inbound_card

META: CheckpointMetadata = {"source": "update", "step": 1, "parents": {}}
MOMENT = timedelta(seconds=1)
ENTROPY = CountingEntropy()


async def a_call(storage: Storage) -> CallId:
    """A call that talks, held by this process."""
    card = inbound_card(storage.clock.now(), f"CA{ENTROPY(16).hex()}")
    await storage.log.opened(card, ["espeak"])
    return card.call_id


async def end(storage: Storage, call_id: CallId) -> None:
    await storage.log.ended(call_id, EndReason.AGENT_HUNG_UP, Outcome.COMPLETED, None)


async def save(saver: PoolSaver, thread: str) -> None:
    """Give a thread a checkpoint, a blob and a write."""
    place = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"slots": {"name": "Eleanor"}}
    checkpoint["channel_versions"] = {"slots": "1"}
    saved = await saver.aput(place, checkpoint, META, {"slots": "1"})  # type: ignore[arg-type]
    await saver.aput_writes(saved, [("slots", {"name": "Eleanor"})], "task")


async def threads(saver: PoolSaver) -> dict[str, set[str]]:
    """The threads that each table of checkpoints knows."""
    found: dict[str, set[str]] = {}
    async with saver.conn.connection() as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            rows = await connection.execute(f"SELECT DISTINCT thread_id FROM {table}")  # type: ignore[arg-type]
            found[table] = {row["thread_id"] for row in await rows.fetchall()}
    return found


def pruning(storage: Storage, saver: PoolSaver) -> CheckpointPruning:
    return CheckpointPruning(PostgresEndedThreads(storage.units), saver, storage.clock)


async def test_checkpoints_go_an_hour_after_the_call(
    storage: Storage, saver: PoolSaver, clock: HandClock
) -> None:
    over, fresh, live = [await a_call(storage) for _ in range(3)]
    named = ("notes", "ffffffff-ffff-ffff-ffff-ffffffffffff")  # threads of no call
    for thread in (*map(str, (over, fresh, live)), *named):
        await save(saver, thread)
    await end(storage, over)
    clock.move(MOMENT)
    await end(storage, fresh)
    clock.move(CHECKPOINTS_LAST)
    for _ in range(2):
        await pruning(storage, saver).prune()
        kept = {str(fresh), str(live), *named}
        assert await threads(saver) == {
            "checkpoints": kept,
            "checkpoint_blobs": kept,
            "checkpoint_writes": kept,
        }


async def test_several_workers_prune_many_calls(
    storage: Storage, saver: PoolSaver, clock: HandClock
) -> None:
    for _ in range(THREADS_AT_ONCE + 1):
        call = await a_call(storage)
        await save(saver, str(call))
        await end(storage, call)
    clock.move(CHECKPOINTS_LAST + MOMENT)
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(pruning(storage, saver).prune(), name=f"worker {number}")
    assert (await threads(saver))["checkpoints"] == set()


async def test_one_process_prunes_at_a_time(
    storage: Storage, saver: PoolSaver, clock: HandClock
) -> None:
    call = await a_call(storage)
    await save(saver, str(call))
    await end(storage, call)
    clock.move(CHECKPOINTS_LAST + MOMENT)
    ended = PostgresEndedThreads(storage.units)
    async with ended.batch(clock.now(), 10) as mine:
        assert mine == [call]
        await pruning(storage, saver).prune()  # leaves it to the one who is at it
        assert (await threads(saver))["checkpoints"] == {str(call)}
    await pruning(storage, saver).prune()
    assert (await threads(saver))["checkpoints"] == set()


async def test_tokens_go_when_none_can_be_valid(
    storage: Storage, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_tokens, "FORGOTTEN_AT_ONCE", 2)
    call = await a_call(storage)
    for number in range(5):
        assert await storage.tokens.redeem(call, bytes([number]), clock.now())
    clock.move(MOMENT)
    assert await storage.tokens.redeem(call, b"young", clock.now())
    clock.move(TOKENS_LAST)
    await TokenPruning(storage.tokens, clock).prune()
    assert not await storage.tokens.redeem(call, b"young", clock.now())  # still known as used
    assert await storage.tokens.redeem(call, bytes([0]), clock.now())
    assert await storage.tokens.forget(clock.now() + MOMENT) == 2
    assert await storage.tokens.forget(clock.now() + MOMENT) == 0


async def test_orphans_are_closed_when_their_lease_ran_out(
    storage: Storage, clock: HandClock
) -> None:
    call = await a_call(storage)
    sweep = OrphanSweep(storage.log, clock)
    await sweep.sweep()
    assert (await storage.views.one(call) or {})["state"] == "talking"
    clock.move(timedelta(seconds=31))
    await sweep.sweep()
    assert (await storage.views.one(call) or {})["end_reason"] == "process_died"


async def test_calls_of_a_process_that_is_gone_are_closed_at_once(
    storage: Storage, clock: HandClock
) -> None:
    call = await a_call(storage)
    await OrphanSweep(storage.log, clock, dead=("one",)).sweep()
    assert (await storage.views.one(call) or {})["end_reason"] == "process_died"
