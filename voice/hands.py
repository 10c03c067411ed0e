"""The hands of a call: they carry out the reducer's commands and report back by cues."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from core.clock import Clock
from core.errors import ProviderError
from core.speech import CallerTurn, Committed, Heard
from core.usage import Unit, Usage
from voice.commands import (
    CancelTimer,
    Command,
    Commit,
    Drop,
    Measure,
    Prepare,
    SetTimer,
    Speak,
    Stage,
    StopSpeaking,
    Transcribe,
)
from voice.config import VoiceConfig
from voice.cues import (
    CommitFailed,
    DraftEnded,
    PieceReady,
    PlaybackStopped,
    Timer,
    TimerFired,
    TranscriptReady,
    TurnCommitted,
)
from voice.hearing import Hearing
from voice.inbox import Inbox
from voice.latency import Stopwatch
from voice.ledger import CallWriter
from voice.live_show import LiveShow
from voice.playback import Playback
from voice.ports import (
    CallLog,
    Conversation,
    Draft,
    LiveFeed,
    Pcm,
    Synthesizer,
    Transcriber,
)
from voice.speaking import Speaking
from voice.vad import SharedVad

log = structlog.get_logger(__name__)

COMMIT_AGAIN_S = 0.2  # a database that changes hands is back in a moment, or not at all


@dataclass(frozen=True, slots=True)
class Engines:
    """What every call of a process shares."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    vad: SharedVad
    log: CallLog
    feed: LiveFeed
    clock: Clock
    config: VoiceConfig
    brain: str

    @property
    def names(self) -> tuple[str, ...]:
        """The engines in use, as stored with each call: ears, brain, voice."""
        return (self.transcriber.name, self.brain, self.synthesizer.name)


