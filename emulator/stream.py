"""One media stream of a call: the socket's messages on one side, the line on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from emulator.faults import Code, FaultError
from emulator.g711 import SAMPLES_PER_MS
from emulator.line import Line
from emulator.links import LinkClosedError, MediaLink
from emulator.messages import (
    CONNECTED,
    ClearBuffer,
    PlaceMark,
    PlayMedia,
    ServerMessage,
    StreamMessages,
    read_server_message,
)
from emulator.network import Network, Pipe, PipeFullError
from emulator.playout import Playout
from emulator.timeline import MomentKind, Timeline

FAREWELL_S: Final = 2.0  # for the last messages to leave before the socket is closed


class StreamEnd(StrEnum):
    """How a stream ended."""

    STOPPED = "stopped"  # by Twilio: the caller hung up, or the call was changed
    CLOSED_BY_SERVER = "closed_by_server"
    LOST = "lost"
    PROTOCOL_ERROR = "protocol_error"


@dataclass(frozen=True, slots=True)
class _Closed:
    """The server's end of the socket is gone; comes after its last message."""

    clean: bool


_FromServer: TypeAlias = "str | bytes | _Closed"

_CODES: Final = {
    StreamEnd.CLOSED_BY_SERVER: (Code.STREAM_CLOSED_BY_SERVER, "Stream closed by the server"),
    StreamEnd.LOST: (Code.STREAM_BROKEN_PIPE, "Stream broken: the server is gone"),
}


class MediaStream:
    """One stream, from ``connected`` to the closed socket.

    ``strict``: a message that Twilio would not take ends the stream (31924); otherwise it is
    only listed, as some compatible carriers do.
    """

    def __init__(
        self,
        *,
        link: MediaLink,
        line: Line,
        messages: StreamMessages,
        stream_sid: str,
        network: Network,
        timeline: Timeline,
        fault: Callable[[int, str], None],
        strict: bool,
    ) -> None:
        self._link = link
        self._line = line
        self._messages = messages
        self._stream_sid = stream_sid
        self._timeline = timeline
        self._fault = fault
        self._strict = strict
        self._up: Pipe[str] = Pipe(network.up, self._send, seed=network.seed)
        self._down: Pipe[_FromServer] = Pipe(network.down, self._arrive, seed=network.seed + 1)
        self._end: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()
        self._started_at = 0
        self._full_reported = False
        self.playout = Playout(line.position)

    async def run(self) -> StreamEnd:
        """Hold the stream until it is over. Cancel-safe: yes; the socket is then cut."""
        try:
            async with asyncio.TaskGroup() as group:
                self._open()
                tasks = [
                    group.create_task(self._up.run(), name="stream up"),
                    group.create_task(self._down.run(), name="stream down"),
                    group.create_task(self._read(), name="stream read"),
                ]
                end = await self._end
                self._line.part()
                self._timeline.note(MomentKind.STREAM_STOPPED, self._line.now_ms, end.value)
                await self._say_farewell(end)
                for task in tasks:
                    task.cancel()
        finally:
            self._line.part()
            self._link.abort()
        if end in _CODES:
            self._fault(*_CODES[end])
        return end

    def stop(self) -> None:
        """End it from Twilio's side: ``stop``, then the socket is closed."""
        self._finish(StreamEnd.STOPPED)

    def drop(self) -> None:
        """Lose the socket without a word, as when a machine or a network dies."""
        self._finish(StreamEnd.LOST)

    def said(self, frame: bytes, end_sample: int) -> None:
        """See ``Uplink``."""
        timestamp_ms = (end_sample - self._started_at) // SAMPLES_PER_MS
        self._put_up(self._messages.media(frame, timestamp_ms))

    def pressed(self, digit: str) -> None:
        """See ``Uplink``."""
        self._put_up(self._messages.dtmf(digit))

    def mark_played(self, name: str) -> None:
        """See ``Uplink``."""
        self._put_up(self._messages.mark(name))

    def _open(self) -> None:
        self.playout = self._line.join(self)
        self._started_at = self.playout.position
        self._timeline.note(MomentKind.STREAM_STARTED, self._line.now_ms, self._stream_sid)
        self._put_up(CONNECTED)
        self._put_up(self._messages.start())

    def _put_up(self, message: str) -> None:
        try:
            self._up.put(message)
        except PipeFullError:
            self._finish(StreamEnd.LOST)

    def _finish(self, end: StreamEnd) -> None:
        if not self._end.done():
            self._end.set_result(end)

    async def _say_farewell(self, end: StreamEnd) -> None:
        if end is StreamEnd.LOST:
            return
        if end is StreamEnd.STOPPED:
            self._put_up(self._messages.stop())
            try:
                async with asyncio.timeout(FAREWELL_S):
                    await self._up.drained()
            except TimeoutError:
                return
        await self._link.close()

    async def _send(self, message: str) -> None:
        try:
            await self._link.send(message)
        except LinkClosedError:
            return  # the reader notices, and says how it was closed

    async def _read(self) -> None:
        """Take in what the server sends until its end of the socket is gone."""
        while True:
            try:
                self._down.put(await self._link.receive())
            except LinkClosedError as closed:
                self._down.put(_Closed(closed.clean))
                return
            except PipeFullError:
                self._finish(StreamEnd.LOST)
                return

    async def _arrive(self, item: _FromServer) -> None:
        if isinstance(item, _Closed):
            self._finish(StreamEnd.CLOSED_BY_SERVER if item.clean else StreamEnd.LOST)
            return
        if self._end.done():
            return
        try:
            message = read_server_message(item, self._stream_sid)
        except FaultError as fault:
            self._fault(fault.code, fault.message)
            if self._strict:
                self._finish(StreamEnd.PROTOCOL_ERROR)
            return
        self._line.catch_up()
        self._obey(message)

    def _obey(self, message: ServerMessage) -> None:
        at_ms = self._line.position / SAMPLES_PER_MS
        match message:
            case PlayMedia(audio):
                self._queue(audio, at_ms)
            case PlaceMark(name):
                self._timeline.note(MomentKind.MARK_PLACED, at_ms, name)
                if self.playout.mark(name):
                    self._timeline.note(MomentKind.MARK_PLAYED, at_ms, name)
                    self.mark_played(name)
            case ClearBuffer():
                self._timeline.note(MomentKind.CLEARED, at_ms)
                for name in self.playout.clear():
                    self._timeline.note(MomentKind.MARK_CLEARED, at_ms, name)
                    self.mark_played(name)

    def _queue(self, audio: bytes, at_ms: float) -> None:
        if not self.playout.queued:
            self._timeline.note(MomentKind.MEDIA_ARRIVED, at_ms)
        if self.playout.put(audio) and not self._full_reported:
            self._full_reported = True
            self._fault(Code.STREAM_BUFFER_FULL, "Stream buffer full: audio is dropped")
