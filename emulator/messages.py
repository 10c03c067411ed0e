"""Media Streams messages, both directions, as JSON text frames.

``sequenceNumber`` counts from "1" with ``start`` over messages of every kind; ``connected``
stands outside. Numbers of the envelope are strings, those of ``mediaFormat`` are not.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.faults import Code, FaultError
from emulator.g711 import LINE_HZ, SILENT_FRAME

CONNECTED: Final = '{"event":"connected","protocol":"Call","version":"1.0.0"}'

# Most of a call is silence: its payload is encoded once.
_SILENT_PAYLOAD: Final = base64.b64encode(SILENT_FRAME).decode()


class StreamMessages:
    """What Twilio says on one stream, numbered as it is said."""

    def __init__(
        self,
        *,
        stream_sid: str,
        account_sid: str,
        call_sid: str,
        parameters: Mapping[str, str],
    ) -> None:
        self._stream_sid = stream_sid
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._parameters = dict(parameters)
        self._sequence = 0
        self._chunk = 0
        self._tail = f',"streamSid":"{stream_sid}"}}'

    def start(self) -> str:
        """The stream begins. Once, after ``connected``."""
        body = {
            "accountSid": self._account_sid,
            "streamSid": self._stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": LINE_HZ, "channels": 1},
            "customParameters": self._parameters,
        }
        return self._message("start", body)

    def media(self, frame: bytes, timestamp_ms: int) -> str:
        """20 ms of the caller; ``timestamp_ms`` counts from the start of the stream."""
        self._chunk += 1
        self._sequence += 1
        payload = (
            _SILENT_PAYLOAD if frame is SILENT_FRAME else base64.b64encode(frame).decode("ascii")
        )
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}",'
            f'"media":{{"track":"inbound","chunk":"{self._chunk}",'
            f'"timestamp":"{timestamp_ms}","payload":"{payload}"}}{self._tail}'
        )

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """All that was sent before the server's mark ``name`` has been played or cleared."""
        return self._message("mark", {"name": name})

    def stop(self) -> str:
        """The stream is over; Twilio closes the socket next."""
        return self._message("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _message(self, event: str, body: Mapping[str, object]) -> str:
        self._sequence += 1
        inner = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        return (
            f'{{"event":"{event}","sequenceNumber":"{self._sequence}","{event}":{inner}{self._tail}'
        )


@dataclass(frozen=True, slots=True)
class PlayMedia:
    """The server wants ``audio`` played: mu-law, any length."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class PlaceMark:
    """The server wants ``name`` back when all before it has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class ClearBuffer:
    """The server wants silence now."""


ServerMessage: TypeAlias = PlayMedia | PlaceMark | ClearBuffer


def read_server_message(frame: str | bytes, stream_sid: str) -> ServerMessage:
    """What the server asks for with one frame.

    Raises:
        FaultError: 31924, it is none of the three messages that Twilio takes.
    """
    if isinstance(frame, bytes):
        raise _protocol("a binary frame")
    try:
        message = json.loads(frame)
    except ValueError:
        raise _protocol("no JSON") from None
    if not isinstance(message, dict):
        raise _protocol("no JSON object")
    if message.get("streamSid") != stream_sid:
        raise _protocol("no or a foreign streamSid")
    event = message.get("event")
    if event == "media":
        return PlayMedia(_payload(message.get("media")))
    if event == "mark":
        return PlaceMark(_name(message.get("mark")))
    if event == "clear":
        return ClearBuffer()
    raise _protocol(f"an unknown event {str(event)[:40]!r}")


def _payload(media: object) -> bytes:
    payload = media.get("payload") if isinstance(media, dict) else None
    if not isinstance(payload, str):
        raise _protocol("media without a payload")
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise _protocol("a payload that is not base64") from None


def _name(mark: object) -> str:
    name = mark.get("name") if isinstance(mark, dict) else None
    if not isinstance(name, str) or not name:
        raise _protocol("a mark without a name")
    return name


def _protocol(what: str) -> FaultError:
    return FaultError(Code.STREAM_PROTOCOL, f"Stream protocol error: the server sent {what}")
