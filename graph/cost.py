"""What one turn has cost so far, and when its first token came."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.bill import Bill
from agents.ports import ModelPiece
from core.usage import Usage


@dataclass(slots=True)
class Cost:
    """Gathers the cost of a turn, over all of its models. ``bills``: of what was begun."""

    usage: list[Usage] = field(default_factory=list)  # as the vendors told it
    bills: list[Bill] = field(default_factory=list)
    first_token_s: float | None = None  # of the first model that spoke, by the loop's clock

    @property
    def so_far(self) -> tuple[Usage, ...]:
        """What is owed by now; for completions that were cut off, an estimate."""
        return (*self.usage, *(each for bill in self.bills for each in bill.estimate()))

    def note(self, piece: ModelPiece, now_s: float) -> None:
        """A piece came from a model that is no script."""
        if piece.bill is not None:
            self.bills.append(piece.bill)
        if self.first_token_s is None and (piece.begun or piece.text or piece.tool_calls):
            self.first_token_s = now_s
