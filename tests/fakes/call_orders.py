"""Orders that are kept instead of carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.orders import OrderAnswer
from core.ids import CallId, CallSid


@dataclass
class ToldOrders:
    """``api.orders.CallOrders``: answers ``answer`` to everything."""

    answer: OrderAnswer = field(default_factory=lambda: OrderAnswer(taken=True, why="Taken."))
    given: list[tuple[CallId | CallSid, str, bool]] = field(default_factory=list)

    async def give(self, name: CallId | CallSid, text: str, *, ends_call: bool) -> OrderAnswer:
        """Keep the order."""
        self.given.append((name, text, ends_call))
        return self.answer
