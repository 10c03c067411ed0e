"""Calls as they are shown, given by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.effects import Json
from core.ids import CallId, CallSid

TOLD_ID = "01900000-0000-7000-8000-00000000abcd"
TOLD_SID = "CA" + "0" * 31 + "1"

ENDED_CALL: dict[str, Any] = {
    "call_id": TOLD_ID,
    "call_sid": TOLD_SID,
    "direction": "inbound",
    "state": "ended",
    "outcome": "booked",
    "end_reason": "agent_hung_up",
    "brand": "Hartley & Moss Estate Agents",
    "script": {"name": "estate_agency_inbound", "version": 1},
    "from": "+442079460123",
    "to": "+442079460100",
    "opened_at": "2026-11-23T10:00:00+00:00",
    "answered_at": "2026-11-23T10:00:01+00:00",
    "ended_at": "2026-11-23T10:01:01+00:00",
    "duration_s": 60.0,
    "engines": ["pocketsphinx/en-us", "espeak-ng/1.52"],
    "recording": True,
    "turns": [
        {
            "number": 1,
            "kind": "opening",
            "caller_said": "",
            "confidence": 1.0,
            "language": None,
            "language_probability": None,
            "agent": "greeting",
            "next_agent": "greeting",
            "reply": "Hello.",
            "heard": "Hello.",
            "unheard": "",
            "stage": "opening",
            "intent": "",
            "tools": [],
            "model": "script-brain/1",
            "faults": [],
            "timing": {
                "speech_end_ms": 0,
                "decided_ms": 0,
                "transcript_ms": None,
                "first_token_ms": 5,
                "first_clause_ms": 6,
                "first_audio_ms": 20,
                "first_sent_ms": 21,
                "first_played_ms": 60,
                "drafts": 1,
                "v2v_ms": 21,
            },
            "cost_micros": 0,
        }
    ],
    "transitions": [
        {
            "turn": 2,
            "from": "greeting",
            "to": "scheduler",
            "stage": "booking",
            "reason": "caller wants it",
        }
    ],
    "bookings": [
        {
            "starts_at": "2026-11-24T10:00:00+00:00",
            "minutes": 45,
            "name": "Anna",
            "value_micros": None,
        }
    ],
    "callbacks": [{"due_at": None, "wording": "later"}],
    "effects": [
        {"tool": "book_appointment", "status": "done", "reason": None, "arguments": {"minutes": 45}}
    ],
    "evidence": [{"turn": 1, "what": "identity", "mark": "e0:31", "at_ms": 3240}],
    "cost": {
        "total_micros": 42000,
        "lines": [{"sku": "twilio", "unit": "carrier_minute", "quantity": 1, "micros": 42000}],
    },
}


@dataclass
class ToldCallViews:
    """``api.services.CallViews`` over ``calls``."""

    calls: list[dict[str, Any]] = field(default_factory=lambda: [dict(ENDED_CALL)])
    recordings: dict[str, str] = field(default_factory=dict)

    async def recent(self, limit: int) -> Sequence[Mapping[str, Json]]:
        """The calls, in the order given."""
        return self.calls[:limit]

    async def one(self, name: CallId | CallSid) -> Mapping[str, Json] | None:
        """The call of that name."""
        key = "call_id" if isinstance(name, UUID) else "call_sid"
        return next((call for call in self.calls if call[key] == str(name)), None)

    async def recording(self, name: CallId | CallSid) -> str | None:
        """The told path."""
        return self.recordings.get(str(name))
