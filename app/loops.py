"""Loops of the background: work done again and again, whose faults are logged and end nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from core.errors import ParleyError

PASS_S: Final = 60.0  # a pass takes milliseconds; one that takes a minute hangs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Loop:
    """One piece of work that is done every ``every_s`` seconds."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[None]]


def is_cancelled() -> bool:
    """Whether this task was told to end, also when what was just done took the news.

    A client that times its own reads may take a cancellation for its time-out.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def keep_doing(loop: Loop) -> None:
    """Do the work at once and then again and again, until cancelled.

    A pass that fails is logged; the next one tries again.
    """
    while True:
        try:
            async with asyncio.timeout(PASS_S):
                await loop.work()
        except ParleyError as error:  # such as a database that is away: it says so itself
            log.error("background work failed", work=loop.name, why=str(error))
        except Exception:
            log.exception("background work failed", work=loop.name)
        await asyncio.sleep(loop.every_s)
