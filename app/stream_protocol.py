"""The server's protocols, with bounds where uvicorn's own have none.

Uvicorn stops and starts reading a WebSocket for each message that comes, two system calls that
cost more than the message; here it reads on while a few wait. On the other side, a client may not
make it hold more than that: not by many small messages, fragments or pings, not by reading
nothing, not by connecting and saying nothing.

A carrier's stream is text in whole frames, fifty a second for every call. Those are read here, and
may be handed over without a queue; every other frame is the parser's, which needs three times as
long for it.
"""

from __future__ import annotations

import asyncio
from asyncio.transports import BaseTransport, Transport
from typing import Final

from uvicorn._types import WebSocketReceiveEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from api.incoming import BURST, FLOODED, OFFER, SHORTCUT, Allowance, Takes

try:
    from websockets.speedups import apply_mask  # in C: a tenth of the time
except ImportError:
    from websockets.utils import apply_mask

READ_AHEAD: Final = 32  # messages that may wait before reading stops: 0.6 s of a call
MOST_QUEUED: Final = 2 * BURST  # what one read from the system may bring beyond that
AT_ONCE: Final = 4096  # bytes parsed in one step, so that a flood is seen before it is unpacked
MOST_FRAGMENTS: Final = 64  # of one message; no carrier sends any
PINGS_PER_S: Final = 1.0  # a carrier's keep-alive comes every ten seconds or so
PINGS_AT_ONCE: Final = 30
CLOSE_WITHIN_S: Final = 2.0  # a client answers our close in a round trip, or never
LINGER_S: Final = 15.0  # after its call, a client that reads nothing keeps its socket so long
REQUEST_WITHIN_S: Final = 10.0  # from the connection to a whole first request
POLICY_VIOLATION: Final = 1008
SWITCHING: Final = 101
# The head of a frame, RFC 6455, 5.2.
WHOLE_TEXT: Final = 0x81  # text, and the message ends with it
MASKED: Final = 0x80
LENGTH: Final = 0x7F  # of the content; or that it follows:
TWO_BYTES, EIGHT_BYTES = 126, 127
MASK_BYTES: Final = 4
HEAD_END: Final = b"\r\n\r\n"  # of the request for the upgrade


class MediaProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection, bounded."""

    is_flooded = False
    _pings: Allowance | None = None
    _takes: Takes | None = None
    _is_framed = False  # known is where each frame begins
    _head = b""  # the first bytes of a frame, as long as they do not tell where it ends
    _unparsed = 0  # bytes of the present frame that the parser still has to get

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin with the bounds of this place."""
        super().connection_made(transport)
        self.close_timeout = CLOSE_WITHIN_S

    def handle_connect(self, event: Request) -> None:
        """Take the request for the upgrade in; offer the application the shortcut for text."""
        super().handle_connect(event)
        if self.response.status_code == SWITCHING:
            self.scope["extensions"][SHORTCUT] = {OFFER: self.shortcut}

    def shortcut(self, takes: Takes | None) -> None:
        """Offer each message to ``takes`` first, while none waits; None: to nobody any more."""
        self._takes = takes

    def data_received(self, data: bytes) -> None:
        """Take bytes in; of a flood no more than tells that it is one."""
        if not self._is_framed:
            is_first = not self.handshake_initiated
            self._parse(data, 0, len(data))
            # Else frames may have begun behind it: of such a client all is the parser's.
            self._is_framed = is_first and self.handshake_initiated and data.endswith(HEAD_END)
            return
        if self._head:
            data, self._head = self._head + data, b""
        at = 0
        while at < len(data) and not (self.is_flooded or self.transport.is_closing()):
            if self._unparsed:
                end = min(at + self._unparsed, len(data))
                self._unparsed -= end - at
                self._parse(data, at, end)
                at = end
            else:
                at = self._take_frame(data, at)

    def _take_frame(self, data: bytes, at: int) -> int:
        """Take the frame at ``at``, or leave it to the parser; where to go on."""
        body, end = _frame_at(data, at)
        if not end:
            self._head = data[at:]
            return len(data)
        if (
            data[at] != WHOLE_TEXT
            or data[at + 1] < MASKED
            or end > len(data)
            or end - body > self.config.ws_max_size
            or self.conn.current_size is not None  # within a message of several frames
            or self.conn.state is not State.OPEN
        ):
            self._unparsed = end - at
            return at
        message = apply_mask(data[body:end], data[body - MASK_BYTES : body])
        if self._takes is None or not self.queue.empty() or not self._takes(message):
            self.curr_msg_data_type = "text"
            self.frames = [message]
            self.send_receive_event_to_app()
        return end

    def _parse(self, data: bytes, at: int, end: int) -> None:
        """Leave a part of ``data`` to the library's parser, a few messages at once."""
        for start in range(at, end, AT_ONCE):
            if self.is_flooded or self.transport.is_closing():
                return
            super().data_received(data[start : min(start + AT_ONCE, end)])

    def handle_cont(self, event: Frame) -> None:
        """Take a further fragment of a message."""
        if len(self.frames) >= MOST_FRAGMENTS:
            self._end_flood()
        elif not self.is_flooded:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Queue a whole message; stop reading only when some wait already."""
        content = b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return  # it comes too late: the application is done
        waiting = self.queue.qsize()
        if waiting >= MOST_QUEUED:
            self._end_flood()
            return
        self.queue.put_nowait(_received(content, is_text=self.curr_msg_data_type == "text"))
        if waiting >= READ_AHEAD and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_ping(self) -> None:
        """Answer a ping; one of a client that is behind with reading, with what is sent next."""
        now_s = self.loop.time()
        self._pings = self._pings or Allowance(PINGS_PER_S, PINGS_AT_ONCE, now_s)
        if not self._pings.take(now_s):
            self._end_flood()
        elif self.writable.is_set():
            super().handle_ping()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The call is over: close at once, and by force if the client does not read."""
        super().on_task_complete(task)
        self.loop.call_later(LINGER_S, self.transport.abort)

    def _end_flood(self) -> None:
        if self.is_flooded:
            return
        self.is_flooded = True
        self.frames = []
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": POLICY_VIOLATION, "reason": FLOODED}
        )
        self.conn.fail(POLICY_VIOLATION, FLOODED)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()


def _frame_at(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the frame at ``at`` begins, and where it ends; 0, 0: not known yet."""
    known = len(data) - at
    if known < 2:
        return 0, 0
    length, body = data[at + 1] & LENGTH, at + 2
    if length == TWO_BYTES:
        if known < 4:
            return 0, 0
        length, body = data[at + 2] << 8 | data[at + 3], at + 4
    elif length == EIGHT_BYTES:
        if known < 10:
            return 0, 0
        length, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    if data[at + 1] >= MASKED:
        body += MASK_BYTES
    return body, body + length


def _received(content: bytes, *, is_text: bool) -> WebSocketReceiveEvent:
    """The message for the application; text that is none goes to it as bytes, to be counted."""
    if is_text:
        try:
            return {"type": "websocket.receive", "text": content.decode()}
        except UnicodeDecodeError:
            pass
    return {"type": "websocket.receive", "bytes": content}


class PatientProtocol(H11Protocol):
    """One HTTP connection; without a request it is closed after ten seconds."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(REQUEST_WITHIN_S, self._lose_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _lose_patience(self) -> None:
        became_a_socket = self.transport.get_protocol() is not self
        if self.cycle is None and not became_a_socket:
            self.transport.abort()
