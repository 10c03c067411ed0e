"""What the API tells of a call, as far as a report needs it: a reader that forgives additions."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.call import Outcome


class _Seen(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SeenTiming(_Seen):
    """The waterfall of a turn as the API gives it: ms since the media stream began."""

    speech_end_ms: int
    decided_ms: int | None = None
    transcript_ms: int | None = None
    first_clause_ms: int | None = None
    first_audio_ms: int | None = None
    first_sent_ms: int | None = None
    first_played_ms: int | None = None


class SeenTurn(_Seen):
    """One turn as the API gives it."""

    number: int
    kind: str = "speech"
    caller_said: str | None = ""
    confidence: float = 1.0
    language: str | None = None
    language_probability: float | None = None
    agent: str | None = ""
    reply: str | None = ""
    heard: str | None = None
    unheard: str | None = None
    stage: str | None = ""
    intent: str | None = ""
    tools: list[str] = []
    model: str | None = ""
    faults: list[str] = []
    timing: SeenTiming | None = None
    cost_micros: int | None = 0


class SeenBooking(_Seen):
    """An appointment as the API gives it."""

    starts_at: datetime
    minutes: int = 0
    name: str | None = ""
    value_micros: int | None = None


class SeenCallback(_Seen):
    """A promised call as the API gives it."""

    due_at: datetime | None = None
    wording: str | None = ""


class SeenCostLine(_Seen):
    """The cost of one component as the API gives it."""

    sku: str
    unit: str = ""
    quantity: int = 0
    micros: int | None = 0


class SeenCost(_Seen):
    """What the call cost as the API gives it."""

    total_micros: int = 0
    lines: list[SeenCostLine] = []


class SeenScript(_Seen):
    """Which script the call follows."""

    name: str = ""
    version: int = 0


class SeenCall(_Seen):
    """``GET /api/calls/{sid}``, as far as a report needs it."""

    call_sid: str | None = None
    state: str
    outcome: Outcome | None = None
    end_reason: str | None = None
    brand: str | None = ""
    script: SeenScript | None = None
    opened_at: datetime | None = None
    engines: list[str] = []
    turns: list[SeenTurn] = []
    transitions: list[dict[str, str | int | None]] = []
    bookings: list[SeenBooking] = []
    callbacks: list[SeenCallback] = []
    cost: SeenCost = SeenCost()
