"""Sockets that have not said yet which call they are: so many at a time, and a share for each."""

from __future__ import annotations

from collections import Counter
from typing import Final

from api.stream_counts import Refusal

MOST_WAITING: Final = 256  # a start follows at once: a burst of 25 calls fills a tenth of it
MOST_FROM_ONE: Final = MOST_WAITING // 2  # addresses, so that one client leaves room for others


class WaitingRoom:
    """Who waits for a start message, by source address."""

    def __init__(self) -> None:
        self.waiting = 0
        self._from: Counter[str] = Counter()

    def enter(self, address: str) -> Refusal | None:
        """Let one more socket wait; or say why not. Whoever entered must leave."""
        if self.waiting >= MOST_WAITING:
            return Refusal.CROWD
        if self._from[address] >= MOST_FROM_ONE:
            return Refusal.CROWD_FROM_ONE
        self.waiting += 1
        self._from[address] += 1
        return None

    def leave(self, address: str) -> None:
        """Its start has come, or will not come."""
        self.waiting -= 1
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]
