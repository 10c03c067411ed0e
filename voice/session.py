"""One call: an inbox of stamped cues, the reducer, and the hands that carry out its commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Protocol

import structlog

from core.call import EndReason, Outcome
from core.card import CallCard
from core.ids import StreamSid
from core.speech import Heard
from costs.carrier import MINUTE_S, started_minute
from voice.call_state import CallState
from voice.commands import Command, EndCall
from voice.cues import (
    Cue,
    DigitPressed,
    LineDropped,
    OperatorSaid,
    PlaybackStopped,
    StreamStarted,
    VoiceWindow,
)
from voice.engines import Engines
from voice.hands import Hands
from voice.hearing import CallerTrack, Hearing, straight_from
from voice.inbox import Inbox
from voice.ledger import CallWriter
from voice.live_show import LiveShow
from voice.playback import AgentTrack, Playback
from voice.ports import LINE_HZ, CallTransport, Conversation
from voice.reducer import step
from voice.reducer_finish import has_room
from voice.reducer_interruption import heard_of
from voice.vad import Voiced
from voice.wire.twilio import Dtmf, InboundEvent, Mark, Media, Stop

log = structlog.get_logger(__name__)

SILENT_SOCKET_S = 15.0  # the carrier sends fifty frames a second, also of silence


class CueTrack(Protocol):
    """Keeps the cues of one call, for its replay."""

    def cue(self, cue: Cue, commands: tuple[Command, ...]) -> None:
        """The reducer took ``cue`` and gave ``commands``. Must not block."""
        ...


class Session:
    """Holds one call from its first frame to its last."""

    def __init__(
        self,
        *,
        card: CallCard,
        conversation: Conversation,
        engines: Engines,
        stream_sid: StreamSid,
        transport: CallTransport,
        caller_track: CallerTrack | None = None,
        agent_track: AgentTrack | None = None,
        recording: Path | None = None,
        cue_track: CueTrack | None = None,
    ) -> None:
        """``recording``: where the tracks write, relative to the data directory.

        ``cue_track`` is told every cue, for a later replay.
        """
        self._card = card
        self._conversation = conversation
        self._engines = engines
        self._recording = recording
        self._cue_track = cue_track
        self._started_s = engines.clock.monotonic_s()
        self._is_heard = True  # lately
        self._state = CallState(patience=engines.config.patience)
        self._orders_coming = 0  # in the inbox
        self._is_idle = False  # waits for a cue, with all commands carried out
        self._inbox = Inbox()
        self._writer = CallWriter(card.call_id, engines.log)
        self._show = LiveShow(card.call_id, engines.feed, self._at)
        self._playback = Playback(
            transport=transport,
            stream_sid=stream_sid,
            now_ms=self._now_ms,
            post=self._inbox.put,
            lead_ms=engines.config.lead_ms,
            track=agent_track,
        )
        self._hearing = Hearing(
            engines.vad, self._window, caller_track, reference=self._playback.recent
        )
        self._hands = Hands(
            engines=engines,
            conversation=conversation,
            inbox=self._inbox,
            hearing=self._hearing,
            playback=self._playback,
            writer=self._writer,
            show=self._show,
            at_ms=self._at,
        )

    @property
    def took_leave(self) -> bool:
        """Whether the agent said goodbye, or sorry, before the call ended."""
        return self._state.leaving is not None

    def end(self, reason: EndReason) -> None:
        """End the call from outside: shutdown, operator."""
        self._inbox.put(LineDropped(self._at(), reason))

    def order(self, text: str, *, ends_call: bool) -> bool:
        """Have the agent say ``text`` as soon as nobody speaks; to end the call, at once.

        Empty text with ``ends_call``: the script's own farewell. False: the call is about to end
        anyway, or too many orders wait.
        """
        if not has_room(self._state, ends_call=ends_call, coming=self._orders_coming):
            return False
        self._orders_coming += 1
        self._inbox.put(OperatorSaid(self._at(), text, ends_call))
        return True

    @property
    def margin_ms(self) -> float | None:
        """How much speech lies ahead at the carrier; None unless more waits to be sent."""
        return self._playback.margin_ms

    async def run(self, incoming: AsyncIterable[InboundEvent]) -> EndReason:
        """Hold the call; every task of it is over when this returns.

        ``incoming``: the stream's events after ``start``, until the socket closes.
        """
        reason = EndReason.INTERNAL_ERROR
        try:
            async with asyncio.TaskGroup() as tasks:
                self._hands.enter(tasks)
                tasks.create_task(self._writer.run(), name="write")
                pumps = [
                    tasks.create_task(self._listen(incoming), name="listen"),
                    tasks.create_task(self._watch_line(), name="watch line"),
                    tasks.create_task(self._hands.speaking.run(), name="speak"),
                    tasks.create_task(self._playback.run(), name="play"),
                    tasks.create_task(self._meter(), name="meter"),
                ]
                self._inbox.put(
                    StreamStarted(
                        self._at(), self._conversation.next_turn, self._conversation.expects
                    )
                )
                reason = await self._serve()
                await self._hands.settle()
                for task in pumps:
                    task.cancel()
                self._writer.finish()
        except* Exception:
            log.exception("call broke", call_id=str(self._card.call_id))
        finally:
            self._hands.stop_timers()
        await self._close(reason)
        return reason

    async def _serve(self) -> EndReason:
        """Feed the reducer until it ends the call."""
        while True:
            self._is_idle = True
            cue: Cue | None = await self._inbox.get()
            self._is_idle = False
            while cue is not None:
                commands = self._step(cue)
                cue = None
                for command in commands:
                    if isinstance(command, EndCall):
                        return command.reason
                    cue = await self._hands.carry_out(command, self._state.heard) or cue

    def _step(self, cue: Cue) -> tuple[Command, ...]:
        before = self._state.turn
        self._state, commands = step(self._state, cue)
        if self._cue_track is not None:
            self._cue_track.cue(cue, commands)
        if self._state.turn is not before:
            self._show.state(self._state.turn)
        if isinstance(cue, OperatorSaid):
            self._orders_coming -= 1
        if isinstance(cue, PlaybackStopped):
            self._show.interrupted(self._state.heard)
        return commands

    async def _listen(self, incoming: AsyncIterable[InboundEvent]) -> None:
        """Turn the stream's events into cues until it ends, or falls silent for good."""
        with straight_from(incoming, self._hear):
            async for event in incoming:
                match event:
                    case Media():
                        self._hear(event.payload)
                    case Mark():
                        self._playback.mark_echoed(event.name)
                    case Dtmf():
                        self._inbox.put(DigitPressed(self._at(), event.digit))
                    case Stop():
                        self._inbox.put(LineDropped(self._at(), EndReason.CALLER_HUNG_UP))
                        return
                    case _:
                        pass
        self._inbox.put(LineDropped(self._at(), EndReason.STREAM_LOST))

    def _hear(self, payload: bytes) -> None:
        self._is_heard = True
        self._hearing.feed(payload)

    async def _watch_line(self) -> None:
        """End the call when its stream falls silent without being closed."""
        while self._is_heard:
            self._is_heard = False
            await asyncio.sleep(SILENT_SOCKET_S)
        self._inbox.put(LineDropped(self._at(), EndReason.STREAM_LOST))

    def _window(self, window: Voiced) -> None:
        """Take a window: at once if nothing is to be done about it, as of most; else as a cue."""
        audio_ms = window.end_sample * 1000 // LINE_HZ
        cue = VoiceWindow(self._at(), audio_ms, window.probability, window.level_db, window.echo)
        if not (self._is_idle and self._inbox.is_empty and self._takes_quietly(cue)):
            self._inbox.put(cue)

    def _takes_quietly(self, cue: VoiceWindow) -> bool:
        """Whether ``cue`` was taken without a task waking for it; else nothing has happened."""
        try:
            state, commands = step(self._state, cue)
        except Exception:
            self._inbox.put(cue)  # taken again, it ends the call
            raise
        if commands or state.turn is not self._state.turn:
            return False
        self._state = state
        if self._cue_track is not None:
            self._cue_track.cue(cue, commands)
        return True

    async def _meter(self) -> None:
        """Note each minute of the carrier as it starts: that is when it is owed."""
        while True:
            for usage in started_minute(self._card.direction, self._card.theirs):
                self._writer.add(usage)
            await asyncio.sleep(MINUTE_S)

    async def _close(self, reason: EndReason) -> None:
        """Store what remains to be known of the call, whatever of it can still be stored."""
        call_id = self._card.call_id
        outcome = Outcome.FAILED
        recording = str(self._recording) if self._recording is not None else None
        try:
            await self._writer.flush()
            outcome = await self._conversation.close(self._last_heard(), reason)
        except Exception:
            log.exception("call not closed", call_id=str(call_id))
        try:
            await self._engines.log.ended(call_id, reason, outcome, recording)
        except Exception:
            log.exception("end of call not stored", call_id=str(call_id))
        self._show.ended(outcome, reason)
        log.info(
            "call ended",
            call_id=str(self._card.call_id),
            outcome=outcome.value,
            reason=reason.value,
            turns=self._state.number,
            seconds=round(self._now_ms() / 1000, 1),
            dropped_windows=self._inbox.dropped,
            late_marks=self._playback.late_marks,
            holes=self._playback.holes,
            refused_cues=self._inbox.refused,
            merged_entries=self._writer.merged,
            dropped_entries=self._writer.dropped,
        )

    def _last_heard(self) -> Heard | None:
        """What was heard of the last reply, also when the line went dead in the middle of it."""
        reply = self._state.reply
        if reply is None or not reply.outstanding or reply.silenced:
            return self._state.heard
        return heard_of(reply, self._playback.cut(reply.turn))

    def _now_ms(self) -> float:
        return (self._engines.clock.monotonic_s() - self._started_s) * 1000

    def _at(self) -> int:
        return round(self._now_ms())
