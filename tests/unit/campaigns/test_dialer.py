"""The dialler: attempt first, carrier once, never again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.dialer import CallOrder, Dialer, PlacedCall, place_one
from compliance.gate import DialRequest, NumberClass, NumberFacts, permit_or_refuse
from compliance.permit import DialPermit, Refusal
from core.call import CallState, Direction, EndReason
from core.card import CallCard
from core.errors import BrokenInvariantError, ProviderError, RefusedError
from core.phone import PhoneNumber
from tests.fakes.call_placer import TakingPlacer
from tests.fakes.call_register import MemoryCallRegister
from tests.fakes.clock import RepeatableEntropy, ToldClock
from tests.fakes.line_book import OneLineBook

OWN = PhoneNumber("+447911123456")
FACTS = NumberFacts(OWN, NumberClass.MOBILE, "GB")


@pytest.fixture
def book() -> MemoryCallRegister:
    return MemoryCallRegister()


@pytest.fixture
def placer() -> TakingPlacer:
    return TakingPlacer()


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()


@pytest.fixture
def dialer(book: MemoryCallRegister, placer: TakingPlacer, clock: ToldClock) -> Dialer:
    return Dialer(OneLineBook(), book, placer, frozenset({OWN}), clock, RepeatableEntropy())


async def test_a_permitted_order_becomes_a_call(dialer: Dialer, book: MemoryCallRegister) -> None:
    placed = await dialer.call_once(CallOrder(FACTS, variables={"lead_name": "Anna"}))
    assert isinstance(placed, PlacedCall)
    card = book.cards[placed.call_id]
    assert (card.direction, card.theirs, card.call_sid) == (
        Direction.OUTBOUND,
        OWN,
        placed.call_sid,
    )
    assert card.variables == {"lead_name": "Anna"}
    assert book.states[placed.call_id] is placed.state is CallState.DIALING


async def test_a_refused_order_changes_nothing(
    dialer: Dialer, book: MemoryCallRegister, placer: TakingPlacer
) -> None:
    other = replace(FACTS, number=PhoneNumber("+442079460123"))
    assert isinstance(await dialer.call_once(CallOrder(other)), Refusal)
    assert not book.cards
    assert not placer.placed


async def test_a_carrier_without_a_clear_answer_is_asked_once(
    dialer: Dialer, book: MemoryCallRegister, placer: TakingPlacer
) -> None:
    placer.silent = True
    placed = await dialer.call_once(CallOrder(FACTS))
    assert isinstance(placed, PlacedCall)
    assert (placed.call_sid, book.states[placed.call_id]) == (None, CallState.QUEUED)
    assert len(placer.placed) == 1


async def test_a_carrier_that_refuses_ends_the_attempt(
    dialer: Dialer, book: MemoryCallRegister, placer: TakingPlacer
) -> None:
    placer.fault = ProviderError("twilio", "busy", retryable=True)
    with pytest.raises(ProviderError):
        await dialer.call_once(CallOrder(FACTS))
    assert list(book.states.values()) == [CallState.ENDED]
    assert list(book.reasons.values()) == [EndReason.CARRIER_FAILED]
    assert len(placer.placed) == 1  # not even when the carrier says that it may pass


def permit_for(number: PhoneNumber, clock: ToldClock) -> DialPermit:
    facts = NumberFacts(number, NumberClass.MOBILE, "GB")
    permit = permit_or_refuse(
        DialRequest(facts, frozenset({number}), suppressed=False, at=clock.now())
    )
    assert isinstance(permit, DialPermit)
    return permit


async def card_for(dialer: Dialer, book: MemoryCallRegister) -> CallCard:
    placed = await dialer.call_once(CallOrder(FACTS))
    assert isinstance(placed, PlacedCall)
    return book.cards[placed.call_id]


async def test_an_expired_permit_calls_nobody(
    dialer: Dialer, book: MemoryCallRegister, clock: ToldClock
) -> None:
    card, permit, line = await card_for(dialer, book), permit_for(OWN, clock), TakingPlacer()
    clock.pass_s(60)
    with pytest.raises(RefusedError):
        await place_one(permit, card, placer=line, book=book, clock=clock)
    assert not line.placed


async def test_a_permit_is_for_one_number(
    dialer: Dialer, book: MemoryCallRegister, clock: ToldClock
) -> None:
    card, line = await card_for(dialer, book), TakingPlacer()
    permit = permit_for(PhoneNumber("+447911999999"), clock)
    with pytest.raises(BrokenInvariantError):
        await place_one(permit, card, placer=line, book=book, clock=clock)
    assert not line.placed
