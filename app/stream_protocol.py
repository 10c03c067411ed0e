"""The server's protocols, with bounds where uvicorn's own have none.

Uvicorn stops and starts reading a WebSocket for each message that comes, two system calls that
cost more than the message; here it reads on while a few wait. On the other side, a client may not
make it hold more than that: not by many small messages, fragments or pings, not by reading
nothing, not by connecting and saying nothing.
"""

from __future__ import annotations

import asyncio
from asyncio.transports import BaseTransport, Transport
from typing import Final

from uvicorn._types import WebSocketReceiveEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from api.incoming import BURST, FLOODED, Allowance

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


class MediaProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection, bounded."""

    is_flooded = False
    _pings: Allowance | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin with the bounds of this place."""
        super().connection_made(transport)
        self.close_timeout = CLOSE_WITHIN_S

    def data_received(self, data: bytes) -> None:
        """Take bytes in; of a flood no more than tells that it is one."""
        if len(data) <= AT_ONCE:
            super().data_received(data)
            return
        for at in range(0, len(data), AT_ONCE):
            if self.is_flooded or self.transport.is_closing():
                return
            super().data_received(data[at : at + AT_ONCE])

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
