"""The thread of a conversation: what was asked, offered and read back, and how often it stalled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, cast

from core.call import Outcome
from core.effects import Json
from core.speech import TurnKind


class Topic(StrEnum):
    """What an agent can be waiting for beside the script's questions.

    ``Thread.asked`` holds one of these or the id of a script question; the empty string
    means that nothing was asked yet. The signs keep topics apart from question ids.
    """

    RIGHT_PERSON = "@right_person"
    PURPOSE = "@purpose"  # how can we help? (the opening of an inbound call)
    TIME = "@time"  # times were offered, or asked for
    CONFIRM = "@confirm"  # an appointment was read back
    CALLBACK_TIME = "@callback_time"
    CALLBACK_CONFIRM = "@callback_confirm"  # a time to call back was read back
    MORE = "@more"  # anything else?
    CLOSED = "@closed"  # the farewell was said


# Outcomes that a later, weaker one does not replace.
WEIGHT: Final[Mapping[Outcome, int]] = MappingProxyType(
    {
        Outcome.OPTED_OUT: 3,
        Outcome.BOOKED: 2,
        Outcome.CALLBACK: 1,
        Outcome.NOT_INTERESTED: 1,
        Outcome.COMPLETED: 0,
        Outcome.NO_RESPONSE: 0,
        Outcome.FAILED: 0,
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An appointment or a callback as it was read back. ``said``: the time in words."""

    starts_at: datetime  # aware
    said: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a conversation stands. Plain values only: it is saved with every turn."""

    asked: str = ""
    tries: int = 0  # how often in a row ``asked`` was put to the caller again
    offers: tuple[datetime, ...] = ()  # aware, in the order they were said
    proposal: Proposal | None = None
    wish: datetime | None = None  # a time they named before times were discussed; aware
    objections: Mapping[str, int] = field(default_factory=dict)  # answers given, by objection
    silences: int = 0  # in a row
    not_understood: int = 0  # in a row
    unsure: int = 0  # turns in a row whose words were too uncertain to act on
    disclosed: bool = False  # the caller has heard all that must be heard
    lines_heard: int = 0  # of those that must be, by this turn
    repeated: int = 0  # how often in a row lines came again, and no further one was heard
    outcome: Outcome | None = None

    def at_turn(self, kind: TurnKind) -> Thread:
        """The thread as a turn of ``kind`` begins. An operator's words leave it as it stands."""
        if kind is TurnKind.SILENCE:
            return replace(self, silences=self.silences + 1)
        if kind is TurnKind.OPERATOR or not self.silences:
            return self
        return replace(self, silences=0)

    def ask(self, topic: str) -> Thread:
        """``topic`` is what the caller was asked last."""
        again = topic == self.asked
        return replace(self, asked=str(topic), tries=self.tries + 1 if again else 0)

    def came_to(self, outcome: Outcome) -> Thread:
        """The outcome as it stands, never weaker than before."""
        if self.outcome is not None and WEIGHT[self.outcome] > WEIGHT[outcome]:
            return self
        return replace(self, outcome=outcome)

    def to_json(self) -> dict[str, Json]:
        """Plain values that :meth:`from_json` reads back."""
        return {
            "asked": self.asked,
            "tries": self.tries,
            "offers": [offer.isoformat() for offer in self.offers],
            "proposal": None
            if self.proposal is None
            else {"starts_at": self.proposal.starts_at.isoformat(), "said": self.proposal.said},
            "wish": None if self.wish is None else self.wish.isoformat(),
            "objections": dict(self.objections),
            "silences": self.silences,
            "not_understood": self.not_understood,
            "unsure": self.unsure,
            "disclosed": self.disclosed,
            "lines_heard": self.lines_heard,
            "repeated": self.repeated,
            "outcome": None if self.outcome is None else self.outcome.value,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Json]) -> Thread:
        """The thread that :meth:`to_json` wrote; an empty mapping is a new one."""
        proposal = cast("Mapping[str, str] | None", saved.get("proposal"))
        outcome = cast("str | None", saved.get("outcome"))
        wish = cast("str | None", saved.get("wish"))
        return cls(
            asked=cast("str", saved.get("asked", "")),
            tries=cast("int", saved.get("tries", 0)),
            offers=tuple(
                datetime.fromisoformat(offer)
                for offer in cast("list[str]", saved.get("offers", []))
            ),
            proposal=None
            if proposal is None
            else Proposal(datetime.fromisoformat(proposal["starts_at"]), proposal["said"]),
            wish=None if wish is None else datetime.fromisoformat(wish),
            objections=dict(cast("Mapping[str, int]", saved.get("objections", {}))),
            silences=cast("int", saved.get("silences", 0)),
            not_understood=cast("int", saved.get("not_understood", 0)),
            unsure=cast("int", saved.get("unsure", 0)),
            disclosed=cast("bool", saved.get("disclosed", False)),
            lines_heard=cast("int", saved.get("lines_heard", 0)),
            repeated=cast("int", saved.get("repeated", 0)),
            outcome=None if outcome is None else Outcome(outcome),
        )
