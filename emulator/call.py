"""One call: what Twilio knows of it, its status table, and the handle that tests hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from emulator.faults import Fault
from emulator.line import Line
from emulator.recording import Recording
from emulator.stream import MediaStream
from emulator.timeline import MomentKind, Timeline

API_VERSION: Final = "2010-04-01"


class CallStatus(StrEnum):
    """Twilio's words for the state of a call."""

    QUEUED = "queued"
    INITIATED = "initiated"  # in callbacks only
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


FINAL_STATUSES: Final = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.FAILED,
        CallStatus.NO_ANSWER,
        CallStatus.CANCELED,
    }
)

# The callback event that each status raises. Source: twilio.com/docs/voice/api/call-resource.
EVENTS: Final[Mapping[CallStatus, str]] = MappingProxyType(
    {
        CallStatus.INITIATED: "initiated",
        CallStatus.RINGING: "ringing",
        CallStatus.IN_PROGRESS: "answered",
        **dict.fromkeys(FINAL_STATUSES, "completed"),
    }
)


class Direction(StrEnum):
    """Twilio's words for who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound-api"


@dataclass(frozen=True, slots=True)
class TwimlAt:
    """A document to fetch."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class TwimlText:
    """A document given outright."""

    text: str


TwimlSource: TypeAlias = TwimlAt | TwimlText


@dataclass(frozen=True, slots=True)
class CallPlan:
    """How a call is to be conducted: the number's settings, or what the API was asked for."""

    source: TwimlSource
    fallback: TwimlAt | None = None
    status_callback: TwimlAt | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    ring_s: float = 60
    time_limit_s: float = 4 * 3600  # Twilio's default
    machine_detection: str = ""
    is_async_amd: bool = False
    amd_callback: TwimlAt | None = None


@dataclass(frozen=True, slots=True)
class EndCall:
    """The order to end a call. ``by``: who wants it."""

    by: str
    status: CallStatus = CallStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class ChangeCall:
    """The order to drop the present flow and follow another document."""

    source: TwimlSource


Order: TypeAlias = EndCall | ChangeCall


@dataclass(slots=True, eq=False)
class LiveCall:
    """One call, live or over: its facts as they stand, and what tests may do to it."""

    call_sid: str
    account_sid: str
    direction: Direction
    from_: str
    to: str
    plan: CallPlan
    created_at: datetime
    status: CallStatus = CallStatus.QUEUED
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: int = 0
    answered_by: str | None = None
    ended_by: str = ""
    timeline: Timeline = field(default_factory=Timeline)
    recording: Recording = field(default_factory=Recording)
    errors: list[Fault] = field(default_factory=list)
    streams: list[MediaStream] = field(default_factory=list)
    line: Line | None = None
    _order: Order | None = None
    _ordered: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def done(self) -> Awaitable[bool]:
        """Await it: the call is over and all its callbacks are delivered. Cancel-safe: yes."""
        return self._over.wait()

    @property
    def is_over(self) -> bool:
        """Whether the call has ended, though callbacks may still be under way."""
        return self.status in FINAL_STATUSES

    @property
    def now_ms(self) -> float:
        """Milliseconds since the answer; zero before it."""
        return self.line.now_ms if self.line else 0.0

    def hang_up(self, by: str = "caller") -> None:
        """End the call as the far end does."""
        ringing = self.status in {CallStatus.QUEUED, CallStatus.RINGING}
        self.order(EndCall(by, CallStatus.CANCELED if ringing else CallStatus.COMPLETED))

    def drop_socket(self) -> None:
        """Lose the media socket without a word; the call goes on with the following TwiML."""
        if self.streams:
            self.streams[-1].drop()

    def order(self, order: Order) -> None:
        """Interrupt what the call is doing. The end of a call is never overruled."""
        if not isinstance(self._order, EndCall):
            self._order = order
            self._ordered.set()

    async def ordered(self) -> Order:
        """The next order. Cancel-safe: yes."""
        await self._ordered.wait()
        order = self._order
        assert order is not None
        self._order = None
        self._ordered.clear()
        return order

    def fault(self, code: int, message: str) -> None:
        """List what went wrong."""
        self.errors.append(Fault(int(code), message, round(self.now_ms)))
        self.timeline.note(MomentKind.FAULT, self.now_ms, f"{int(code)} {message}")

    def close(self) -> None:
        """All is done and delivered."""
        self._over.set()

    def fields(self) -> list[tuple[str, str]]:
        """The form fields that every webhook about this call has."""
        fields = [
            ("CallSid", self.call_sid),
            ("AccountSid", self.account_sid),
            ("From", self.from_),
            ("To", self.to),
            ("Caller", self.from_),
            ("Called", self.to),
            ("CallStatus", self.status.value),
            ("ApiVersion", API_VERSION),
            ("Direction", self.direction.value),
        ]
        for side, number in (
            ("From", self.from_),
            ("To", self.to),
            ("Caller", self.from_),
            ("Called", self.to),
        ):
            fields += [(f"{side}City", ""), (f"{side}State", ""), (f"{side}Zip", "")]
            fields.append((f"{side}Country", _country(number)))
        return fields


def _country(number: str) -> str:
    """The country of a number, of the two that the emulator's users meet; else empty."""
    if number.startswith("+44"):
        return "GB"
    return "US" if number.startswith("+1") else ""
