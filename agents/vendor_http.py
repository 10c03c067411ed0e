"""Closes the connections of answers that nobody reads to their end.

The vendors' libraries leave that to the garbage collector. A cancelled answer must stop at once:
the caller has spoken, and the server goes on making words that are paid for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from httpx import Response

CONNECT_S: Final = 1.0  # a turn waits half a second for its first words
SILENCE_S: Final = 10.0  # between two reads; turns give up long before
KEEP_ALIVE_S: Final = 300.0  # callers pause: a connection survives from turn to turn

_opened: ContextVar[list[Response] | None] = ContextVar("opened", default=None)


async def note_response(response: Response) -> None:
    """A hook for httpx clients: remember the response for the answer that it belongs to."""
    opened = _opened.get()
    if opened is not None:
        opened.append(response)


@asynccontextmanager
async def closing_responses() -> AsyncIterator[None]:
    """Every response that is begun inside is closed on the way out, read or not."""
    opened: list[Response] = []
    _opened.set(opened)
    try:
        yield
    finally:
        for response in opened:
            await response.aclose()
