"""Orders to a live call: what its agent shall say, and whether to end the call then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.ids import CallId, CallSid


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What became of an order. ``why``: one sentence for whoever gave it."""

    taken: bool
    why: str


class CallOrders(Protocol):
    """Carries orders to the process that holds the call."""

    async def give(self, name: CallId | CallSid, text: str, *, ends_call: bool) -> OrderAnswer:
        """Have the agent say ``text``; with ``ends_call`` at once, and then hang up.

        Empty ``text`` with ``ends_call``: the script's own farewell. Answers within 6 s, carries
        out at most once, and never raises: an order that cannot be delivered is not taken.
        """
        ...
