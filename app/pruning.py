"""Removing what is of no use any more: the checkpoints of ended calls, and used stream tokens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from app.loops import Loop
from core.clock import Clock
from core.ids import CallId

PRUNE_S: Final = 300.0
FORGET_S: Final = 600.0
# The rows of the turns are the truth and stay; an hour leaves time to look at a call that failed.
CHECKPOINTS_LAST: Final = timedelta(hours=1)
# A token is valid for a minute; an hour covers clocks that differ between machines.
TOKENS_LAST: Final = timedelta(hours=1)
THREADS_AT_ONCE: Final = 20  # a long call has a megabyte of checkpoints; a save may take 2 s

log = structlog.get_logger(__name__)


class EndedThreads(Protocol):
    """Finds the ended calls that still have checkpoints."""

    def batch(
        self, ended_before: datetime, at_most: int
    ) -> AbstractAsyncContextManager[Sequence[CallId]]:
        """Some of them, for this process alone; none when another one is at it."""
        ...


class Threads(Protocol):
    """Deletes the checkpoints of threads."""

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str) -> None:
        """As LangGraph's savers do it."""
        ...


class UsedTokens(Protocol):
    """The used tokens of media streams."""

    async def forget(self, used_before: datetime) -> int:
        """Drop those that were used before; how many."""
        ...


class CheckpointPruning:
    """Deletes the checkpoints of calls that ended more than an hour ago."""

    def __init__(self, ended: EndedThreads, threads: Threads, clock: Clock) -> None:
        self._ended = ended
        self._threads = threads
        self._clock = clock

    async def prune(self) -> None:
        """One pass: batch after batch until none is left."""
        pruned = 0
        while some := await self._prune_some():
            pruned += some
        if pruned:
            log.info("checkpoints pruned", calls=pruned)

    async def _prune_some(self) -> int:
        before = self._clock.now() - CHECKPOINTS_LAST
        async with self._ended.batch(before, THREADS_AT_ONCE) as calls:
            if calls:
                await self._threads.aprune([str(each) for each in calls], strategy="delete")
            return len(calls)

    @property
    def loop(self) -> Loop:
        """The pruning, every few minutes."""
        return Loop("prune checkpoints", PRUNE_S, self.prune)


class TokenPruning:
    """Drops the used stream tokens that are long invalid."""

    def __init__(self, tokens: UsedTokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    async def prune(self) -> None:
        """One pass."""
        dropped = await self._tokens.forget(self._clock.now() - TOKENS_LAST)
        if dropped:
            log.info("stream tokens dropped", tokens=dropped)

    @property
    def loop(self) -> Loop:
        """The pruning, every ten minutes."""
        return Loop("drop stream tokens", FORGET_S, self.prune)
