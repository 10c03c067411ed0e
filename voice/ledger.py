"""The writer of one call: waterfalls and usage go to the log as they happen, off the hot path."""

from __future__ import annotations

import asyncio
from collections import deque

import structlog

from core.ids import CallId
from core.timing import TurnTiming
from core.usage import Usage
from voice.ports import CallLog

log = structlog.get_logger(__name__)

WRITE_TIMEOUT_S = 5.0  # a write that hangs has failed
TRIES = 2  # a failed write was rolled back, so it may be asked for again


class CallWriter:
    """Writes entries one after the other, in order."""

    def __init__(self, call_id: CallId, call_log: CallLog) -> None:
        self._call_id = call_id
        self._log = call_log
        self._entries: deque[Usage | TurnTiming] = deque()
        self._wake = asyncio.Event()
        self._finished = False

    def add(self, entry: Usage | TurnTiming) -> None:
        """Queue one entry."""
        self._entries.append(entry)
        self._wake.set()

    async def run(self) -> None:
        """Write entries as they come, until ``finish``; then write what waits and return."""
        while True:
            await self.flush()
            if self._finished:
                return
            self._wake.clear()
            if not self._entries:
                await self._wake.wait()

    def finish(self) -> None:
        """No more entries will come."""
        self._finished = True
        self._wake.set()

    async def flush(self) -> None:
        """Write all that waits, each entry twice at most: a log that fails does not end a call."""
        while self._entries:
            entry = self._entries[0]
            for _ in range(TRIES):
                if await self._write(entry):
                    break
            else:
                log.error("call log entry lost", entry=type(entry).__name__)
            self._entries.popleft()

    async def _write(self, entry: Usage | TurnTiming) -> bool:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                if isinstance(entry, Usage):
                    await self._log.used(self._call_id, [entry])
                else:
                    await self._log.timed(self._call_id, entry)
        except Exception as error:  # noqa: BLE001  an edge: any store may fail in any way
            log.warning("call log failed", error=type(error).__name__)
            return False
        return True
