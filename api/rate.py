"""So many requests of one key in a minute; more are told when to come back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

WINDOW_S: Final = 60.0
MOST_KEYS: Final = 1000  # remembered; an installation has a handful


@dataclass(slots=True)
class RateLimit:
    """A sliding window for each key, in this process. ``most``: requests in a minute."""

    most: int
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def wait_s(self, key: str, now_s: float) -> float:
        """Note a request of ``key``: 0, or the seconds to wait; then it is not noted.

        ``now_s``: on a monotonic clock.
        """
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now_s - WINDOW_S:
            seen.popleft()
        if len(seen) >= self.most:
            return seen[0] + WINDOW_S - now_s
        seen.append(now_s)
        if len(self._seen) > MOST_KEYS:
            self._forget(now_s)
        return 0.0

    def _forget(self, now_s: float) -> None:
        """Drop keys without a request in the last minute."""
        self._seen = {
            key: seen for key, seen in self._seen.items() if seen and seen[-1] > now_s - WINDOW_S
        }
