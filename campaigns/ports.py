"""What placing calls needs of the world: lines to call from, a carrier, a book of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from compliance.permit import DialPermit
from core.call import EndReason
from core.card import CallCard, ScriptRef
from core.ids import BrandId, CallId, CallSid
from core.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Line:
    """One of our numbers, the brand it belongs to, and what is said on calls from it."""

    brand: BrandId
    number: PhoneNumber
    script: ScriptRef


class LineBook(Protocol):
    """Knows our numbers and who must not be called from them."""

    async def line(self, ours: PhoneNumber | None, script: str | None) -> Line:
        """The line to call from; without ``ours`` the only or first one.

        ``script`` names another outbound script than the brand's.

        Raises:
            NotFoundError: no such number of ours, or no such script.
        """
        ...

    async def is_suppressed(self, brand: BrandId, number: PhoneNumber) -> bool:
        """Whether the person asked this brand not to be called."""
        ...


class CallPlacer(Protocol):
    """The carrier's way of starting a call."""

    async def place(self, permit: DialPermit, card: CallCard) -> CallSid | None:
        """Call the permit's number for ``card``, showing the card's own number.

        None: the carrier gave no clear answer, so the call may exist.
        Cancel-safe: no; the carrier may have taken the call already.
        Raises:
            ProviderError: the carrier refused; the call does not exist.
        """
        ...


class AttemptBook(Protocol):
    """Where an attempt is written before and after the carrier is asked."""

    async def opened(self, card: CallCard, permit: DialPermit) -> None:
        """Write the attempt, before anybody dials."""
        ...

    async def placed(self, call_id: CallId, call_sid: CallSid) -> None:
        """The carrier took the call. Its callbacks may have come first."""
        ...

    async def failed(self, call_id: CallId, reason: EndReason, at: datetime) -> None:
        """The carrier refused: the call is over. Idempotent."""
        ...
