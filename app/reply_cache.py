"""The reply cache on Redis: quick or not at all, and losing it loses nothing."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

GET_S: Final = 0.03  # a turn waits no longer; a cache near by answers in one
PUT_S: Final = 0.25
PREFIX: Final = "parley:reply:"

log = structlog.get_logger(__name__)


class RedisReplyCache:
    """graph.ports.ReplyCache."""

    def __init__(self, redis: Redis, ttl_s: int) -> None:
        self._redis = redis
        self._ttl_s = ttl_s
        self.failures = 0

    async def get(self, key: str) -> str | None:
        """What was put there and has not expired; None also when Redis is slow or gone."""
        found: str | bytes | None
        try:
            async with asyncio.timeout(GET_S):
                found = await self._redis.get(f"{PREFIX}{key}")
            return found.decode() if isinstance(found, bytes) else found
        except (RedisError, OSError, TimeoutError, UnicodeDecodeError) as error:
            self._failed(error)
            return None

    async def put(self, key: str, answer: str) -> None:
        """Keep ``answer`` until its time is over, if Redis takes it."""
        try:
            async with asyncio.timeout(PUT_S):
                await self._redis.set(f"{PREFIX}{key}", answer, ex=self._ttl_s)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if self.failures == 1:  # an outage would fill the log
            log.warning("reply cache unreachable", error=type(error).__name__)
