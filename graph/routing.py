"""Who answers this turn: hard rules on what was understood, then whoever has the thread.

Pure: no I/O and no model, so a turn costs no extra round trip.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.agent import Role
from agents.language.reading import Intent, Reading
from agents.thread import Topic
from core.speech import TurnKind


@dataclass(frozen=True, slots=True)
class Route:
    """The agent that answers, and why."""

    role: Role
    reason: str


def route(*, kind: TurnKind, reading: Reading, active: Role, asked: str, qualified: bool) -> Route:
    """Who answers a turn.

    ``active`` had the last word on who is next; ``asked`` is what the caller was asked;
    ``qualified``: no question of the script is open.
    """
    if kind is TurnKind.OPENING:
        return Route(Role.GREETING, "the line is open")
    if kind in (TurnKind.SILENCE, TurnKind.OPERATOR) or asked == Topic.CLOSED:
        return Route(active, "the thread goes on")
    if reading.has(Intent.OPT_OUT):
        return Route(Role.OBJECTION, "wants no more calls")
    if reading.has(Intent.NOT_INTERESTED):
        return Route(Role.OBJECTION, "is not interested")
    if reading.objection is not None and not reading.has(Intent.CALL_LATER):
        return Route(Role.OBJECTION, f"objection {reading.objection}")
    if reading.when is not None and qualified and asked not in (Topic.RIGHT_PERSON, Topic.PURPOSE):
        return Route(Role.SCHEDULER, "named a time")
    return Route(active, "the thread goes on")
