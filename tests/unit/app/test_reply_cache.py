"""The reply cache: what was put there, and every trouble of Redis as a miss."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGoneError

from app.reply_cache import RedisReplyCache


class Shelf:
    """The part of Redis that the cache uses. ``trouble`` happens instead of an answer."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, int]] = {}
        self.trouble: Exception | None = None
        self.slow_s = 0.0
        self.raw: bytes | None = None

    async def get(self, key: str) -> str | bytes | None:
        """What is kept."""
        await self._happen()
        return self.raw if self.raw is not None else self.kept.get(key, (None, 0))[0]

    async def set(self, key: str, value: str, *, ex: int) -> None:
        """Keep it for ``ex`` seconds."""
        await self._happen()
        self.kept[key] = (value, ex)

    async def _happen(self) -> None:
        await asyncio.sleep(self.slow_s)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def cache(shelf: Shelf) -> RedisReplyCache:
    return RedisReplyCache(cast("Redis", cast("Any", shelf)), 60)


async def test_what_was_put_is_there(shelf: Shelf, cache: RedisReplyCache) -> None:
    assert await cache.get("k") is None
    await cache.put("k", "Hello – é")
    assert await cache.get("k") == "Hello – é"
    assert cache.failures == 0
    assert shelf.kept == {"parley:reply:k": ("Hello – é", 60)}


async def test_bytes_are_text(shelf: Shelf, cache: RedisReplyCache) -> None:
    shelf.raw = "é".encode()
    assert await cache.get("k") == "é"
    shelf.raw = b"\xff"
    assert await cache.get("k") is None


@pytest.mark.parametrize("trouble", [RedisGoneError("gone"), OSError("gone")])
async def test_a_redis_that_is_gone_is_a_miss(
    shelf: Shelf, cache: RedisReplyCache, trouble: Exception
) -> None:
    shelf.trouble = trouble
    await cache.put("k", "Hello.")
    assert await cache.get("k") is None
    assert cache.failures == 2


async def test_a_redis_that_is_slow_is_a_miss(
    shelf: Shelf, cache: RedisReplyCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reply_cache.PUT_S", 0.01)
    shelf.slow_s = 600.0
    await cache.put("k", "Hello.")
    assert await cache.get("k") is None
    assert not shelf.kept
