"""Closing the calls that a process left behind; gateways and workers do it alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from app.loops import Loop
from core.clock import Clock
from core.ids import CallId

SWEEP_S: Final = 30.0  # how soon the calls of a process that died elsewhere are closed

log = structlog.get_logger(__name__)


class OpenCalls(Protocol):
    """The calls that have not ended, as ``db.call_log`` keeps them."""

    async def close_orphans(
        self, now: datetime, dead_owners: Collection[str] = ()
    ) -> Sequence[CallId]:
        """End the calls that nobody will end any more; these."""
        ...


class OrphanSweep:
    """Closes orphaned calls: with the first pass those of ``dead``, then whose lease ran out."""

    def __init__(self, calls: OpenCalls, clock: Clock, dead: tuple[str, ...] = ()) -> None:
        self._calls = calls
        self._clock = clock
        self._dead = dead  # owners of this machine that are known to be gone

    async def sweep(self) -> None:
        """One pass. Safe in several processes at once."""
        closed = await self._calls.close_orphans(self._clock.now(), self._dead)
        self._dead = ()
        if closed:
            log.warning("orphaned calls closed", calls=len(closed))

    @property
    def loop(self) -> Loop:
        """The sweep, every half minute."""
        return Loop("close orphaned calls", SWEEP_S, self.sweep)
