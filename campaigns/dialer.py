"""The dialer: an order becomes a permit or a refusal, and a permit becomes a call, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.ports import AttemptBook, CallPlacer, LineBook
from compliance.gate import DialRequest, NumberFacts, permit_or_refuse
from compliance.permit import DialPermit, Refusal
from core.call import CallState, Direction, EndReason
from core.card import CallCard
from core.clock import Clock, Entropy
from core.errors import BrokenInvariantError, ProviderError, RefusedError
from core.ids import ENTROPY_BYTES, CallId, CallSid, uuid7
from core.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class CallOrder:
    """Somebody wants a call placed now. None: as the brand has it."""

    facts: NumberFacts
    ours: PhoneNumber | None = None
    script: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that the carrier took; without a SID it gave no clear answer."""

    call_id: CallId
    call_sid: CallSid | None
    state: CallState


@dataclass(frozen=True, slots=True)
class Dialer:
    """Places permitted calls, one at a time."""

    lines: LineBook
    book: AttemptBook
    placer: CallPlacer
    own_numbers: frozenset[PhoneNumber]
    clock: Clock
    entropy: Entropy

    async def call_once(self, order: CallOrder) -> PlacedCall | Refusal:
        """Ask the gate, then call; a refusal changes nothing.

        Raises:
            NotFoundError: the number to call from or the script is not ours.
            ProviderError: the carrier refused.
        """
        line = await self.lines.line(order.ours, order.script)
        number, now = order.facts.number, self.clock.now()
        suppressed = number is not None and await self.lines.is_suppressed(line.brand, number)
        verdict = permit_or_refuse(DialRequest(order.facts, self.own_numbers, suppressed, now))
        if isinstance(verdict, Refusal):
            return verdict
        card = CallCard(
            call_id=CallId(uuid7(now, self.entropy(ENTROPY_BYTES))),
            brand=line.brand,
            direction=Direction.OUTBOUND,
            script=line.script,
            ours=line.number,
            theirs=verdict.number,
            opened_at=now,
            variables=order.variables,
        )
        call_sid = await place_one(
            verdict, card, placer=self.placer, book=self.book, clock=self.clock
        )
        state = CallState.QUEUED if call_sid is None else CallState.DIALING
        return PlacedCall(card.call_id, call_sid, state)


async def place_one(
    permit: DialPermit, card: CallCard, *, placer: CallPlacer, book: AttemptBook, clock: Clock
) -> CallSid | None:
    """Call once: the attempt is written first, and nothing is ever dialled a second time.

    None: the call may exist; the attempt stays open until a callback of the carrier decides.
    Cancel-safe: no; cancelled, the attempt stays open until the carrier's callback ends it.

    Raises:
        RefusedError: the permit has expired.
        ProviderError: the carrier refused; the attempt is closed as failed.
    """
    if card.theirs != permit.number:
        raise BrokenInvariantError("The permit is for another number than the call.")
    if not permit.holds_at(clock.now()):
        raise RefusedError("PERMIT_EXPIRED", "The permit to call has expired; ask again.")
    await book.opened(card, permit)
    try:
        call_sid = await placer.place(permit, card)
    except ProviderError:
        await book.failed(card.call_id, EndReason.CARRIER_FAILED, clock.now())
        raise
    if call_sid is not None:
        await book.placed(card.call_id, call_sid)
    return call_sid
