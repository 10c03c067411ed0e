"""Twilio Media Streams: WebSocket text in, typed events out.

The message shapes are those of twilio.com/docs/voice/media-streams/websocket-messages (read
2026-11-21). Numbers that Twilio sends as strings are accepted as numbers too. An unknown event
is ignored, as Twilio asks for; a malformed message is a `WireError`, which the caller counts,
and never the end of the stream.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from core.ids import CallSid, StreamSid
from voice.wire.fields import Object, WireError, WireFault, field, inner, object_of, text, whole

MAX_PAYLOAD_BYTES = 8000  # one second of mu-law in one message; Twilio sends 160
MAX_PARAMETERS = 100  # the most that <Parameter> allows
ENCODING = "audio/x-mulaw"
SAMPLE_RATE_HZ = 8000
MOST_LOST: Final = 10_000  # that one gap tells of: three minutes of frames; more is no number


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is up; the first message, outside the sequence."""

    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins. ``parameters`` come from the TwiML's <Parameter> elements."""

    sequence: int
    stream_sid: StreamSid
    account_sid: str
    call_sid: CallSid
    tracks: tuple[str, ...]
    parameters: Mapping[str, str]


class Media(NamedTuple):
    """Caller audio: ``payload`` is mu-law, 8000 Hz, mono, one byte per sample.

    A tuple, because fifty of them are made a second for every call.
    """

    sequence: int
    track: str
    chunk: int  # from 1
    timestamp_ms: int  # since the stream's start
    payload: bytes


@dataclass(frozen=True, slots=True)
class Dtmf:
    """The caller pressed a key."""

    sequence: int
    digit: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of ours came back: all audio before it was played, or a clear threw it away."""

    sequence: int
    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The stream is over; Twilio closes the socket."""

    sequence: int
    call_sid: CallSid


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a kind that this codec does not know: to be ignored."""

    event: str
    sequence: int | None = None


InboundEvent: TypeAlias = Connected | Start | Media | Dtmf | Mark | Stop | Unknown


def parse(message: str | bytes, stream_sid: StreamSid | None = None) -> InboundEvent:
    """The event in one WebSocket message, which may name no other stream than ``stream_sid``.

    Raises:
        WireError: the message is malformed; nothing else is ever raised.
    """
    fields = object_of(message)
    event = text(fields, "event")
    if stream_sid is not None and fields.get("streamSid", stream_sid) != stream_sid:
        raise WireError(
            WireFault.FOREIGN_STREAM, "The message is of another stream.", field="streamSid"
        )
    if event == "connected":
        return Connected(text(fields, "protocol"), text(fields, "version"))
    reader = _READERS.get(event)
    if reader is None:
        return Unknown(event, _sequence_if_any(fields))
    return reader(fields, whole(fields, "sequenceNumber"))


class SequenceCheck:
    """Counts messages that never came, by the gaps in Twilio's sequence numbers."""

    def __init__(self) -> None:
        self._last: int | None = None
        self.lost = 0  # messages skipped by a gap; one that comes late is taken off again
        self.late = 0  # messages with a number that had already been passed

    def see(self, sequence: int) -> None:
        """Take note of the next message's number."""
        if self._last is None:
            self._last = sequence
        elif sequence > self._last:
            self.lost += min(sequence - self._last - 1, MOST_LOST)
            self._last = sequence
        else:
            self.late += 1
            self.lost = max(0, self.lost - 1)


def _sequence_if_any(fields: Object) -> int | None:
    return whole(fields, "sequenceNumber") if "sequenceNumber" in fields else None


def _start(fields: Object, sequence: int) -> Start:
    start = inner(fields, "start")
    media = inner(start, "mediaFormat")
    spoken = (text(media, "encoding"), whole(media, "sampleRate"), whole(media, "channels"))
    if spoken != (ENCODING, SAMPLE_RATE_HZ, 1):
        raise WireError(
            WireFault.WRONG_FORMAT,
            f"The stream is {spoken}, not {ENCODING} at {SAMPLE_RATE_HZ} Hz with one channel.",
            field="mediaFormat",
        )
    tracks = field(start, "tracks")
    if not isinstance(tracks, list) or not all(isinstance(track, str) for track in tracks):
        raise WireError(WireFault.WRONG_TYPE, "tracks is not a list of strings.", field="tracks")
    return Start(
        sequence=sequence,
        stream_sid=StreamSid(text(start, "streamSid")),
        account_sid=text(start, "accountSid"),
        call_sid=CallSid(text(start, "callSid")),
        tracks=tuple(tracks),
        parameters=_parameters(start),
    )


def _parameters(start: Object) -> Mapping[str, str]:
    if "customParameters" not in start:
        return {}
    given = inner(start, "customParameters")
    if len(given) > MAX_PARAMETERS:
        raise WireError(
            WireFault.TOO_LONG,
            f"{len(given)} parameters exceed {MAX_PARAMETERS}.",
            field="customParameters",
        )
    return {name: text(given, name) for name in given}


def _media(fields: Object, sequence: int) -> Media:
    media = inner(fields, "media")
    return Media(
        sequence=sequence,
        track=text(media, "track"),
        chunk=whole(media, "chunk"),
        timestamp_ms=whole(media, "timestamp"),
        payload=_payload(text(media, "payload")),
    )


def _payload(encoded: str) -> bytes:
    try:
        payload = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise WireError(
            WireFault.BAD_PAYLOAD, "The payload is not base64.", field="payload"
        ) from None
    if not 0 < len(payload) <= MAX_PAYLOAD_BYTES:
        raise WireError(
            WireFault.BAD_PAYLOAD,
            f"The payload has {len(payload)} bytes, not 1 to {MAX_PAYLOAD_BYTES}.",
            field="payload",
        )
    return payload


def _dtmf(fields: Object, sequence: int) -> Dtmf:
    digit = text(inner(fields, "dtmf"), "digit")
    if len(digit) != 1 or digit not in "0123456789*#ABCDabcd":
        raise WireError(WireFault.WRONG_TYPE, "digit is not a key of a telephone.", field="digit")
    return Dtmf(sequence, digit)


def _mark(fields: Object, sequence: int) -> Mark:
    return Mark(sequence, text(inner(fields, "mark"), "name"))


def _stop(fields: Object, sequence: int) -> Stop:
    return Stop(sequence, CallSid(text(inner(fields, "stop"), "callSid")))


_READERS: Final[Mapping[str, Callable[[Object, int], InboundEvent]]] = {
    "start": _start,
    "media": _media,
    "dtmf": _dtmf,
    "mark": _mark,
    "stop": _stop,
}
