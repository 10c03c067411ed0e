"""The line-up: the chat models of a house in the order in which a turn asks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.brief import Brief
from agents.ports import ChatModel
from core.breaker import Breaker
from core.speech import TurnKind


@dataclass(frozen=True, slots=True)
class Rung:
    """One model of the line-up and how long a turn waits for it, in seconds.

    ``first_s``: until its first useful piece; ``stall_s``: between two pieces.
    ``breaker``: keeps turns away from a model that fails; None for the one that cannot.
    """

    model: ChatModel
    breaker: Breaker | None = None
    first_s: float = 0.5
    stall_s: float = 1.5


@dataclass(frozen=True, slots=True)
class LineUp:
    """The models of a house. ``last`` always answers: it needs no network and no key.

    ``last`` also says what must not depend on a model: the opening with its disclosure, and the
    question whether anyone is there.
    """

    last: ChatModel
    rungs: tuple[Rung, ...] = ()

    @property
    def name(self) -> str:
        """The model that is asked first, as stored with each call."""
        return self.rungs[0].model.name if self.rungs else self.last.name

    def for_turn(self, brief: Brief) -> Iterator[Rung]:
        """Who may answer this turn, in order. Breakers are asked when their turn comes."""
        if brief.turn.kind not in (TurnKind.OPENING, TurnKind.SILENCE):
            yield from self.rungs
        yield Rung(self.last)
