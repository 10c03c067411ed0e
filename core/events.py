"""Facts others react to, and the live feed of a call that people watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.effects import Json
from core.ids import CallId


class FactKind(StrEnum):
    """Facts stored once in Postgres, with a version, and consumed idempotently."""

    CALL_OPENED = "call_opened"
    CALL_ENDED = "call_ended"
    APPOINTMENT_BOOKED = "appointment_booked"
    CALLBACK_REQUESTED = "callback_requested"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened and stays true. Personal data is never in ``data``."""

    kind: FactKind
    at: datetime
    call_id: CallId | None
    data: Mapping[str, Json] = field(default_factory=dict)
    version: int = 1


class LiveKind(StrEnum):
    """What a person watching a call sees, as it happens."""

    STATE = "state"  # data: state
    HEARD = "heard"  # data: turn, text, confidence, audio_ms
    AGENT = "agent"  # data: turn, agent, stage, reason
    SAID = "said"  # data: turn, agent, text
    INTERRUPTED = "interrupted"  # data: turn, heard, unheard
    EFFECT = "effect"  # data: turn, tool, done
    TIMING = "timing"  # data: turn and the milliseconds of core.timing.TurnTiming
    ENDED = "ended"  # data: outcome, reason


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One line of the live feed. ``at_ms`` counts from the start of the media stream."""

    kind: LiveKind
    at_ms: int
    data: Mapping[str, Json] = field(default_factory=dict)
