"""The incoming side of a media socket: what a carrier would not send is counted and left out.

Twilio sends fifty frames a second, and marks. A socket that sends far more, be it messages or
sound, or keeps sending what no carrier sends, is closed. Whatever is left out or closed is
counted by its reason; the log gets one line for each socket, however much it sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeAlias

import structlog
from starlette.types import Receive, Scope

from api.stream_counts import Cut, Disorder, StreamCounts
from core.ids import StreamSid
from voice.wire.fields import WireError, WireFault
from voice.wire.twilio import Connected, InboundEvent, Media, SequenceCheck, Start, Unknown, parse
from voice.wire.twilio_reading import StreamReader

MESSAGES_PER_S: Final = 200  # 50 frames and at most 100 marks; twice a carrier's need
BURST: Final = 1000  # a line that was held up for 15 s delivers 750 frames at once
SAMPLES_PER_S: Final = 8000  # a call's sound comes as fast as it is spoken
SAMPLES_AT_ONCE: Final = 20 * SAMPLES_PER_S  # what a held-up line delivers, as of messages
MOST_MALFORMED: Final = 50  # messages on one socket
FLOODED: Final = "flood"  # why the socket's own protocol closed it: more than it could hold
SHORTCUT: Final = "parley.shortcut"  # the ASGI extension of a server that has one
OFFER: Final = "offer"  # in it: a function, to be called with ``Takes`` or None

# Takes a text message the moment it comes; False: it is to be received in its turn.
Takes: TypeAlias = Callable[[bytes], bool]

log = structlog.get_logger(__name__)


class Allowance:
    """So many things at once, and so many more each second."""

    __slots__ = ("_at_s", "_left", "_most", "_per_s")

    def __init__(self, per_s: float, most: float, now_s: float) -> None:
        self._per_s, self._most = per_s, most
        self._left, self._at_s = most, now_s

    def take(self, now_s: float, many: int = 1) -> bool:
        """Take so many, if so many are left; else none."""
        left = min(self._most, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        self._left = left - many if left >= many else left
        return left >= many


class Incoming:
    """Reads one socket. ``cut`` says why it must be closed, once it has no more events."""

    def __init__(self, receive: Receive, counts: StreamCounts, scope: Scope) -> None:
        self._receive = receive
        self._counts = counts
        shortcut = scope.get("extensions", {}).get(SHORTCUT, {})
        self._shortcut: Callable[[Takes | None], None] | None = shortcut.get(OFFER)
        self._reader: StreamReader | None = None  # once the stream has its name
        self._sequence = SequenceCheck()
        self._now_s = asyncio.get_running_loop().time
        self._messages = Allowance(MESSAGES_PER_S, BURST, self._now_s())
        self._sound = Allowance(SAMPLES_PER_S, SAMPLES_AT_ONCE, self._now_s())
        self._events = self._read_on()
        self.cut: Cut | None = None
        self.is_gone = False  # the far end has closed
        self.malformed = 0

    def __aiter__(self) -> AsyncIterator[InboundEvent]:
        """Each message that may count, until the socket closes or must be closed."""
        return self._events

    def sound_to(self, hear: Callable[[bytes], None] | None) -> None:
        """See ``voice.hearing.SoundSource``. Only where the server can: it costs half as much."""
        reader = self._reader
        if self._shortcut is None or reader is None:
            return
        if hear is None:
            self._shortcut(None)
            return

        def takes(message: bytes) -> bool:
            """What is no plain sound, or more of it than may come, is read in its turn."""
            found = reader.sound(message)
            if found is None:
                return False
            sequence, payload = found
            now_s = self._now_s()
            if not (self._messages.take(now_s) and self._sound.take(now_s, len(payload))):
                return False
            try:
                hear(payload)
            except Exception:
                log.exception("sound not taken")
                return False  # taken again as an event, it ends the call
            self._see(sequence)
            return True

        self._shortcut(takes)

    async def _read_on(self) -> AsyncIterator[InboundEvent]:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self.is_gone = True
                if message.get("reason") == FLOODED:
                    self._cut(Cut.FLOOD)
                return
            if not self._messages.take(self._now_s()):
                self._cut(Cut.FLOOD)
                return
            event = self._read(message.get("text"))
            if isinstance(event, Media) and not self._sound.take(self._now_s(), len(event.payload)):
                self._cut(Cut.FLOOD)
                return
            if event is not None:
                yield event
            elif self.malformed >= MOST_MALFORMED:
                self._cut(Cut.MALFORMED)
                return

    def close(self) -> None:
        """No more will be read: add what the numbers told to the counts."""
        self._counts.lost += self._sequence.lost

    def _read(self, text: str | None) -> InboundEvent | None:
        """The event in one message; None, and counted, if it is left out."""
        if text is None:  # a binary frame
            self._malformed(WireFault.NOT_TEXT)
            return None
        try:
            event = parse(text) if self._reader is None else self._reader.read(text)
        except WireError as error:
            self._malformed(error.fault)
            return None
        if isinstance(event, Media) and self._reader is not None:
            self._see(event.sequence)
            return event
        return self._in_order(event)

    def _in_order(self, event: InboundEvent) -> InboundEvent | None:
        """``event``, if it may stand where it does."""
        if isinstance(event, Unknown):
            self._counts.disorder[Disorder.UNKNOWN] += 1
            if event.sequence is not None:
                self._see(event.sequence)
            return None
        if isinstance(event, Start | Connected) and self._reader is not None:
            self._counts.disorder[Disorder.AGAIN] += 1
            return None
        if not isinstance(event, Connected):
            self._see(event.sequence)
        if isinstance(event, Start):
            self._reader = StreamReader(StreamSid(event.stream_sid))
        return event

    def _see(self, sequence: int) -> None:
        late = self._sequence.late
        self._sequence.see(sequence)
        if self._sequence.late > late:
            self._counts.disorder[Disorder.LATE] += 1

    def _malformed(self, fault: WireFault) -> None:
        self.malformed += 1
        self._counts.faults[fault.value] += 1
        if self.malformed == 1:  # one line per stream; the rest are only counted
            log.warning("malformed stream message", fault=fault.value)

    def _cut(self, reason: Cut) -> None:
        self.cut = reason
        self._counts.cut[reason] += 1
        log.warning("stream cut", reason=reason.value, malformed=self.malformed)
