"""The hands of a call: they carry out the reducer's commands and report back by cues."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from core.speech import Heard
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    Drop,
    Hush,
    Judge,
    Measure,
    Prepare,
    Prove,
    Release,
    SetTimer,
    Silence,
    Speak,
    Stage,
    Transcribe,
)
from voice.cues import PlaybackStopped, Timer, TimerFired
from voice.drafting import Drafting
from voice.ears import Ears
from voice.engines import Engines
from voice.hearing import Hearing
from voice.inbox import Inbox
from voice.latency import Stopwatch
from voice.ledger import CallWriter
from voice.live_show import LiveShow
from voice.playback import Playback
from voice.ports import Conversation
from voice.speaking import Speaking


class Hands:
    """Does what the reducer of one call decided. Every result comes back as a cue."""

    def __init__(
        self,
        *,
        engines: Engines,
        conversation: Conversation,
        inbox: Inbox,
        hearing: Hearing,
        playback: Playback,
        writer: CallWriter,
        show: LiveShow,
        at_ms: Callable[[], int],
    ) -> None:
        self._inbox = inbox
        self._playback = playback
        self._writer = writer
        self._show = show
        self._at = at_ms
        self.speaking = Speaking(
            engines.synthesizer, engines.config.voice, playback, writer.add, engines.lines
        )
        self._ears = Ears(engines, hearing, inbox, writer, at_ms)
        self._drafts = Drafting(engines, conversation, inbox, show, at_ms)
        self._stopwatch = Stopwatch()
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._heard: Heard | None = None
        self._released = 0  # the turn whose sound may go out
        self._unshown: list[Speak] = []  # sentences that nobody may see yet
        self._do: Mapping[type, Callable[[Any], None]] = {
            Transcribe: self._transcribe,
            Judge: self._judge,
            Prepare: self._prepare,
            Commit: self._commit,
            Drop: self._drop,
            Speak: self._speak,
            Release: self._release,
            Silence: self._silence,
            SetTimer: self._set_timer,
            CancelTimer: self._cancel_timer,
            Measure: self._measure,
            Prove: self._prove,
        }

    def enter(self, tasks: asyncio.TaskGroup) -> None:
        """Work inside ``tasks`` from now on."""
        self._ears.enter(tasks)
        self._drafts.enter(tasks)

    async def carry_out(self, command: Command, heard: Heard | None) -> PlaybackStopped | None:
        """Do ``command``. ``heard``: what is known of the last reply by now.

        Quick: whatever takes time runs as a task. Only silence is waited for; the cue that is
        then returned has to be taken before any other.
        """
        self._heard = heard
        if isinstance(command, Hush):
            self.speaking.pause()
            return PlaybackStopped(self._at(), await self._playback.hush(command.turn))
        self._do[type(command)](command)
        return None

    async def settle(self) -> None:
        """Let commits that are on their way arrive, and stop everything else."""
        self.stop_timers()
        self._ears.stop()
        await self._drafts.settle()
        for turn in self._stopwatch.open_turns:
            self._write_timing(turn)

    def stop_timers(self) -> None:
        """Nothing that is only due later will come any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _transcribe(self, command: Transcribe) -> None:
        self._ears.transcribe(command)

    def _judge(self, command: Judge) -> None:
        self._ears.judge(command)

    def _prepare(self, command: Prepare) -> None:
        self._stopwatch.begin(command.turn)
        self._drafts.prepare(command)

    def _commit(self, command: Commit) -> None:
        self._drafts.commit(command.turn, lambda: self._heard)

    def _drop(self, command: Drop) -> None:
        self._unshown = [each for each in self._unshown if each.turn != command.turn]
        if self._released == command.turn:
            self._released = 0  # the next draft of the turn has to be released itself
        self.speaking.forget(command.turn)
        self._playback.forget(command.turn)
        self._stopwatch.forget(command.turn)
        self._drafts.drop(command.turn)

    def _speak(self, command: Speak) -> None:
        self.speaking.say(command)
        if command.turn == self._released:
            self._show.said(command.turn, command.text)
        else:
            self._unshown.append(command)

    def _release(self, command: Release) -> None:
        self._released = command.turn
        self._drafts.show(command.turn)
        for each in self._unshown:
            self._show.said(each.turn, each.text)
        self._unshown = []
        self.speaking.resume()
        self._playback.release(command.turn)

    def _silence(self, command: Silence) -> None:
        self.speaking.stop(command.turn)
        self._playback.silence(command.turn)

    def _prove(self, command: Prove) -> None:
        self._writer.add(command.evidence)

    def _set_timer(self, command: SetTimer) -> None:
        self._cancel_timer(CancelTimer(command.timer))
        self._timers[command.timer] = asyncio.get_running_loop().call_later(
            command.after_ms / 1000,
            lambda: self._inbox.put(TimerFired(self._at(), command.timer)),
        )

    def _cancel_timer(self, command: CancelTimer) -> None:
        running = self._timers.pop(command.timer, None)
        if running is not None:
            running.cancel()

    def _measure(self, command: Measure) -> None:
        self._stopwatch.note(command)
        if command.stage is Stage.FIRST_PLAYED:
            self._write_timing(command.turn)

    def _write_timing(self, turn: int) -> None:
        timing = self._stopwatch.take(turn)
        if timing is not None:
            self._writer.add(timing)
            self._show.timing(timing)
