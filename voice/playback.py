"""The playout ledger: frames sent ahead of time, and the truth about which were played.

Theory. The carrier buffers what we send and plays it at real time. Frames go out up to
``lead_ms`` ahead, so a stall here is inaudible; marks between them come back when they have
truly been played. We keep the playout clock ourselves: each frame begins when the one before
it ends, or when it is sent if nothing was left to play. The network delays our frames and our
``clear`` alike, so what our clock says was played when a clear is sent is what the caller had
heard when it arrives. ``clear`` makes the carrier return all marks that it still holds; those
say nothing, so a mark's name carries the epoch in which it was sent, and old epochs are ignored.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from core.call import EndReason
from core.ids import StreamSid
from core.speech import Heard
from voice.audio import g711
from voice.cues import Cue, LineDropped, SoundMade, SoundPlayed, SoundStarted, UtterancePlayed
from voice.ports import LINE_HZ, CallTransport, Pcm, SpeechChunk
from voice.utterances import Frame, Sent, Utterance, told
from voice.wire.twilio import clear_message, mark_message, media_message

FRAME_MS = 20  # one G.711 packet on every carrier we support
FRAME = LINE_HZ * FRAME_MS // 1000
MARK_EVERY = 5  # frames: a mark each 100 ms of speech
SETTLE_EVERY_MS = 2 * FRAME_MS  # how often the ledger is brought up while the carrier plays
LATE_MARK_MS = 2000  # a last mark later than this is given up: the carrier lost it


class AgentTrack(Protocol):
    """Where played agent audio is recorded."""

    def agent(self, at_ms: float, audio: Pcm) -> None:
        """Record ``audio`` at ``at_ms`` of the call. Must not block."""
        ...


class Playback:
    """Sends one call's speech ahead of time and knows what was heard of it."""

    def __init__(
        self,
        *,
        transport: CallTransport,
        stream_sid: StreamSid,
        now_ms: Callable[[], float],
        post: Callable[[Cue], None],
        lead_ms: int,
        track: AgentTrack | None = None,
    ) -> None:
        self._transport = transport
        self._stream_sid = stream_sid
        self._now_ms = now_ms
        self._post = post
        self._lead_ms = lead_ms
        self._track = track
        self._to_send: deque[Frame] = deque()
        self._sent: deque[Sent] = deque()
        self._reply: list[Utterance] = []  # of the turn being voiced, in order
        self._ends: dict[str, tuple[Utterance, float]] = {}  # end marks not yet back
        self._wake = asyncio.Event()
        self._epoch = 0
        self._marks = 0
        self._since_mark = 0
        self._plays_until_ms = 0.0
        self._started_turn = 0
        self._first_mark: str | None = None
        self._line_gone = False
        self.late_marks = 0  # end marks that never came back in time

    def begin(self, turn: int, number: int, text: str) -> None:
        """Utterance ``number`` of the reply to ``turn`` follows what is there already."""
        if self._reply and self._reply[0].turn != turn:
            self._reply = []
        self._reply.append(Utterance(turn, number, text))

    def add(self, number: int, chunk: SpeechChunk) -> None:
        """More audio of utterance ``number``."""
        utterance = self._of(number)
        if utterance is None or not chunk.audio.size:
            return
        if not utterance.made_ms and utterance is self._reply[0]:
            self._post(SoundMade(self._at(), utterance.turn))
        utterance.words.extend(chunk.words)
        utterance.made_ms += chunk.audio.size * 1000 / LINE_HZ
        audio = (
            np.concatenate((utterance.tail, chunk.audio)) if utterance.tail.size else chunk.audio
        )
        whole = audio.size - audio.size % FRAME
        for start in range(0, whole, FRAME):
            self._to_send.append(Frame(utterance, audio[start : start + FRAME]))
        utterance.tail = audio[whole:]
        self._wake.set()

    def finish(self, number: int) -> None:
        """Utterance ``number`` is whole (or its voice failed: what was made of it stands)."""
        utterance = self._of(number)
        if utterance is None:
            return
        if utterance.tail.size:
            padded = np.zeros(FRAME, dtype=np.int16)
            padded[: utterance.tail.size] = utterance.tail
            self._to_send.append(Frame(utterance, padded))
            utterance.tail = utterance.tail[:0]
        utterance.complete = True
        self._to_send.append(Frame(utterance, None))
        self._wake.set()

    def mark_echoed(self, name: str) -> None:
        """A mark came back from the carrier."""
        epoch, _, _ = name.partition(":")
        if epoch != f"e{self._epoch}":
            return
        if name == self._first_mark:
            self._first_mark = None
            self._post(SoundPlayed(self._at(), self._started_turn))
        ended = self._ends.pop(name, None)
        if ended is not None:
            self._played(ended[0])

    async def interrupt(self, turn: int) -> Heard:
        """Silence the line now; what of the reply to ``turn`` was heard.

        Cancel-safe: no; the ledger is cut before the carrier is told.
        """
        heard = self.cut(turn)
        await self._transmit(clear_message(self._stream_sid))
        return heard

    def cut(self, turn: int) -> Heard:
        """Stop the ledger here, without telling the carrier: the line is gone or will be told."""
        self._settle(self._now_ms(), partly=True)
        heard = self._heard(turn)
        self._to_send.clear()
        self._sent.clear()
        self._ends.clear()
        self._reply = []
        self._epoch += 1
        self._since_mark = 0
        self._started_turn = 0
        self._first_mark = None
        self._plays_until_ms = 0.0
        return heard

    async def run(self) -> None:
        """Send frames for as long as the call lasts; never ends by itself."""
        while True:
            now = self._now_ms()
            self._settle(now)
            self._give_up_late_marks(now)
            ahead = self._plays_until_ms - now
            if self._to_send and ahead <= self._lead_ms:
                await self._send_next(self._to_send.popleft())
            else:
                await self._rest(ahead)

    async def _rest(self, ahead: float) -> None:
        """Sleep until there is something to send, to settle or to give up."""
        self._wake.clear()
        busy = bool(self._to_send or self._sent or self._ends)
        if not busy:
            await self._wake.wait()
            return
        if self._to_send:
            await asyncio.sleep(max(1.0, ahead - self._lead_ms) / 1000)  # only time makes room
            return
        try:
            async with asyncio.timeout(SETTLE_EVERY_MS / 1000):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send_next(self, frame: Frame) -> None:
        epoch = self._epoch
        if frame.audio is None:
            name = self._name_mark()
            self._ends[name] = (frame.utterance, self._plays_until_ms)
            await self._transmit(mark_message(self._stream_sid, name))
            return
        await self._transmit(media_message(self._stream_sid, g711.encode(frame.audio)))
        if epoch != self._epoch:
            return  # interrupted while it was being sent: the clear is right behind it
        begins = max(self._now_ms(), self._plays_until_ms)
        self._plays_until_ms = begins + FRAME_MS
        self._sent.append(Sent(frame.utterance, frame.audio, begins))
        first = self._started_turn != frame.utterance.turn
        if first:
            self._started_turn = frame.utterance.turn
            self._post(SoundStarted(self._at(), frame.utterance.turn))
        self._since_mark += 1
        if first or self._since_mark >= MARK_EVERY:
            self._since_mark = 0
            name = self._name_mark()
            if first:
                self._first_mark = name
            await self._transmit(mark_message(self._stream_sid, name))

    async def _transmit(self, message: str) -> None:
        """Send, or report once that the line is gone; what was said stays committed."""
        if self._line_gone:
            return
        try:
            await self._transport.send(message)
        except OSError:
            self._line_gone = True
            self._post(LineDropped(self._at(), EndReason.STREAM_LOST))

    def _name_mark(self) -> str:
        self._marks += 1
        return f"e{self._epoch}:{self._marks}"

    def _settle(self, now: float, *, partly: bool = False) -> None:
        """Move what has been played by now into the past; ``partly``: also half a frame."""
        while self._sent and self._sent[0].begins_ms + FRAME_MS <= now:
            self._past(self._sent.popleft(), FRAME_MS)
        if partly and self._sent and self._sent[0].begins_ms < now:
            sent = self._sent.popleft()
            self._past(sent, now - sent.begins_ms)

    def _past(self, sent: Sent, played_ms: float) -> None:
        sent.utterance.played_ms += played_ms
        if self._track is not None:
            samples = int(played_ms * LINE_HZ / 1000)
            self._track.agent(sent.begins_ms, sent.audio[:samples])

    def _give_up_late_marks(self, now: float) -> None:
        for name, (utterance, due_ms) in list(self._ends.items()):
            if now > due_ms + LATE_MARK_MS:
                del self._ends[name]
                self.late_marks += 1
                self._played(utterance)

    def _played(self, utterance: Utterance) -> None:
        utterance.played_ms = max(utterance.played_ms, utterance.made_ms)
        self._post(UtterancePlayed(self._at(), utterance.turn, utterance.number))
        last = not self._to_send and not self._ends
        if last and utterance is self._reply[-1]:
            self._started_turn = 0  # a later sentence of the same turn starts the sound anew

    def _heard(self, turn: int) -> Heard:
        return told(turn, [item for item in self._reply if item.turn == turn])

    def _of(self, number: int) -> Utterance | None:
        return next((item for item in self._reply if item.number == number), None)

    def _at(self) -> int:
        return round(self._now_ms())