@dataclass(slots=True)
class _Making:
    """An answer in the making: its draft, the task that reads it, what was heard before it."""

    draft: Draft
    task: asyncio.Task[None]
    heard: Heard | None


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
        self._engines = engines
        self._conversation = conversation
        self._inbox = inbox
        self._hearing = hearing
        self._playback = playback
        self._writer = writer
        self._show = show
        self._at = at_ms
        self.speaking = Speaking(engines.synthesizer, engines.config.voice, playback, writer.add)
        self._stopwatch = Stopwatch()
        self._heard: Heard | None = None
        self._answering = 0
        self._making: dict[int, _Making] = {}
        self._settling: set[asyncio.Task[None]] = set()
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._tasks: asyncio.TaskGroup
        self._do: Mapping[type, Callable[[Any], Awaitable[None]]] = {
            Transcribe: self._transcribe,
            Prepare: self._prepare,
            Commit: self._commit,
            Drop: self._drop,
            Speak: self._speak,
            StopSpeaking: self._stop_speaking,
            SetTimer: self._set_timer,
            CancelTimer: self._cancel_timer,
            Measure: self._measure,
        }

    def enter(self, tasks: asyncio.TaskGroup) -> None:
        """Work inside ``tasks`` from now on."""
        self._tasks = tasks

    async def carry_out(self, command: Command, heard: Heard | None) -> None:
        """Do ``command``. ``heard``: what is known of the last reply by now.

        Quick: whatever takes time runs as a task.
        """
        self._heard = heard
        await self._do[type(command)](command)

    async def settle(self) -> None:
        """Let commits that are on their way arrive, and stop everything else."""
        for timer in self._timers.values():
            timer.cancel()
        if self._settling:
            await asyncio.wait(set(self._settling), timeout=self._engines.config.commit_timeout_s)
        for making in self._making.values():
            making.task.cancel()
        for turn in self._stopwatch.open_turns:
            self._write_timing(turn)

    async def _transcribe(self, command: Transcribe) -> None:
        audio = self._hearing.cut(command.from_ms, command.to_ms)
        self._tasks.create_task(self._decode(command, audio), name="decode")

    async def _decode(self, command: Transcribe, audio: Pcm) -> None:
        transcript = None
        try:
            async with asyncio.timeout(self._engines.config.transcribe_timeout_s):
                transcript = await self._engines.transcriber.transcribe(audio, command.expects)
        except (ProviderError, TimeoutError) as error:
            log.warning("hearing failed", error=repr(error))
        if transcript is not None:
            self._writer.add(
                Usage(
                    sku=self._engines.transcriber.sku,
                    unit=Unit.STT_MILLISECOND,
                    quantity=transcript.audio_ms,
                    turn=self._answering + 1,
                )
            )
        self._inbox.put(TranscriptReady(self._at(), command.segment, command.attempt, transcript))

    async def _prepare(self, command: Prepare) -> None:
        turn = CallerTurn(
            number=command.turn,
            kind=command.kind,
            text=command.text,
            confidence=command.confidence,
            at=self._engines.clock.now(),
            heard=command.heard,
            digits=command.digits,
            audio_ms=command.audio_ms,
            language=command.language,
            language_probability=command.language_probability,
        )
        self._answering = turn.number
        self._show.heard(turn)
        draft = self._conversation.prepare(turn)
        task = self._tasks.create_task(self._read(turn.number, draft), name=f"draft-{turn.number}")
        self._making[turn.number] = _Making(draft, task, command.heard)

    async def _read(self, turn: int, draft: Draft) -> None:
        """Read the draft's sentences as the brain makes them."""
        failed = False
        try:
            async for piece in draft.pieces():
                self._inbox.put(PieceReady(self._at(), turn, piece))
        except Exception as error:  # noqa: BLE001  an edge: whatever breaks ends in an apology
            log.error("brain failed", turn=turn, error=type(error).__name__)
            failed = True
        self._inbox.put(DraftEnded(self._at(), turn, failed))

    async def _commit(self, command: Commit) -> None:
        making = self._making.pop(command.turn, None)
        if making is None:
            return
        task = self._tasks.create_task(
            self._make_true(command.turn, making), name=f"commit-{command.turn}"
        )
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _make_true(self, turn: int, making: _Making) -> None:
        making.task.cancel()
        await asyncio.wait([making.task])
        latest = self._heard
        heard = latest if latest is not None and latest.turn == turn - 1 else making.heard
        try:
            committed = await self._commit_twice(making.draft, heard)
        except Exception as error:  # noqa: BLE001 - the session's edge: a store may fail in any way
            log.error("turn not committed", turn=turn, error=type(error).__name__)
            self._inbox.put(CommitFailed(self._at(), turn))
            return
        self._show.committed(turn, committed)
        result = committed.result
        self._inbox.put(
            TurnCommitted(self._at(), turn, committed.voice_now, result.expects, result.ends_call)
        )

    async def _commit_twice(self, draft: Draft, heard: Heard | None) -> Committed:
        """Commit; once more after a failure: however often it is asked, it is done once."""
        try:
            async with asyncio.timeout(self._engines.config.commit_timeout_s):
                return await draft.commit(heard)
        except Exception as error:  # noqa: BLE001  any store, any fault: the second try decides
            log.warning("turn not committed at once", error=type(error).__name__)
        await asyncio.sleep(COMMIT_AGAIN_S)
        async with asyncio.timeout(self._engines.config.commit_timeout_s):
            return await draft.commit(heard)

    async def _drop(self, command: Drop) -> None:
        self._stopwatch.forget(command.turn)
        making = self._making.pop(command.turn, None)
        if making is not None:
            making.task.cancel()
            await asyncio.wait([making.task])
            await making.draft.drop()

    async def _speak(self, command: Speak) -> None:
        self.speaking.say(command)
        self._show.said(command.turn, command.text)

    async def _stop_speaking(self, command: StopSpeaking) -> None:
        self.speaking.stop()
        heard = await self._playback.interrupt(command.turn)
        self._inbox.put(PlaybackStopped(self._at(), heard))

    async def _set_timer(self, command: SetTimer) -> None:
        await self._cancel_timer(CancelTimer(command.timer))
        self._timers[command.timer] = asyncio.get_running_loop().call_later(
            command.after_ms / 1000,
            lambda: self._inbox.put(TimerFired(self._at(), command.timer)),
        )

    async def _cancel_timer(self, command: CancelTimer) -> None:
        running = self._timers.pop(command.timer, None)
        if running is not None:
            running.cancel()

    async def _measure(self, command: Measure) -> None:
        self._stopwatch.note(command)
        if command.stage is Stage.FIRST_PLAYED:
            self._write_timing(command.turn)

    def _write_timing(self, turn: int) -> None:
        timing = self._stopwatch.take(turn)
        if timing is not None:
            self._writer.add(timing)
            self._show.timing(timing)
