"""What a carrier sends on a media stream, as the tests of the media socket say it."""

from __future__ import annotations

import base64
from typing import Any

from tests.unit.api.doors import ACCOUNT, CALL_SID, Doors
from tests.unit.api.test_carrier_hooks import INBOUND, parameters

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
STREAM_SID = "MZ" + "c" * 32


def start(given: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM_SID,
        "start": {
            "streamSid": STREAM_SID,
            "accountSid": ACCOUNT,
            "callSid": CALL_SID,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": given,
            **changes,
        },
    }


def media(sequence: int, samples: int = 160) -> dict[str, Any]:
    payload = base64.b64encode(b"\xff" * samples).decode()
    chunk = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload}
    return {
        "event": "media",
        "sequenceNumber": str(sequence),
        "streamSid": STREAM_SID,
        "media": chunk,
    }


def stop(sequence: int) -> dict[str, Any]:
    return {
        "event": "stop",
        "sequenceNumber": str(sequence),
        "streamSid": STREAM_SID,
        "stop": {"accountSid": ACCOUNT, "callSid": CALL_SID},
    }


async def ticket(doors: Doors) -> dict[str, str]:
    """The parameters of the stream of a call that just came in."""
    return parameters((await doors.webhook("/twilio/voice", INBOUND)).text)
