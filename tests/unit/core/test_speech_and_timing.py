"""Small laws of what voice and graph hand each other, and of the waterfall of a turn."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.call import Direction
from core.card import CallCard, ScriptRef
from core.events import Fact, FactKind, LiveEvent, LiveKind
from core.ids import BrandId, CallId
from core.phone import PhoneNumber
from core.speech import AnswerKind, Expectation, Heard
from core.timing import TurnTiming

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_reply_is_complete_when_nothing_of_it_is_unheard() -> None:
    assert Heard(turn=1, text="Good morning.", unheard="", heard_ms=900).complete
    assert not Heard(turn=1, text="Good", unheard="morning.", heard_ms=300).complete


def test_voice_to_voice_is_known_once_something_was_sent() -> None:
    assert TurnTiming(turn=2, speech_end_ms=4_000).v2v_ms is None
    assert TurnTiming(turn=2, speech_end_ms=4_000, first_sent_ms=4_650).v2v_ms == 650


def test_an_expectation_is_open_unless_it_says_more() -> None:
    assert Expectation().kinds == {AnswerKind.OPEN}


def test_a_card_prints_no_number_in_full_and_does_not_change() -> None:
    card = CallCard(
        call_id=CallId(UUID(int=1)),
        brand=BrandId(UUID(int=2)),
        direction=Direction.INBOUND,
        script=ScriptRef("estate_agency_inbound", 1),
        ours=PhoneNumber("+442079460100"),
        theirs=PhoneNumber("+447700900123"),
        opened_at=NOW,
    )
    assert "7700900123" not in repr(card)
    with pytest.raises(FrozenInstanceError):
        card.theirs = None  # type: ignore[misc]  # the fault itself


def test_facts_and_live_events_start_without_data() -> None:
    assert Fact(FactKind.CALL_OPENED, NOW, None).version == 1
    assert LiveEvent(LiveKind.ENDED, 0).data == {}
