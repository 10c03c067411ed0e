"""A carrier that takes every call, or does as told."""

from __future__ import annotations

from dataclasses import dataclass, field

from compliance.permit import DialPermit
from core.card import CallCard
from core.errors import ProviderError
from core.ids import CallSid


@dataclass
class TakingPlacer:
    """``campaigns.ports.CallPlacer``. ``fault`` refuses; ``silent`` gives no clear answer."""

    fault: ProviderError | None = None
    silent: bool = False
    placed: list[tuple[DialPermit, CallCard]] = field(default_factory=list)

    async def place(self, permit: DialPermit, card: CallCard) -> CallSid | None:
        """Take the call."""
        self.placed.append((permit, card))
        if self.fault is not None:
            raise self.fault
        return None if self.silent else CallSid(f"CA{len(self.placed):032x}")
