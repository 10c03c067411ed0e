"""A client of the real Valkey, and a call to speak of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.live_feed import live_redis
from core.ids import CallId


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client as the server has it."""
    client = live_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def call_id() -> CallId:
    """A call that no other test speaks of."""
    return CallId(uuid4())
