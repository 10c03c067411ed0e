"""Orders over a real Valkey: to the process that holds the call, at most once, soon or never."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.clock import machine_entropy
from app.live_feed import live_redis
from app.orders import (
    NO_ANSWER,
    NO_CACHE,
    NO_DATABASE,
    NOT_HELD,
    NOT_YET,
    TAKEN,
    UNKNOWN,
    OrderTaker,
    RedisOrders,
)
from core.errors import ProviderError
from core.ids import CallId, CallSid
from db.crypto import Keyring, new_key_text
from db.queries.holders import Holding

KEYS = Keyring.parse(new_key_text())
SID = CallSid("CA" + "1" * 32)


@dataclass
class Holder:
    """``app.orders.Holders`` of one call."""

    holding: Holding | None
    is_broken: bool = False

    async def of(self, name: CallId | CallSid) -> Holding | None:
        if self.is_broken:
            raise ProviderError("postgres", "told to fail", retryable=True)
        return self.holding


@dataclass
class Desk:
    """``app.orders.OrderDesk``: keeps what it was told."""

    calls: set[CallId]
    told: list[tuple[CallId, str, bool]] = field(default_factory=list)

    def order(self, call_id: CallId, text: str, *, ends_call: bool) -> bool:
        if call_id not in self.calls:
            return False
        self.told.append((call_id, text, ends_call))
        return True


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = live_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def call_id() -> CallId:
    return CallId(uuid4())


@pytest.fixture
def owner() -> str:
    return f"machine-{uuid4().hex}"


@asynccontextmanager
async def taking(redis: Redis, owner: str, desk: Desk, keys: Keyring = KEYS) -> AsyncIterator[None]:
    """A process that takes orders for the length of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(OrderTaker(redis, keys, owner, desk).run())
        yield
        task.cancel()


def giving(redis: Redis, holding: Holding | None) -> RedisOrders:
    return RedisOrders(redis, KEYS, Holder(holding), machine_entropy)


async def test_an_order_reaches_the_process_that_holds_the_call(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    holder, other = Desk({call_id}), Desk(set())
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    async with taking(redis, owner, holder), taking(redis, f"{owner}-2", other):
        assert await orders.give(SID, "One moment, Zoë.", ends_call=False) == TAKEN
        assert await orders.give(SID, "", ends_call=True) == TAKEN
        many = [orders.give(SID, str(at), ends_call=False) for at in range(20)]
        async with asyncio.TaskGroup() as group:
            answers = [group.create_task(each) for each in many]
        assert {answer.result() for answer in answers} == {TAKEN}
    assert holder.told[:2] == [(call_id, "One moment, Zoë.", False), (call_id, "", True)]
    assert sorted(text for _, text, _ in holder.told[2:]) == sorted(map(str, range(20)))
    assert other.told == []


async def test_redis_never_sees_the_words_and_keeps_nothing_for_long(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    async with taking(redis, owner, Desk({call_id})):
        await orders.give(SID, "my name is Anna", ends_call=False)
    stream = f"parley:orders:{owner}"
    assert "Anna" not in repr(await redis.xrange(stream))
    assert 0 < await redis.ttl(stream) <= 60


async def test_what_the_database_knows_needs_no_redis(
    tmp_path: Path, call_id: CallId, owner: str
) -> None:
    gone = live_redis(f"unix://{tmp_path}/gone.sock")
    cases = {
        UNKNOWN: None,
        NOT_HELD: Holding(call_id, is_over=True, owner=None),
        NOT_YET: Holding(call_id, is_over=False, owner=None),
        NO_CACHE: Holding(call_id, is_over=False, owner=owner),
    }
    for answer, holding in cases.items():
        assert await giving(gone, holding).give(SID, "Hello.", ends_call=False) == answer
    broken = RedisOrders(gone, KEYS, Holder(None, is_broken=True), machine_entropy)
    assert await broken.give(SID, "Hello.", ends_call=False) == NO_DATABASE
    await gone.aclose()


async def test_a_call_that_has_just_ended_is_told(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    async with taking(redis, owner, Desk(set())):
        assert await orders.give(SID, "Hello.", ends_call=False) == NOT_HELD


async def test_an_order_that_was_given_up_is_not_carried_out_later(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    assert await orders.give(SID, "Hello.", ends_call=False) == NO_ANSWER
    desk = Desk({call_id})
    async with taking(redis, owner, desk):
        assert await orders.give(SID, "Still there?", ends_call=False) == TAKEN
    assert [text for _, text, _ in desk.told] == ["Still there?"]


async def test_an_old_order_and_a_repeated_one_are_not_carried_out(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    stream, desk = f"parley:orders:{owner}", Desk({call_id})
    old = datetime.now(UTC) - timedelta(seconds=6)
    order, fields = _order(call_id, "Late.")
    await redis.xadd(stream, dict(fields), id=f"{int(old.timestamp() * 1000)}-0")
    _, twice = _order(call_id, "Once.")
    await redis.xadd(stream, dict(twice))
    await redis.xadd(stream, dict(twice))
    await redis.xadd(stream, {"nonsense": "x"})
    async with taking(redis, owner, desk):
        found = await redis.blpop([f"parley:order:{order}:answer"], timeout=5)
        assert "too late" in json.loads(found[1])["why"]
        last = giving(redis, Holding(call_id, is_over=False, owner=owner))
        assert await last.give(SID, "Last.", ends_call=False) == TAKEN
    assert [text for _, text, _ in desk.told] == ["Once.", "Last."]


async def test_processes_with_different_keys_say_so(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    desk = Desk({call_id})
    async with taking(redis, owner, desk, Keyring.parse(new_key_text())):
        answer = await orders.give(SID, "Hello.", ends_call=False)
    assert not answer.taken
    assert "PARLEY_KEY" in answer.why
    assert desk.told == []


async def test_a_taker_lives_through_an_outage(tmp_path: Path, owner: str) -> None:
    gone = live_redis(f"unix://{tmp_path}/gone.sock")
    async with taking(gone, owner, Desk(set())):
        await asyncio.sleep(0.1)
    await gone.aclose()


def _order(call_id: CallId, text: str) -> tuple[str, dict[str, str]]:
    order = uuid4().hex
    told = json.dumps({"call_id": str(call_id), "text": text, "ends_call": False})
    sealed = KEYS.seal(told.encode(), f"orders/{order}")
    return order, {"order": order, "sealed": base64.b64encode(sealed).decode()}
