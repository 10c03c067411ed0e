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

WRITE_TIMEOUT_S = 5.0  # then the entry is reported and given up; the call goes on


class CallWriter:
    """Writes entries one after the other, in order."""

    def __init__(self, call_id: CallId, call_log: CallLog) -> None:
        self._call_id = call_id
        self._log = call_log
        self._entries: deque[Usage | TurnTiming] = deque()
        self._wake = asyncio.Event()

    def add(self, entry: Usage | TurnTiming) -> None:
        """Queue one entry."""
        self._entries.append(entry)
        self._wake.set()

    async def run(self) -> None:
        """Write for as long as the call lasts; never ends by itself."""
        while True:
            await self.flush()
            self._wake.clear()
            if not self._entries:
                await self._wake.wait()

    async def flush(self) -> None:
        """Write all that waits."""
        while self._entries:
            entry = self._entries.popleft()
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    if isinstance(entry, Usage):
                        await self._log.used(self._call_id, [entry])
                    else:
                        await self._log.timed(self._call_id, entry)
            except (OSError, TimeoutError) as error:
                log.warning("call log entry lost", entry=type(entry).__name__, error=repr(error))
