"""Orders over a real Valkey: to the process that holds the call, at most once, soon or never."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from api.orders import OrderAnswer
from app.clock import machine_entropy
from app.live_feed import live_redis
from app.orders import (
    NO_ANSWER,
    NO_CACHE,
    NO_DATABASE,
    NO_ROOM,
    NO_WORD,
    NOT_HELD,
    NOT_YET,
    TAKEN,
    UNCONFIRMED,
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


async def test_what_the_desk_does_not_take_is_told(
    redis: Redis, call_id: CallId, owner: str
) -> None:
    orders = giving(redis, Holding(call_id, is_over=False, owner=owner))
    async with taking(redis, owner, Desk(set())):
        assert await orders.give(SID, "Hello.", ends_call=False) == NO_ROOM


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
    seconds, _ = await redis.time()
    order, fields = _order(call_id, "Late.", seconds - 6)
    await redis.xadd(stream, dict(fields))  # also as a new entry, whose claim is long forgotten
    _, twice = _order(call_id, "Once.", seconds)
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


async def test_an_order_that_may_have_arrived_is_given_up(
    redis: Redis, redis_url: str, tmp_path: Path, call_id: CallId, owner: str
) -> None:
    desk = Desk({call_id})
    async with relayed(redis_url, tmp_path, comes_back=True) as (client, lost):
        orders = giving(client, Holding(call_id, is_over=False, owner=owner))
        assert await orders.give(SID, "Hello.", ends_call=False) == NO_CACHE
    assert lost.is_set()
    assert len(await redis.xrange(f"parley:orders:{owner}")) == 1  # it did arrive
    async with taking(redis, owner, desk):
        last = giving(redis, Holding(call_id, is_over=False, owner=owner))
        assert await last.give(SID, "Last.", ends_call=False) == TAKEN
    assert [text for _, text, _ in desk.told] == ["Last."]


@pytest.mark.parametrize(("comes_back", "told"), [(True, UNCONFIRMED), (False, NO_WORD)])
async def test_an_order_that_was_carried_out_is_not_called_unsent(
    redis: Redis,
    redis_url: str,
    tmp_path: Path,
    call_id: CallId,
    owner: str,
    comes_back: bool,
    told: OrderAnswer,
) -> None:
    desk = Desk({call_id})
    holding = Holding(call_id, is_over=False, owner=owner)

    def carried_out() -> bool:
        return bool(desk.told)

    async with (
        taking(redis, owner, desk),
        relayed(redis_url, tmp_path, comes_back=comes_back, until=carried_out) as (client, _),
    ):
        assert await giving(client, holding).give(SID, "One.", ends_call=False) == told
    assert [text for _, text, _ in desk.told] == ["One."]


@asynccontextmanager
async def relayed(
    redis_url: str, folder: Path, *, comes_back: bool, until: Callable[[], bool] = lambda: True
) -> AsyncIterator[tuple[Redis, asyncio.Event]]:
    """A client of Redis that loses its connection after the first EXEC has been carried out.

    It is lost, and the event set, as soon as ``until`` is true; with ``comes_back`` the next
    connection works, else there is none.
    """
    path, lost = folder / "relay.sock", asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if lost.is_set() and not comes_back:
            writer.close()
            return
        to_redis = redis_url.removeprefix("unix://").partition("?")[0]
        far_reader, far_writer = await asyncio.open_unix_connection(to_redis)
        try:
            while asked := await reader.read(65536):
                far_writer.write(asked)
                answer = await far_reader.read(65536)
                if b"EXEC" in asked and not lost.is_set():
                    while not until():
                        await asyncio.sleep(0.001)
                    lost.set()
                    return
                writer.write(answer)
        finally:
            far_writer.close()
            writer.close()

    async with await asyncio.start_unix_server(relay, path):
        client = live_redis(f"unix://{path}")
        client.set_retry(Retry(NoBackoff(), 0))
        yield client, lost
        await client.aclose()


def _order(call_id: CallId, text: str, given_s: int) -> tuple[str, dict[str, str]]:
    order = uuid4().hex
    told = json.dumps(
        {"call_id": str(call_id), "text": text, "ends_call": False, "given_ms": given_s * 1000}
    )
    sealed = KEYS.seal(told.encode(), f"orders/{order}")
    return order, {"order": order, "sealed": base64.b64encode(sealed).decode()}
