"""The live feed on Redis streams: written without ever holding up a call, read by watchers.

Each call has one stream. Nothing rests on it: when Redis is gone, lines are dropped and counted,
and a watcher's feed just ends. Lines hold what was heard and said, so each is sealed for its call.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import islice
from typing import Final, TypeAlias, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.loops import is_cancelled
from core.errors import InvalidInputError
from core.events import LiveEvent, LiveKind
from core.ids import CallId
from db.crypto import Keyring

QUEUE_LINES: Final = 1000  # a busy call makes some ten lines a turn; this bridges a short outage
STREAM_LINES: Final = 2000  # more than the longest call makes
KEEP_S: Final = 3600  # watchers come during the call or soon after
REDIS_S: Final = 2.0  # a cache that is slower than this is down
BATCH_LINES: Final = 100  # in one trip
GATHER_S: Final = 0.02  # lines come in bursts, and no watcher sees so short a wait
PAUSE_S: Final = 1.0  # between attempts while Redis is down
BLOCK_MS: Final = 1000  # how long one read waits; also how often a watcher is given a sign of life

Line: TypeAlias = tuple[CallId, LiveEvent]
Entries: TypeAlias = "list[tuple[str, dict[str, str]]]"  # id and fields of each line

log = structlog.get_logger(__name__)


def _key(call_id: CallId) -> str:
    return f"parley:live:{call_id}"


class RedisLiveFeed:
    """Writes lines from a bounded queue. ``run`` must be running for lines to leave it."""

    def __init__(self, redis: Redis, keyring: Keyring) -> None:
        self._redis = redis
        self._keyring = keyring
        self._queue: deque[Line] = deque(maxlen=QUEUE_LINES)
        self._waiting = asyncio.Event()
        self.dropped = 0

    def publish(self, call_id: CallId, event: LiveEvent) -> None:
        """Queue one line for the watchers; drops the oldest when too many wait."""
        if len(self._queue) == QUEUE_LINES:
            self.dropped += 1
        self._queue.append((call_id, event))
        self._waiting.set()

    async def run(self) -> None:
        """Write queued lines until cancelled; what is still queued then is written first."""
        try:
            while not is_cancelled():
                await self._waiting.wait()
                await asyncio.sleep(GATHER_S)
                self._waiting.clear()
                while self._queue and not is_cancelled():
                    await self._write_some()
        finally:
            await self._flush()

    async def _write_some(self) -> None:
        lines = list(islice(self._queue, BATCH_LINES))
        try:
            await self._add(lines)
        except (RedisError, OSError):
            # The lines stay queued, and the oldest fall out when the queue is full.
            log.warning("live feed cannot be written", waiting=len(self._queue))
            await asyncio.sleep(PAUSE_S)
            return
        for line in lines:
            # The queue may have dropped some of these very lines meanwhile.
            if self._queue and self._queue[0] is line:
                self._queue.popleft()

    async def _flush(self) -> None:
        """Write the last lines of calls that just ended, if Redis answers at once."""
        lines = list(self._queue)
        self._queue.clear()
        try:
            async with asyncio.timeout(REDIS_S):
                for begin in range(0, len(lines), BATCH_LINES):
                    await self._add(lines[begin : begin + BATCH_LINES])
        except (RedisError, OSError):
            log.warning("live feed ended with lines unwritten", lines=len(lines))

    async def _add(self, lines: Sequence[Line]) -> None:
        """Write ``lines`` in one trip."""
        async with asyncio.timeout(REDIS_S), self._redis.pipeline(transaction=False) as pipe:
            for call_id, event in lines:
                sealed = self._sealed(call_id, event)
                pipe.xadd(_key(call_id), {"line": sealed}, maxlen=STREAM_LINES, approximate=True)
            for call_id in {call_id for call_id, _ in lines}:
                pipe.expire(_key(call_id), KEEP_S)
            await pipe.execute()

    def _sealed(self, call_id: CallId, event: LiveEvent) -> str:
        line = json.dumps(
            {"kind": event.kind.value, "at_ms": event.at_ms, "data": dict(event.data)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return base64.b64encode(self._keyring.seal(line.encode(), _key(call_id))).decode()


class RedisLiveLines:
    """Reads the feed back. ``is_over`` tells whether a call has ended, for feeds without end."""

    def __init__(
        self, redis: Redis, keyring: Keyring, is_over: Callable[[CallId], Awaitable[bool]]
    ) -> None:
        self._redis = redis
        self._keyring = keyring
        self._is_over = is_over

    async def follow(self, call_id: CallId, after: str) -> AsyncIterator[tuple[str, str] | None]:
        """See ``api.services.LiveLines``."""
        last = after
        while True:
            # Asked before reading: lines written before the end are then surely seen.
            over = await self._is_over(call_id)
            lines = await self._read(call_id, last, wait=not over)
            if lines is None:
                return
            for last, sealed in lines:
                line = self._open(call_id, sealed)
                if line is None:
                    continue
                yield last, line
                if json.loads(line)["kind"] == LiveKind.ENDED.value:
                    return
            if not lines:
                if over:
                    return
                yield None

    def _open(self, call_id: CallId, sealed: str) -> str | None:
        """The line; None when it was changed, or sealed with a key that is not here."""
        try:
            plain = self._keyring.open(base64.b64decode(sealed, validate=True), _key(call_id))
        except (InvalidInputError, binascii.Error) as error:
            log.warning("live line cannot be opened", call_id=str(call_id), fault=str(error))
            return None
        return plain.decode()

    async def _read(
        self, call_id: CallId, last: str, *, wait: bool
    ) -> list[tuple[str, str]] | None:
        """The next lines, perhaps none; None when Redis is gone."""
        block = BLOCK_MS if wait else None
        try:
            async with asyncio.timeout(BLOCK_MS / 1000 + REDIS_S):
                found = await self._redis.xread({_key(call_id): last}, count=100, block=block)
        except (RedisError, OSError):
            log.warning("live feed cannot be read", call_id=str(call_id))
            return None
        streams = cast("list[tuple[str, Entries]]", found)  # the shape under protocol 2
        return [(name, fields["line"]) for _, entries in streams for name, fields in entries]


def live_redis(url: str) -> Redis:
    """A client for the feed; it connects on first use, and the caller closes it."""
    # Protocol 2, because protocol 3 answers XREAD in another shape.
    return Redis.from_url(url, decode_responses=True, protocol=2, socket_connect_timeout=REDIS_S)
