"""The live feed on a real Valkey, and on one that is gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import cast
from uuid import uuid4

from redis.asyncio import Redis

from app.live_feed import QUEUE_LINES, Entries, RedisLiveFeed, RedisLiveLines, live_redis
from core.events import LiveEvent, LiveKind
from core.ids import CallId
from db.crypto import Keyring, new_key_text

KEYS = Keyring.parse(new_key_text())


async def never(_call_id: CallId) -> bool:
    return False


async def already(_call_id: CallId) -> bool:
    return True


def said(number: int) -> LiveEvent:
    return LiveEvent(LiveKind.SAID, number, {"turn": number, "text": "Zoë"})


async def write(
    redis: Redis, call_id: CallId, *events: LiveEvent, keyring: Keyring = KEYS
) -> RedisLiveFeed:
    feed = RedisLiveFeed(redis, keyring)
    for event in events:
        feed.publish(call_id, event)
    writing = asyncio.get_running_loop().create_task(feed.run())
    await asyncio.sleep(0)
    writing.cancel()  # what is queued is written first
    await asyncio.wait([writing])
    return feed


async def test_a_watcher_sees_every_line_in_order(redis: Redis, call_id: CallId) -> None:
    ended = LiveEvent(LiveKind.ENDED, 3, {"outcome": "booked"})
    await write(redis, call_id, said(1), said(2), ended)
    lines = [line async for line in RedisLiveLines(redis, KEYS, never).follow(call_id, "0")]
    told = [json.loads(line[1]) for line in lines if line is not None]
    assert told == [
        {"kind": "said", "at_ms": 1, "data": {"turn": 1, "text": "Zoë"}},
        {"kind": "said", "at_ms": 2, "data": {"turn": 2, "text": "Zoë"}},
        {"kind": "ended", "at_ms": 3, "data": {"outcome": "booked"}},
    ]


async def test_redis_never_sees_what_was_said(redis: Redis, call_id: CallId) -> None:
    await write(redis, call_id, LiveEvent(LiveKind.HEARD, 1, {"text": "my name is Anna"}))
    stored = repr(await redis.xrange(f"parley:live:{call_id}"))
    assert "line" in stored
    assert "Anna" not in stored
    assert "heard" not in stored


async def test_lines_that_cannot_be_opened_are_left_out(redis: Redis, call_id: CallId) -> None:
    stream = f"parley:live:{call_id}"
    await write(redis, call_id, said(1), keyring=Keyring.parse(new_key_text()))
    await redis.xadd(stream, {"line": "no base64!"})
    await redis.xadd(stream, {"line": '{"kind":"said"}'})
    elsewhere = CallId(uuid4())
    await write(redis, elsewhere, said(2))
    entries = cast("Entries", await redis.xrange(f"parley:live:{elsewhere}"))
    await redis.xadd(stream, {"line": entries[0][1]["line"]})
    await write(redis, call_id, said(3), LiveEvent(LiveKind.ENDED, 4))
    lines = [line async for line in RedisLiveLines(redis, KEYS, never).follow(call_id, "0")]
    told = [json.loads(line[1])["at_ms"] for line in lines if line is not None]
    assert told == [3, 4]


async def test_a_watcher_may_come_back(redis: Redis, call_id: CallId) -> None:
    await write(redis, call_id, said(1), LiveEvent(LiveKind.ENDED, 2))
    first = [line async for line in RedisLiveLines(redis, KEYS, never).follow(call_id, "0")]
    assert first[0] is not None
    again = [line async for line in RedisLiveLines(redis, KEYS, never).follow(call_id, first[0][0])]
    assert again == first[1:]


async def test_the_feed_of_a_call_that_is_over_ends(redis: Redis, call_id: CallId) -> None:
    """Also when its last line was lost."""
    await write(redis, call_id, said(1))
    lines = [line async for line in RedisLiveLines(redis, KEYS, already).follow(call_id, "0")]
    assert len(lines) == 1


async def test_lines_expire(redis: Redis, call_id: CallId) -> None:
    await write(redis, call_id, said(1))
    assert 0 < await redis.ttl(f"parley:live:{call_id}") <= 3600


async def test_a_lost_cache_ends_the_feed_and_holds_up_nobody(
    tmp_path: Path, call_id: CallId
) -> None:
    gone = live_redis(f"unix://{tmp_path}/gone.sock")
    feed = await write(gone, call_id, *(said(number) for number in range(QUEUE_LINES + 5)))
    assert feed.dropped == 5
    assert [line async for line in RedisLiveLines(gone, KEYS, never).follow(call_id, "0")] == []
    await gone.aclose()
