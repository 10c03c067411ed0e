"""The line-up: the chat models of a house in the order in which a turn asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from agents.agent import Role
from agents.brief import Brief
from agents.language.reading import Intent
from agents.ports import ChatModel
from core.breaker import Breaker
from core.speech import TurnKind


@dataclass(frozen=True, slots=True)
class Rung:
    """One model of the line-up and how long a turn waits for it, in seconds.

    ``first_s``: until its first useful piece; ``stall_s``: between two pieces; None: as long as
    it takes. ``breaker``: keeps turns away from a model that fails; None for the one
    that cannot. ``by_the_script``: what it says is the script's own words, and a tool is called
    before its effect is announced, so nothing needs to be filtered or held back.
    ``by_role``: the agents with a model of their own at the same vendor.
    """

    model: ChatModel
    breaker: Breaker | None = None
    first_s: float | None = 0.5
    stall_s: float | None = 1.5
    by_the_script: bool = False
    by_role: Mapping[Role, ChatModel] = field(default_factory=dict)

    def for_agent(self, role: Role) -> Rung:
        """The rung with the model of that agent."""
        return replace(self, model=self.by_role.get(role, self.model))


@dataclass(frozen=True, slots=True)
class LineUp:
    """The models of a house. ``last`` always answers: it needs no network and no key.

    ``last`` also says what must not depend on a model: the opening; the question whether anyone
    is there; that we did not hear well; and that one who wants no more calls gets none.
    """

    last: ChatModel
    rungs: tuple[Rung, ...] = ()

    @property
    def name(self) -> str:
        """The model that is asked first, as stored with each call."""
        return self.rungs[0].model.name if self.rungs else self.last.name

    def for_turn(self, brief: Brief) -> Iterator[Rung]:
        """Who may answer this turn, in order. Breakers are asked when their turn comes."""
        fixed = brief.turn.kind in (TurnKind.OPENING, TurnKind.SILENCE)
        fixed = fixed or brief.misheard or brief.reading.has(Intent.OPT_OUT)
        if not fixed:
            yield from (rung.for_agent(brief.agent.role) for rung in self.rungs)
        yield Rung(self.last, first_s=None, stall_s=None, by_the_script=True)
