"""Shapes of calls in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

Variable = Annotated[str, StringConstraints(max_length=500)]


class PlaceCall(BaseModel):
    """A call to place now."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(description="the number to call, such as +442079460123", max_length=40)
    from_: str | None = Field(
        None, alias="from", description="one of our numbers; else the brand's", max_length=40
    )
    script: str | None = Field(
        None, description="the script's name; else the brand's outbound script", max_length=100
    )
    variables: dict[str, Variable] = Field(
        default_factory=dict, description="fill the script's placeholders", max_length=50
    )


class PlacedCallOut(BaseModel):
    """A call on its way. ``call_sid`` is null while the carrier has not answered clearly."""

    call_id: UUID
    call_sid: str | None
    state: str


class ScriptOut(BaseModel):
    """Which script, in which version."""

    name: str
    version: int


class CallSummary(BaseModel):
    """One line of the list of calls."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    call_id: UUID
    call_sid: str | None
    direction: str
    state: str
    outcome: str | None
    end_reason: str | None
    brand: str
    script: ScriptOut
    from_: str | None = Field(alias="from")
    to: str | None
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None


class TimingOut(BaseModel):
    """The waterfall of a turn, in milliseconds since the start of the stream.

    An answer that was prepared while the caller might have gone on has stages before
    ``decided_ms``.
    """

    speech_end_ms: int = Field(description="the last sound of the caller")
    decided_ms: int | None
    transcript_ms: int | None
    first_token_ms: int | None = Field(description="of the model; null when none was asked")
    first_clause_ms: int | None = Field(description="the first piece that can be voiced")
    first_audio_ms: int | None
    first_sent_ms: int | None
    first_played_ms: int | None
    drafts: int = Field(description="answers that were begun; all but the last were dropped")
    v2v_ms: int | None


class TurnOut(BaseModel):
    """One committed turn: what was said by both, and what of the reply was heard."""

    number: int
    kind: str
    caller_said: str
    confidence: float
    language: str | None = Field(
        description="of what the caller said, ISO 639-1; null when nothing was understood"
    )
    language_probability: float | None
    agent: str
    next_agent: str
    reply: str
    heard: str | None
    unheard: str | None
    stage: str
    intent: str
    tools: list[str]
    model: str = Field(description="who thought up the reply; empty when it is not known")
    faults: list[str] = Field(description="what failed on the way, one sentence each")
    timing: TimingOut | None
    cost_micros: int | None


class TransitionOut(BaseModel):
    """The conversation moved to another agent."""

    turn: int
    from_: str = Field(alias="from")
    to: str
    stage: str
    reason: str


class BookingOut(BaseModel):
    """An appointment made in this call."""

    starts_at: datetime
    minutes: int
    name: str | None
    value_micros: int | None


class CallbackOut(BaseModel):
    """A wish to be called again."""

    due_at: datetime | None
    wording: str


class EffectOut(BaseModel):
    """What a turn wanted to change, and what became of it."""

    tool: str
    status: str
    reason: str | None
    arguments: dict[str, JsonValue]


class EvidenceOut(BaseModel):
    """Proof that the caller heard to its end what had to be heard."""

    turn: int
    what: str = Field(description="identity, automated, recording or opt_out")
    mark: str = Field(description="the carrier gave it back when its sound had been played")
    at_ms: int = Field(description="since the start of the stream")


class CostLine(BaseModel):
    """One thing that was used, and what it cost."""

    sku: str
    unit: str
    quantity: int
    micros: int | None


class CostOut(BaseModel):
    """What the call cost, in millionths of a US dollar."""

    total_micros: int
    lines: list[CostLine]


class CallDetail(CallSummary):
    """One call in full."""

    engines: list[str]
    recording: bool
    turns: list[TurnOut]
    transitions: list[TransitionOut]
    bookings: list[BookingOut]
    callbacks: list[CallbackOut]
    effects: list[EffectOut]
    evidence: list[EvidenceOut]
    cost: CostOut


class CallList(BaseModel):
    """The newest calls first."""

    calls: list[CallSummary]
