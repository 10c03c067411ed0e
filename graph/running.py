"""A run of the graph in a task of its own: what is said comes out as it is said.

LangGraph's own stream of custom data is made for threads: each piece wakes the loop through a
socket, and two tasks wait for it. Our nodes run on the loop, so a piece goes straight into a queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeAlias

from core.speech import ReplyPiece
from graph.context import Voice

Run: TypeAlias = Callable[[Voice], Awaitable[None]]


async def pieces_of(run: Run) -> AsyncGenerator[ReplyPiece, None]:
    """What ``run`` gives to the voice, up to its end; then its fault, if it had one.

    Cancel-safe: yes; the run is over, too, when this is cancelled or closed.
    """
    said: asyncio.Queue[ReplyPiece | Exception | None] = asyncio.Queue()  # a reply is short

    async def to_its_end() -> None:
        try:
            await run(said.put_nowait)
        except Exception as error:  # noqa: BLE001  raised below: the reader is told, not cancelled
            said.put_nowait(error)
        else:
            said.put_nowait(None)

    async with asyncio.TaskGroup() as group:
        running = group.create_task(to_its_end(), name="run the graph")
        try:
            while isinstance(piece := await said.get(), ReplyPiece):
                yield piece
        except GeneratorExit:  # nobody reads on; to raise it through the group would be an error
            running.cancel()
    if isinstance(piece, Exception):
        raise piece
