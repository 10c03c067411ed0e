"""Turns without effects: one statement, and the same guarantees as any other turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from core.call import EndReason, Outcome
from core.errors import NotFoundError, RefusedError
from core.speech import Heard
from db.seed import seed
from db.unit_of_work import Units
from tests.integration.db.scene import NOON, PRICES, Desk, booking, record

TABLES = {"turns": 1, "agent_transitions": 1, "usage_events": 2}


async def counts(desk: Desk) -> dict[str, object]:
    return {t: (await desk.rows(f"SELECT count(*) FROM {t}"))[0][0] for t in TABLES}


class WithoutSessions(Units):
    """Units of work that are one statement each."""

    def begin(self) -> Any:
        raise AssertionError("a plain turn takes one statement")


async def test_it_takes_one_statement(desk: Desk) -> None:
    card, book = await desk.talking(), desk.turns()
    await book.commit(card.call_id, record(1), None, None)  # looks the prices up
    heard = Heard(1, "Lovely,", " you are booked.", 600)
    book = replace(book, units=WithoutSessions(desk.engine))
    assert await book.commit(card.call_id, record(2), None, heard) == []
    assert await desk.rows("SELECT number, heard_ms FROM turns ORDER BY number") == [
        (1, 600),
        (2, None),
    ]
    assert await desk.rows("SELECT sku, turn, micros FROM usage_events WHERE turn = 2") == [
        ("llm/x", 2, 123),
        ("tts/y", 2, 1150),
    ]
    shown = await desk.shown(card)
    assert [turn["heard"] for turn in shown["turns"]] == ["Lovely,", None]
    assert shown["transitions"][1]["reason"] == "agreed"


async def test_it_is_written_like_a_turn_with_effects(desk: Desk) -> None:
    card = await desk.talking()
    at = NOON + timedelta(days=1)
    await desk.turns().commit(card.call_id, record(1, booking(card, 1, at)), None, None)
    await desk.turns().commit(card.call_id, record(2), None, None)
    with_effects, plain = (await desk.shown(card))["turns"]
    same = with_effects.keys() - {"number"}
    assert {key: plain[key] for key in same} == {key: with_effects[key] for key in same}
    first, second = await desk.turns().turns_after(card.call_id, 0)
    assert first.state_change == {**second.state_change, "number": 1}


async def test_rival_commits_write_it_once(desk: Desk) -> None:
    card = await desk.talking()
    async with asyncio.TaskGroup() as rivals:
        for number in range(4):
            rivals.create_task(
                desk.turns().commit(card.call_id, record(1), None, None), name=f"rival {number}"
            )
    assert await counts(desk) == TABLES


async def test_a_cancelled_commit_is_whole_or_nothing(desk: Desk) -> None:
    card = await desk.talking()
    for steps in range(0, 40, 3):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(
                desk.turns().commit(card.call_id, record(1), None, None), name="commit"
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert await counts(desk) in (TABLES, dict.fromkeys(TABLES, 0))
    await desk.turns().commit(card.call_id, record(1), None, None)
    assert await counts(desk) == TABLES


async def test_it_waits_for_whoever_holds_the_call_and_then_looks_again(desk: Desk) -> None:
    card = await desk.talking()
    book = desk.turns()
    await book.commit(card.call_id, record(1), None, None)
    async with asyncio.TaskGroup() as group, desk.units.begin() as session:
        await session.execute(text("UPDATE calls SET lease_owner = 'two'"))
        late = group.create_task(_refusal(desk, card.call_id), name="late commit")
        await asyncio.sleep(0.05)
        assert not late.done()
    assert late.result() == "LEASE_LOST"
    assert await desk.rows("SELECT count(*) FROM turns") == [(1,)]


async def _refusal(desk: Desk, call_id: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        await desk.turns().commit(call_id, record(2), None, None)
    return refused.value.code


async def test_calls_that_are_over_or_never_were(desk: Desk) -> None:
    card = await desk.talking()
    with pytest.raises(NotFoundError):
        await desk.turns().commit(desk.card().call_id, record(1), None, None)
    await desk.log().ended(card.call_id, EndReason.AGENT_HUNG_UP, Outcome.COMPLETED, None)
    assert await _refusal(desk, card.call_id) == "CALL_ENDED"
    assert await counts(desk) == dict.fromkeys(TABLES, 0)


async def test_a_new_price_counts_within_a_minute_and_an_unknown_one_at_once(desk: Desk) -> None:
    card, book = await desk.talking(), desk.turns()
    await book.commit(card.call_id, record(1), None, None)
    unknown = record(2)
    usage = tuple(replace(one, sku=f"new/{one.sku}") for one in unknown.result.usage)
    unknown = replace(unknown, result=replace(unknown.result, usage=usage))
    await book.commit(card.call_id, unknown, None, None)
    new = tuple(replace(price, sku=f"new/{price.sku}") for price in PRICES)
    older = replace(PRICES[0], usd=Decimal("1.00"), read_on=NOON.date() - timedelta(days=1))
    await seed(desk.units, desk.keyring, desk.clock, (*new, older))
    await book.commit(card.call_id, replace(unknown, turn=record(3).turn), None, None)
    query = "SELECT turn, micros FROM usage_events WHERE sku LIKE '%llm/x' ORDER BY id"
    assert await desk.rows(query) == [(1, 123), (2, None), (2, 123)]


async def test_connections_that_the_database_closed_are_replaced(desk: Desk) -> None:
    card = await desk.talking()
    async with desk.units.begin() as one, desk.units.begin() as two:
        for session in (one, two):
            await session.execute(text("SELECT 1"))
    others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> {}"
    others += " AND datname = current_database()"
    assert await desk.rows(others.format("pg_backend_pid()")) == [(2,)]
    await asyncio.sleep(0.05)
    await desk.turns().commit(card.call_id, record(1), None, None)
    assert await counts(desk) == TABLES
