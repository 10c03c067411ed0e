"""The way between Twilio and the server: delay and jitter, in order, as TCP delivers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

T = TypeVar("T")

PIPE_LIMIT: Final = 3000  # messages; a minute of frames unread means the server is gone


@dataclass(frozen=True, slots=True)
class Delay:
    """One way of the network. Jitter is even between zero and ``jitter_ms``, on top."""

    base_ms: float = 0.0
    jitter_ms: float = 0.0

    def __post_init__(self) -> None:
        if self.base_ms < 0 or self.jitter_ms < 0:
            raise ValueError("a delay is not negative")


@dataclass(frozen=True, slots=True)
class Network:
    """Both ways: ``up`` from the caller to the server, ``down`` back. ``seed`` fixes jitter."""

    up: Delay = Delay()
    down: Delay = Delay()
    seed: int = 1


class PipeFullError(Exception):
    """Too much is under way: the other side does not read."""


class Pipe(Generic[T]):
    """One direction: what is put in comes out later, never overtaking."""

    def __init__(
        self,
        delay: Delay,
        deliver: Callable[[T], Awaitable[None]],
        *,
        seed: int = 1,
        limit: int = PIPE_LIMIT,
    ) -> None:
        self._delay = delay
        self._deliver = deliver
        self._limit = limit
        self._random = np.random.default_rng(seed)
        self._under_way: deque[tuple[float, T]] = deque()
        self._arrived = asyncio.Event()
        self._last_due = 0.0
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, item: T) -> None:
        """Send ``item`` on its way.

        Raises:
            PipeFullError: the pipe holds its limit; nothing was put in.
        """
        if len(self._under_way) >= self._limit:
            raise PipeFullError
        wait_ms = self._delay.base_ms
        if self._delay.jitter_ms:
            wait_ms += float(self._random.uniform(0, self._delay.jitter_ms))
        due = asyncio.get_running_loop().time() + wait_ms / 1000
        self._last_due = max(self._last_due, due)
        self._under_way.append((self._last_due, item))
        self._arrived.set()
        self._empty.clear()

    async def run(self) -> None:
        """Deliver for ever. Cancel-safe: yes; what is under way is lost."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._under_way:
                self._empty.set()
                self._arrived.clear()
                await self._arrived.wait()
            due, item = self._under_way[0]
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            self._under_way.popleft()
            await self._deliver(item)

    async def drained(self) -> None:
        """Wait until all that was put in is delivered. Cancel-safe: yes."""
        await self._empty.wait()
