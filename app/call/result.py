"""What a played call came to: the shape of ``parley call --json``."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from core.call import Outcome


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parts(_Shape):
    """Where the milliseconds of one answer went, as the gateway measured them.

    The gateway knows the caller's last sound only from its voice detector, which trails by about
    a tenth of a second. Where the line itself saw both ends, endpointing holds that difference,
    and the parts add up to ``v2v_ms``. A part of an answer that was prepared while the caller
    paused, before the turn was judged over, took none of that time: it is 0 and named in ``ahead``.
    """

    endpointing_ms: int | None = Field(description="Caller's last sound to 'the turn is over'.")
    transcript_ms: int | None = Field(description="From there to the finished transcript.")
    brain_ms: int | None = Field(
        description="From there to the first piece of the answer that can be voiced."
    )
    voice_ms: int | None = Field(description="From there to the voice's first sound.")
    send_ms: int | None = Field(description="From there to the first frame sent to the carrier.")
    played_ms: int | None = Field(description="From there until the carrier played it.")
    ahead: list[str] = Field(default=[], description="What was done before the turn was over.")


class Span(_Shape):
    """A stretch of the call, in milliseconds since the media stream began."""

    from_ms: int
    to_ms: int


class Turn(_Shape):
    """One turn: what the caller said, what was understood, what the agent answered."""

    number: int
    caller_said: str = Field(description="What the caller truly said; empty for the opening.")
    heard: str = Field(description="What the hearing engine understood.")
    confidence: float = Field(default=1.0, description="How sure it was, 0 to 1.")
    language: str | None = Field(
        default=None, description="Of what was understood, ISO 639-1; null if nothing was."
    )
    language_probability: float | None = None
    agent: str
    stage: str
    reply: str
    heard_of_reply: str = Field(description="The part of the reply that was played to the caller.")
    unheard: str = Field(description="The part that an interruption cut off.")
    v2v_ms: int | None = Field(description="Caller's last sound to the reply's first, as played.")
    parts: Parts
    intent: str
    tools: list[str]
    model: str = Field(default="", description="Who thought up the reply; empty: not known.")
    faults: list[str] = Field(default=[], description="What failed on the way to the reply.")
    cost_micros: int
    caller: list[Span] = Field(description="When the caller's sound of this turn was on the line.")
    spoken: list[Span] = Field(description="When the reply's sound was on the line.")
    interrupted: bool


class CostLine(_Shape):
    """What one component of the call cost."""

    sku: str
    unit: str
    quantity: int
    usd: float


class Cost(_Shape):
    """What the call cost, in US dollars, at the prices in force."""

    total_usd: float
    lines: list[CostLine]


class Booking(_Shape):
    """The appointment as it stands in the calendar."""

    starts_at: datetime
    minutes: int
    name: str
    value_usd: float | None


class Transition(_Shape):
    """The conversation moved from one agent or stage to another."""

    turn: int
    from_agent: str
    to_agent: str
    stage: str
    reason: str


class CallResult(_Shape):
    """Everything that is known of one played call."""

    outcome: Outcome
    booked_at: datetime | None = None
    greeting_ms: int | None = Field(
        default=None, description="Stream start to the agent's first sound."
    )
    turns: list[Turn] = []
    barge_in_ms: int | None = Field(
        default=None, description="Caller's first interrupting sound to the agent's last sound."
    )
    cost: Cost = Cost(total_usd=0.0, lines=[])
    recording: str | None = Field(default=None, description="Path of the stereo WAV: caller left.")
    call_sid: str | None = None
    engines: list[str] = []
    scenario: str
    title: str = ""
    direction: str = "outbound"
    seconds: float = Field(description="Length of the call on the line.")
    expected: Outcome | None = None
    problems: list[str] = Field(
        default=[], description="Why the call is not what its scenario says; empty: it is."
    )
    reason: str = Field(default="", description="Why the call ended, or why it failed.")
    brand: str = ""
    script: str = ""
    started_at: datetime | None = None
    agreed: str | None = Field(default=None, description="The time the caller agreed to, in words.")
    bookings: list[Booking] = []
    transitions: list[Transition] = []

    @property
    def succeeded(self) -> bool:
        """Whether the call ended as its scenario says."""
        return not self.problems
