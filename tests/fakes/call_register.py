"""A register of calls in memory, for the doors and the dialler."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from api.services import StatusReport
from compliance.permit import DialPermit
from core.call import CallCue, CallState, Direction, EndReason, follow
from core.card import CallCard, ScriptRef
from core.errors import NotFoundError, RefusedError
from core.ids import BrandId, CallId, CallSid, uuid7
from core.phone import PhoneNumber
from tests.fakes.clock import RepeatableEntropy

BRAND = BrandId(UUID("01900000-0000-7000-8000-000000000001"))
OURS = PhoneNumber("+442079460100")


@dataclass
class MemoryCallRegister:
    """``api.services.CallRegister`` and ``campaigns.ports.AttemptBook``."""

    cards: dict[CallId, CallCard] = field(default_factory=dict)
    states: dict[CallId, CallState] = field(default_factory=dict)
    reasons: dict[CallId, EndReason] = field(default_factory=dict)
    deliveries: set[tuple[CallSid, int, str]] = field(default_factory=set)
    entropy: RepeatableEntropy = field(default_factory=RepeatableEntropy)

    async def receive(
        self, call_sid: CallSid, ours: PhoneNumber, theirs: PhoneNumber | None, at: datetime
    ) -> CallCard | None:
        """Open or find a call that comes in."""
        for card in self.cards.values():
            if card.call_sid == call_sid:
                return card
        if ours != OURS:
            return None
        call_id = CallId(uuid7(at, self.entropy(10)))
        script = ScriptRef("estate_agency_inbound", 1)
        card = CallCard(
            call_id, BRAND, Direction.INBOUND, script, ours, theirs, at, call_sid=call_sid
        )
        self.cards[call_id], self.states[call_id] = card, CallState.RINGING
        return card

    async def card(self, call_id: CallId) -> CallCard:
        """The card of a call."""
        if call_id not in self.cards:
            raise NotFoundError("call", str(call_id))
        return self.cards[call_id]

    async def name(self, call_id: CallId, call_sid: CallSid) -> CallCard:
        """Attach the carrier's name."""
        card = await self.card(call_id)
        if self.states[call_id] is CallState.ENDED:
            raise RefusedError("call_ended", "The call is over.")
        if card.call_sid not in {None, call_sid}:
            raise RefusedError("call_sid_differs", "The call has another CallSid.")
        self.cards[call_id] = replace(card, call_sid=call_sid)
        return self.cards[call_id]

    async def follow(self, report: StatusReport) -> None:
        """Take a report in."""
        found = report.call_id or next(
            (key for key, card in self.cards.items() if card.call_sid == report.call_sid), None
        )
        if found is None or found not in self.cards:
            raise NotFoundError("call", report.call_sid)
        delivery = (report.call_sid, report.sequence, report.status)
        if delivery in self.deliveries:
            return
        self.deliveries.add(delivery)
        before = self.states[found]
        self.states[found] = follow(before, report.cue)
        if report.cue is CallCue.ENDED and before is not CallState.ENDED and report.reason:
            self.reasons[found] = report.reason

    async def opened(self, card: CallCard, permit: DialPermit) -> None:
        """Write an attempt."""
        self.cards[card.call_id], self.states[card.call_id] = card, CallState.QUEUED

    async def placed(self, call_id: CallId, call_sid: CallSid) -> None:
        """The carrier took it."""
        await self.name(call_id, call_sid)
        self.states[call_id] = follow(self.states[call_id], CallCue.PLACED)

    async def failed(self, call_id: CallId, reason: EndReason, at: datetime) -> None:
        """The carrier refused it."""
        self.states[call_id], self.reasons[call_id] = CallState.ENDED, reason
