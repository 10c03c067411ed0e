"""One line to call from, and the numbers that must not be called."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.ports import Line
from core.card import ScriptRef
from core.errors import NotFoundError
from core.ids import BrandId
from core.phone import PhoneNumber
from tests.fakes.call_register import BRAND, OURS


@dataclass
class OneLineBook:
    """``campaigns.ports.LineBook``."""

    suppressed: set[PhoneNumber] = field(default_factory=set)

    async def line(self, ours: PhoneNumber | None, script: str | None) -> Line:
        """The one line."""
        if ours not in {None, OURS}:
            raise NotFoundError("number", str(ours))
        if script not in {None, "estate_agency_outbound"}:
            raise NotFoundError("script", str(script))
        return Line(BRAND, OURS, ScriptRef("estate_agency_outbound", 1))

    async def is_suppressed(self, brand: BrandId, number: PhoneNumber) -> bool:
        """Whether it was put on the list."""
        return number in self.suppressed
