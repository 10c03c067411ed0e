"""What one turn runs with and what is never saved: the call, the model, the turn, its making."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from agents.language.reading import Reading
from agents.ports import Calendar, ChatModel
from agents.script import Script
from core.card import CallCard
from core.speech import CallerTurn, Heard
from graph.limits import Limits
from graph.making import Making


@dataclass(frozen=True, slots=True)
class CallContext:
    """The surroundings of one turn of one call."""

    card: CallCard
    script: Script
    zone: ZoneInfo  # the script's
    model: ChatModel
    calendar: Calendar
    limits: Limits
    turn: CallerTurn
    reading: Reading
    heard: Heard | None
    making: Making
