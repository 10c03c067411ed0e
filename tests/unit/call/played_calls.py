"""A played call for tests: what the server tells, what the line shows, and the result."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from app.call.collect import Played, SpokenLine, collect
from app.call.result import CallResult, Span
from app.call.scenario import Expected
from app.call.seen import SeenCall
from app.call.spoken_time import SpokenTime
from core.call import Outcome

TUESDAY_TEN = SpokenTime(date(2026, 11, 24), 600)
STREAM_FROM_MS = 100  # the stream begins a little after the answer


def seen_turn(number: int, **change: Any) -> dict[str, Any]:
    """One turn as the API tells of it."""
    return {
        "number": number,
        "kind": "speech",
        "caller_said": "yes",
        "confidence": 0.9,
        "agent": "greeting",
        "next_agent": "greeting",
        "reply": "Good.",
        "heard": "Good.",
        "unheard": "",
        "stage": "opening",
        "intent": "yes",
        "tools": [],
        "timing": None,
        "cost_micros": 10,
    } | change


def timing(speech_end_ms: int) -> dict[str, Any]:
    """A waterfall: 400 + 60 + 10 + 20 + 5 ms until sent, 30 more until played."""
    steps = {"decided": 400, "transcript": 460, "first_clause": 470, "first_audio": 490}
    steps |= {"first_sent": 495, "first_played": 525}
    moments = {f"{name}_ms": speech_end_ms + ms for name, ms in steps.items()}
    return {"speech_end_ms": speech_end_ms, "v2v_ms": 495, **moments}


def seen_call(**change: Any) -> SeenCall:
    """A booked call as the API tells of it: opening, answer, interruption, booking."""
    turns = [
        seen_turn(1, kind="opening", caller_said="", intent="", reply="Hello. Who is it?"),
        seen_turn(2, caller_said="yes speaking", reply="When? Now, or <later> & so on?")
        | {"heard": "When? Now,", "unheard": "or <later> & so on?", "timing": timing(3900)},
        seen_turn(3, caller_said="now", agent="scheduler", reply="Booked. Goodbye.")
        | {"timing": timing(6900), "tools": ["book_appointment"]},
    ]
    return SeenCall.model_validate(
        {
            "call_id": "01937b2e-0000-7000-8000-000000000000",
            "call_sid": "CA1",
            "state": "ended",
            "outcome": "booked",
            "end_reason": "agent_hung_up",
            "brand": "Hartley & Moss",
            "script": {"name": "estate_agency_outbound", "version": 0},
            "opened_at": "2026-11-21T09:00:00Z",
            "engines": ["pocketsphinx/en-us", "script-brain/1"],
            "turns": turns,
            "transitions": [
                {"turn": 3, "from": "greeting", "to": "scheduler", "stage": "when", "reason": "yes"}
            ],
            "bookings": [
                {
                    "starts_at": "2026-11-24T10:00:00Z",
                    "minutes": 30,
                    "name": "Anna",
                    "value_micros": 150_000_000,
                }
            ],
            "callbacks": [],
            "cost": {
                "total_micros": 20_500,
                "lines": [
                    {
                        "sku": "twilio/voice",
                        "unit": "carrier_minute",
                        "quantity": 1,
                        "micros": 20_000,
                    },
                    {"sku": "twilio/stream", "unit": "stream_second", "quantity": 9, "micros": 500},
                    {"sku": "own/voice", "unit": "tts_character", "quantity": 90, "micros": None},
                ],
            },
        }
        | change
    )


def played(**change: Any) -> Played:
    """The same call as the line had it."""
    call = Played(
        scenario="barge-in",
        title="A caller who interrupts",
        direction="outbound",
        lines=[
            SpokenLine("Yes, speaking.", 3000, 4100),
            SpokenLine("Now!", 6000, 7100, interrupts=True),
        ],
        caller=[Span(from_ms=3020, to_ms=4000), Span(from_ms=6010, to_ms=7000)],
        agent=[
            Span(from_ms=600, to_ms=1500),
            Span(from_ms=1900, to_ms=2500),
            Span(from_ms=4525, to_ms=6150),
            Span(from_ms=7540, to_ms=9000),
        ],
        seconds=9.5,
        stream_from_ms=STREAM_FROM_MS,
        greeting_ms=600,
        barge_in_ms=140,
        call_sid="CA1",
        expected=Expected(outcome=Outcome.BOOKED, barge_in=True),
        agreed=TUESDAY_TEN,
    )
    return replace(call, **change)


def result(**change: Any) -> CallResult:
    """What the two come to."""
    return collect(played(), seen_call()).model_copy(update=change)
