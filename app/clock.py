"""The clock and the random bytes of this machine, behind ``core.clock``."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


class MachineClock:
    """The time as this machine tells it."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        return time.monotonic()


def machine_entropy(count: int) -> bytes:
    """``count`` bytes from the system's cryptographic source."""
    return secrets.token_bytes(count)
