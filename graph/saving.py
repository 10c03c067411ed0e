"""Checkpoints written behind the turns that made them, so that no caller waits for one.

The rows of the turns are the truth, so a checkpoint may come late. Each call waits in line once,
however many turns it took meanwhile, and what is written is its newest state.
"""

from __future__ import annotations

import asyncio
from typing import Final

from graph.memory import CallMemory

WRITERS: Final = 4  # of eight connections: loading a call that is resumed has room, too


class Saving:
    """The line of calls whose checkpoint is behind. ``run`` must be running for it to move."""

    def __init__(self) -> None:
        self._line: asyncio.Queue[CallMemory] = asyncio.Queue()  # one place a call: bounded by them
        self._waiting: set[CallMemory] = set()
        self._running = False

    async def save(self, memory: CallMemory) -> None:
        """Have the call's newest state saved soon; at once when nobody writes behind."""
        if not self._running:
            await memory.save()
        elif memory not in self._waiting:
            self._waiting.add(memory)
            self._line.put_nowait(memory)

    async def run(self) -> None:
        """Write until cancelled. A call that is closed saves itself, so nothing stays behind."""
        self._running = True
        try:
            async with asyncio.TaskGroup() as writers:
                for number in range(WRITERS):
                    writers.create_task(self._write(), name=f"save checkpoints {number}")
        finally:
            self._running = False

    async def _write(self) -> None:
        while True:
            memory = await self._line.get()
            self._waiting.discard(memory)
            try:
                await memory.save()
            finally:
                self._line.task_done()

    async def all_saved(self) -> None:
        """Wait until no call is in line and no writer at work."""
        if self._running:
            await self._line.join()
