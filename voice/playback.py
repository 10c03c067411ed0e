"""The playout ledger: sound sent ahead of time, and the truth about what of it was played.

Theory. The carrier buffers what we send and plays it at real time. Sound goes out up to
``lead_ms`` ahead, so a stall here is inaudible, in pieces of up to 100 ms that end with a word
where they can, each followed by a mark. What the caller heard at a ``clear`` is told by the
playout clock, corrected by the marks that came back (``voice.playout_clock``). A reply may be
made long before it may sound: nothing of it is sent until it is released. A hushed reply keeps
its sound from the first unheard word on, and goes on there when it is released again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from core.call import EndReason
from core.ids import StreamSid
from core.speech import Heard
from voice.audio import g711
from voice.cues import Cue, LineDropped, SoundMade, SoundPlayed, SoundStarted, UtterancePlayed
from voice.in_flight import AgentTrack as AgentTrack  # session code knows it by this door
from voice.in_flight import InFlight, Piece
from voice.outgoing import Outgoing
from voice.ports import CallTransport, Pcm, SpeechChunk, WordTime
from voice.refill import is_full, refill_in_ms, size_now
from voice.utterances import Reply, Utterance


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
        self._line = Outgoing(transport, stream_sid, self._line_dropped)
        self._now_ms = now_ms
        self._post = post
        self._lead_ms = lead_ms
        self._in_flight = InFlight(track)
        self._replies: dict[int, Reply] = {}  # by turn
        self._order: list[Reply] = []  # the released ones, in the order of their release
        self._utterances: dict[int, Utterance] = {}  # by number; those still being made
        self._first_marks: dict[str, int] = {}  # the turns whose first sound they prove
        self._sounding = 0  # the turn that has the line; 0 when all is quiet
        self._wake = asyncio.Event()
        self._hungry = False  # only more sound, or a release, can bring something to send
        self._gone_ms = math.inf  # when the line was found dead
        self._on_release: list[Callable[[int], None]] = []
        self.late_marks = 0  # end marks that never came back in time

    @property
    def ahead_ms(self) -> float:
        """How long the carrier can play on without us, by our clock; 0 when nothing plays."""
        return max(0.0, self._in_flight.plays_until_ms - self._now_ms())

    @property
    def margin_ms(self) -> float | None:
        """As ``ahead_ms`` while a reply sounds and more of it waits to be sent; else None."""
        utterance = self._next()
        if utterance is None or utterance.turn != self._sounding:
            return None
        return self.ahead_ms if utterance.sent < utterance.made else None

    @property
    def holes(self) -> int:
        """How often a sentence ran out of sound in its middle, by our clock."""
        return self._in_flight.holes

    def recent(self) -> Pcm | None:
        """What the carrier played in the last second, by our clock; None when we were silent."""
        return self._in_flight.recent(self._now_ms())

    def on_release(self, told: Callable[[int], None]) -> None:
        """Tell ``told`` of every turn that is released."""
        self._on_release.append(told)

    def begin(self, turn: int, number: int, text: str, *, must_hear: bool = False) -> None:
        """Utterance ``number`` of the reply to ``turn`` follows what is there already.

        ``must_hear``: only a mark tells that it was heard to its end.
        """
        utterance = Utterance(turn, number, text, must_hear)
        self._utterances[number] = utterance
        self._replies.setdefault(turn, Reply(turn)).utterances.append(utterance)

    def add(self, number: int, chunk: SpeechChunk) -> None:
        """More audio of utterance ``number``."""
        self.add_encoded(number, g711.encode(chunk.audio), chunk.words)

    def add_encoded(self, number: int, sound: bytes, words: tuple[WordTime, ...]) -> None:
        """More audio of utterance ``number``, as mu-law."""
        utterance = self._utterances.get(number)
        if utterance is None:
            return
        utterance.take(sound, words)
        reply = self._replies[utterance.turn]
        if sound and not reply.has_sound:
            reply.has_sound = True
            self._post(SoundMade(self._at(), reply.turn, number))
        if self._hungry and reply.released:
            self._wake.set()

    def finish(self, number: int, *, whole: bool = True) -> None:
        """No more audio of utterance ``number``; not ``whole``: its voice failed on the way."""
        utterance = self._utterances.pop(number, None)
        if utterance is None:
            return
        utterance.end(whole=whole)
        self._report(self._replies[utterance.turn])
        self._wake.set()

    def release(self, turn: int) -> None:
        """The reply to ``turn`` may sound, from its first word not heard yet. Idempotent.

        Older replies that are over or silent are forgotten.
        """
        reply = self._replies.setdefault(turn, Reply(turn))
        if reply.released:
            return
        for old in list(self._replies.values()):
            if old.turn < turn and (old.told or not old.released):
                self.silence(old.turn)
        reply.released = True
        self._order.append(reply)
        for told in self._on_release:
            told(turn)
        self._report(reply)
        self._wake.set()

    async def hush(self, turn: int) -> Heard:
        """Silence the reply to ``turn`` now; how much of it was heard so far, in all.

        Cancel-safe: no; the ledger is cut before the carrier is told.
        """
        at_carrier = self._in_flight.holds(turn)
        heard = self._hold(turn)
        if at_carrier:
            await self._line.clear()
        return heard

    def silence(self, turn: int) -> None:
        """Forget the reply to ``turn``: nothing more of it is sent. It may be begun anew."""
        reply = self._replies.pop(turn, None)
        if reply is None:
            return
        self._order = [item for item in self._order if item is not reply]
        for utterance in reply.utterances:
            self._utterances.pop(utterance.number, None)

    forget = silence  # a dropped draft, of which nothing was sent

    def cut(self, turn: int) -> Heard:
        """The line is gone: how much of the reply to ``turn`` was heard. Nothing is kept."""
        self._stop_line()
        heard = self._hold(turn)
        self._replies.clear()
        self._order.clear()
        self._utterances.clear()
        return heard

    def mark_echoed(self, name: str) -> None:
        """A mark came back from the carrier."""
        self._passed(self._in_flight.echoed(name, self._now_ms()), proved=True)

    async def run(self) -> None:
        """Send sound for as long as the call lasts; never ends by itself."""
        while not self._line.is_gone:
            now = self._now_ms()
            self._in_flight.settle(now)
            self._give_up_late(now)
            await self._fill_up()
            await self._rest()
        await asyncio.Event().wait()  # what was heard by then is told once, at the end

    async def _fill_up(self) -> None:
        """Send until the carrier has enough, or there is no more."""
        if is_full(self.ahead_ms, self._lead_ms):
            return
        while (utterance := self._next()) is not None:
            size = size_now(utterance, self.ahead_ms, self._lead_ms)
            if not size:
                return
            await self._send(utterance, size)

    def _next(self) -> Utterance | None:
        """The sentence whose turn it is to be sent; perhaps nothing of it is made yet."""
        if self._line.is_gone:
            return None
        for reply in self._order:
            for utterance in reply.utterances:
                if not utterance.all_sent:
                    return utterance
        return None

    async def _send(self, utterance: Utterance, size: int) -> None:
        """Send a piece and its mark. It counts as sent at once, so that a hush finds it."""
        piece = self._in_flight.send(utterance, size, self._now_ms())
        if self._sounding != utterance.turn:
            self._sounding = utterance.turn
            self._first_marks[piece.mark] = utterance.turn
            self._post(SoundStarted(self._at(), utterance.turn))
        epoch = self._in_flight.epoch
        await self._line.media(piece.sound)
        if epoch == self._in_flight.epoch:
            await self._line.mark(piece.mark)

    def _line_dropped(self) -> None:
        self._gone_ms = self._now_ms()
        self._post(LineDropped(self._at(), EndReason.STREAM_LOST))

    async def _rest(self) -> None:
        """Sleep until there is something to send, to settle or to give up."""
        self._wake.clear()
        due_ms = self._next_due_ms()
        if due_ms is None:
            await self._wake.wait()
            return
        in_s = max(1.0, due_ms - self._now_ms()) / 1000
        timer = asyncio.get_running_loop().call_later(in_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    def _next_due_ms(self) -> float | None:
        """When to look again, on the call's clock; None: not before something is added."""
        now, ahead_ms, utterance = self._now_ms(), self.ahead_ms, self._next()
        due = [self._in_flight.next_due_ms]
        self._hungry = utterance is None or not is_full(ahead_ms, self._lead_ms)
        if utterance is not None:
            in_ms = refill_in_ms(utterance, ahead_ms, self._lead_ms)
            due.append(None if in_ms is None else now + in_ms)
        return min((at for at in due if at is not None), default=None)

    def _hold(self, turn: int) -> Heard:
        """Take the reply to ``turn`` off the line, and tell what was heard of it."""
        if self._in_flight.holds(turn):
            self._stop_line()
        if self._sounding == turn:
            self._sounding = 0  # all of it may have been played, and the next sentence not made
        reply = self._replies.get(turn)
        if reply is None:
            return Heard(turn, "", "", 0)
        reply.released = False
        self._order = [item for item in self._order if item is not reply]
        for utterance in reply.utterances:
            if not utterance.reported:
                utterance.rewind()
        return reply.heard()

    def _stop_line(self) -> None:
        """All sound at the carrier is about to be thrown away."""
        for utterance in self._in_flight.stop(min(self._now_ms(), self._gone_ms)):
            utterance.rewind()
        self._first_marks.clear()
        self._sounding = 0

    def _give_up_late(self, now: float) -> None:
        late = self._in_flight.give_up_late(now)
        self.late_marks += sum(piece.is_last for piece in late)
        self._passed(late, proved=False)

    def _passed(self, pieces: list[Piece], *, proved: bool) -> None:
        """``pieces`` were played: report the sentences that ended with them."""
        for piece in pieces:
            turn = self._first_marks.pop(piece.mark, None)
            if turn is not None and proved:
                self._post(SoundPlayed(self._at(), turn))
            reply = self._replies.get(piece.utterance.turn)
            if reply is not None:
                self._report(reply)
        if pieces and self._in_flight.is_empty and self._next() is None:
            self._sounding = 0  # a later sentence of the same turn starts the sound anew

    def _report(self, reply: Reply) -> None:
        """Report, once and in order, the sentences of ``reply`` that have been played."""
        if not reply.released:
            return
        for item in reply.utterances:
            if item.reported:
                continue
            if not item.all_played:
                return
            item.reported = True
            item.release_memory()
            mark = item.mark if item.whole else ""  # what failed on the way was not all heard
            told = (self._at(), reply.turn, item.number, mark, item.voiced, item.unheard)
            self._post(UtterancePlayed(*told))

    def _at(self) -> int:
        return round(self._now_ms())
