"""The callers of the bench: many lines on one clock, each to the sample.

One tick each 2 ms serves the lines whose 20 ms are over. A line sends what its caller said in
them, plays what the server queued beside it, and gives marks back. Positions are samples since
the line began; sample n sounds n/8000 s after that, on this machine's clock.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin

import httpx

from app.bench.voice_ledger import Ledger
from app.bench.voice_socket import LeanSocket
from core.errors import ProviderError
from emulator.faults import FaultError
from emulator.g711 import FRAME_BYTES, LINE_HZ, SILENT_FRAME
from emulator.messages import (
    CONNECTED,
    ClearBuffer,
    PlaceMark,
    PlayMedia,
    StreamMessages,
    read_server_message,
)
from emulator.twiml import Connect, Stream, parse

TICK_S: Final = 0.002
SLOTS: Final = 10  # of 2 ms in a frame of 20
HTTP_S: Final = 15.0  # Twilio's limit for a webhook
WEBHOOK: Final = "/twilio/voice"


class Pacer:
    """Ticks every 2 ms for as long as it runs, and knows how late it was."""

    def __init__(self) -> None:
        self._slots: list[list[CallerLine]] = [[] for _ in range(SLOTS)]
        self._ticks = 0
        self._late_ms: list[float] = []

    def late_ms(self) -> list[float]:
        """How late each tick since the last question was."""
        late, self._late_ms = self._late_ms, []
        return late

    async def run(self) -> None:
        """Tick for ever. Cancel-safe: yes."""
        loop = asyncio.get_running_loop()
        began = loop.time() - self._ticks * TICK_S
        while True:
            due = began + (self._ticks + 1) * TICK_S
            wait_s = due - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._late_ms.append(1000 * (loop.time() - due))
            self._ticks += 1
            for line in tuple(self._slots[self._ticks % SLOTS]):
                line.tick(due)

    def join(self, line: CallerLine) -> None:
        """Serve ``line`` from now on, in the emptiest slot."""
        min(self._slots, key=len).append(line)

    def leave(self, line: CallerLine) -> None:
        """Serve ``line`` no more."""
        for slot in self._slots:
            if line in slot:
                slot.remove(line)


@dataclass(frozen=True, slots=True)
class _Waiting:
    holds: Callable[[], bool]
    until: int | None  # the position at which it is given up
    answer: asyncio.Future[bool]


class CallerLine:
    """One caller, from the first webhook on."""

    def __init__(self, pacer: Pacer, http: httpx.AsyncClient, base_url: str) -> None:
        self._pacer = pacer
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._loop = asyncio.get_running_loop()
        self._call_sid, self._stream_sid = (kind + secrets.token_hex(16) for kind in ("CA", "MZ"))
        self._account_sid = "AC" + secrets.token_hex(16)
        self._messages: StreamMessages | None = None
        self._socket: LeanSocket | None = None
        self._outbox: list[str] = []
        self._frames: Sequence[bytes] = ()
        self._at_frame = 0
        self._repeats = False
        self._waiting: list[_Waiting] = []
        self._began_s: float | None = None  # on the loop's clock: the moment of sample 0
        self._ticks = 0
        self.ledger = Ledger()
        self.set_up_ms = 0.0  # from dialling to sample 0
        self.faults: list[str] = []
        self.is_over = False

    @property
    def position(self) -> int:
        """The sample at which the next thing that is said begins."""
        return self._ticks * FRAME_BYTES

    @property
    def held_s(self) -> tuple[float, float] | None:
        """From when to when the line has stood, on the loop's clock; None: it never did."""
        began_s = self._began_s
        return None if began_s is None else (began_s, began_s + self.position / LINE_HZ)

    async def dial(self, from_: str, to: str) -> None:
        """Call; returns once the media stream has begun.

        Raises:
            ProviderError: the server does not answer, or not with a media stream.
        """
        dialled_s = self._loop.time()
        stream = await self._ask(from_, to)
        self._messages = StreamMessages(
            stream_sid=self._stream_sid,
            account_sid=self._account_sid,
            call_sid=self._call_sid,
            parameters=stream.parameters,
        )
        self._socket = await LeanSocket.open(stream.url, self._take, self._closed)
        self._pacer.join(self)
        await self.until(lambda: True)  # the first tick is sample 0
        self._socket.send([CONNECTED, self._messages.start()])
        assert self._began_s is not None
        self.set_up_ms = 1000 * (self._began_s - dialled_s)

    async def _ask(self, from_: str, to: str) -> Stream:
        fields = {
            "CallSid": self._call_sid,
            "AccountSid": self._account_sid,
            "From": from_,
            "To": to,
            "CallStatus": "ringing",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
        }
        url = self._base_url + WEBHOOK
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        try:
            answer = await self._http.post(
                url, content=urlencode(fields), headers=headers, timeout=HTTP_S
            )
            answer.raise_for_status()
            verbs = parse(answer.content).verbs
        except (httpx.HTTPError, FaultError) as error:
            raise ProviderError("voice server", f"{url}: {error!r}", retryable=False) from error
        for verb in verbs:
            if isinstance(verb, Connect):
                return verb.stream
        raise ProviderError("voice server", f"{url} opens no media stream", retryable=True)

    async def hang_up(self) -> None:
        """End the call as Twilio does, with its status callback."""
        self._pacer.leave(self)
        if self._socket is not None and self._messages is not None:
            self._socket.send([self._messages.stop()])
            await self._socket.close()
        self._closed()
        fields = {"CallSid": self._call_sid, "CallStatus": "completed", "CallDuration": "1"}
        url = urljoin(self._base_url, "/twilio/status-callback")
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        try:
            await self._http.post(url, content=urlencode(fields), headers=headers, timeout=HTTP_S)
        except httpx.HTTPError as error:
            self.faults.append(f"status callback: {error!r}")

    def say(self, frames: Sequence[bytes], *, again_and_again: bool = False) -> int:
        """Say ``frames`` from the next 20 ms on; the sample at which they begin."""
        self._frames, self._at_frame, self._repeats = frames, 0, again_and_again
        return self.position

    def hush(self) -> None:
        """Say nothing from the next 20 ms on."""
        self._frames = ()

    async def until(self, holds: Callable[[], bool], within_s: float | None = None) -> bool:
        """Wait until ``holds``, asked every 20 ms; False: not within the time, or the call ended.

        Cancel-safe: yes.
        """
        if self.is_over:
            return False
        limit = None if within_s is None else self.position + round(within_s * LINE_HZ)
        waiting = _Waiting(holds, limit, self._loop.create_future())
        self._waiting.append(waiting)
        return await waiting.answer

    async def rest(self, seconds: float) -> None:
        """Let time pass on this line."""
        await self.until(lambda: False, seconds)

    def tick(self, due_s: float) -> None:
        """The end of 20 ms."""
        if self._began_s is None:
            self._began_s = due_s
            self._wake()
            return
        self._ticks += 1
        assert self._messages is not None
        frame = self._next_frame()
        self._outbox.append(self._messages.media(frame, self._ticks * 20))
        self._play_to(self.position)
        self._flush()
        self._wake()

    def _next_frame(self) -> bytes:
        if self._at_frame >= len(self._frames):
            if not self._repeats or not self._frames:
                return SILENT_FRAME
            self._at_frame = 0
        self._at_frame += 1
        return self._frames[self._at_frame - 1]

    def _play_to(self, position: int) -> None:
        if position > self.ledger.position and self._messages is not None:
            for name in self.ledger.advance(position):
                self._outbox.append(self._messages.mark(name))

    def _take(self, text: str) -> None:
        """A message of the server."""
        try:
            message = read_server_message(text, self._stream_sid)
        except FaultError as fault:
            self.faults.append(fault.message)
            return
        if self._began_s is None or self._messages is None:
            self.faults.append("a message before the start of the stream")
            return
        self._play_to(int((self._loop.time() - self._began_s) * LINE_HZ))
        match message:
            case PlayMedia(audio):
                self.ledger.put(audio)
            case PlaceMark(name):
                if self.ledger.playout.mark(name):
                    self._outbox.append(self._messages.mark(name))
            case ClearBuffer():
                self._outbox += [self._messages.mark(name) for name in self.ledger.clear()]
        self._flush()

    def _flush(self) -> None:
        if self._outbox and self._socket is not None:
            self._socket.send(self._outbox)
            self._outbox = []

    def _wake(self) -> None:
        for waiting in self._waiting:
            late = waiting.until is not None and self.position >= waiting.until
            if not waiting.answer.done():
                if waiting.holds():
                    waiting.answer.set_result(True)
                elif late:
                    waiting.answer.set_result(False)
        self._waiting = [waiting for waiting in self._waiting if not waiting.answer.done()]

    def _closed(self) -> None:
        self.is_over = True
        self._pacer.leave(self)
        for waiting in self._waiting:
            if not waiting.answer.done():
                waiting.answer.set_result(False)
        self._waiting.clear()
