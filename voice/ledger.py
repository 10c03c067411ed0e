"""The writer of one call: waterfalls, proofs and usage go to the log off the hot path.

Usage is money and evidence is the law's: neither is dropped while the call lives, however long
the log is away. What waits is bounded all the same: of usage by adding up what is of one kind, of
waterfalls by letting the oldest go. What cannot be stored when the call ends is told to the
operator's log in full, so that it can be entered by hand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

import structlog

from core.ids import CallId
from core.speech import Evidence
from core.timing import TurnTiming
from core.usage import Usage
from voice.ports import CallLog

log = structlog.get_logger(__name__)

WRITE_TIMEOUT_S = 5.0  # a write that hangs has failed
GATHER_S = 2.0  # usage and waterfalls wait for more of their turn: one trip, not one each
TRIES = 2  # a failed write was rolled back, so it may be asked for again
AGAIN_S = 5.0  # after so long a log that failed is asked again
CLOSE_S = 2 * TRIES * WRITE_TIMEOUT_S  # the longest that the end of a call waits for its log
MOST_WAITING: Final = 256  # entries of a kind; a talk makes about ten a minute

Entry: TypeAlias = Usage | TurnTiming | Evidence


class CallWriter:
    """Writes evidence as it comes, and the rest soon; usage that waits together in one go."""

    def __init__(self, call_id: CallId, call_log: CallLog) -> None:
        self._call_id = call_id
        self._log = call_log
        self._usage: list[Usage] = []
        self._in_hand = 0  # of the usage: what is being written, and is not added to
        self._timings: list[TurnTiming] = []
        self._timings_in_hand = 0
        self._evidence: deque[Evidence] = deque()
        self._wake = asyncio.Event()
        self._at_once = asyncio.Event()  # nothing more is waited for
        self._finished = False
        self.merged = 0  # usage entries that were added to one that waited
        self.dropped = 0  # waterfalls that gave way

    def add(self, entry: Entry) -> None:
        """Queue one entry."""
        if isinstance(entry, Usage):
            self._add_usage(entry)
        elif isinstance(entry, Evidence):
            self._evidence.append(entry)  # a call has a handful
            self._at_once.set()
        else:
            self._add_timing(entry)
        self._wake.set()

    async def run(self) -> None:
        """Write entries until ``finish``; then write what waits and return."""
        while not self._finished:
            await self._wake.wait()
            await self._gather()
            self._wake.clear()
            self._at_once.clear()
            while not self._finished and not await self._write_waiting():
                await self._pause()
        await self.flush()

    def finish(self) -> None:
        """No more entries will come."""
        self._finished = True
        self._wake.set()
        self._at_once.set()

    async def flush(self) -> None:
        """Write all that waits, within ``CLOSE_S``: a log that fails does not hold up the end.

        What cannot be written is told to the operator's log. Cancel-safe: yes.
        """
        try:
            async with asyncio.timeout(CLOSE_S):
                for _ in range(TRIES):
                    if await self._write_waiting():
                        return
        except TimeoutError:
            log.warning("call log too slow")
        for entry in (*self._evidence, *self._usage, *self._timings):
            log.error("call log entry lost", entry=repr(entry), call_id=str(self._call_id))
        self._usage.clear()
        self._timings.clear()
        self._evidence.clear()

    def _add_usage(self, usage: Usage) -> None:
        if len(self._usage) >= MOST_WAITING:
            for at in range(self._in_hand, len(self._usage)):
                waiting = self._usage[at]
                if replace(waiting, quantity=usage.quantity) == usage:
                    added = waiting.quantity + usage.quantity
                    self._usage[at] = replace(waiting, quantity=added)
                    self.merged += 1
                    return
        self._usage.append(usage)  # also when full: a call has only so many turns and engines

    def _add_timing(self, timing: TurnTiming) -> None:
        """Queue a waterfall; when too many wait, the oldest that is not being written gives way."""
        if len(self._timings) >= MOST_WAITING and self._timings_in_hand < len(self._timings):
            del self._timings[self._timings_in_hand]
            self.dropped += 1
        self._timings.append(timing)

    async def _gather(self) -> None:
        """Wait for more to write, but not with evidence in hand, nor at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                await self._at_once.wait()

    async def _pause(self) -> None:
        """Leave a log that failed alone for a while, or until the call ends."""
        deadline = asyncio.get_running_loop().time() + AGAIN_S
        try:
            async with asyncio.timeout_at(deadline):
                while not self._finished:
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return

    async def _write_waiting(self) -> bool:
        """Write what waits, and what comes meanwhile; False at the first failure."""
        while self._usage or self._timings or self._evidence:
            if self._evidence and not await self._write_evidence(self._evidence[0]):
                return False
            if (self._usage or self._timings) and not await self._write_usage():
                return False
        return True

    async def _write_usage(self) -> bool:
        usage, timings = tuple(self._usage), tuple(self._timings)
        self._in_hand, self._timings_in_hand = len(usage), len(timings)
        try:
            written = await self._ask(self._log.used(self._call_id, usage, timings))
        finally:
            self._in_hand = self._timings_in_hand = 0
        if written:
            del self._usage[: len(usage)]
            del self._timings[: len(timings)]
        return written

    async def _write_evidence(self, evidence: Evidence) -> bool:
        written = await self._ask(self._log.proved(self._call_id, evidence))
        if written:
            self._evidence.popleft()
        return written

    async def _ask(self, writing: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await writing
        except Exception as error:  # noqa: BLE001  an edge: any store may fail in any way
            log.warning("call log failed", error=type(error).__name__)
            return False
        return True
