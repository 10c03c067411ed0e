"""The background process: one TaskGroup of named loops, without a web server.

Many may run, on one machine or on several, beside any number of gateways: every pass is one or
more transactions that leave alone what another process has in hand.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from app.checkpoints import open_saver
from app.heartbeat import Heartbeat
from app.loops import Loop, keep_doing
from app.orphans import OrphanSweep
from app.pruning import CheckpointPruning, TokenPruning
from app.storage import Storage
from db.ended_threads import PostgresEndedThreads

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
CONNECTIONS: Final = 2  # for checkpoints; pruning uses one at a time

log = structlog.get_logger(__name__)


async def run_worker(storage: Storage, heartbeat: Heartbeat) -> None:
    """Do the work of the background until cancelled. Faults of the work are logged."""
    async with open_saver(storage.url, storage.keyring, connections=CONNECTIONS) as saver:
        clock = storage.clock
        ended = PostgresEndedThreads(storage.units)
        await keep_all(
            (
                heartbeat.loop,
                OrphanSweep(storage.log, clock).loop,
                TokenPruning(storage.tokens, clock).loop,
                CheckpointPruning(ended, saver, clock).loop,
            )
        )


async def keep_all(loops: Sequence[Loop]) -> None:
    """Run ``loops`` side by side until cancelled."""
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(keep_doing(loop), name=loop.name)
        log.info("worker runs", loops=[loop.name for loop in loops])


@asynccontextmanager
async def until_told_to_stop() -> AsyncIterator[None]:
    """End what this task does in the block with the first signal to stop, and go on after it."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as told:

            def tell() -> None:
                if not told.expired():  # a second signal changes nothing
                    told.reschedule(loop.time())

            for number in STOP_SIGNALS:
                loop.add_signal_handler(number, tell)
            yield
    except TimeoutError:
        if not told.expired():
            raise
        log.info("worker stops")
