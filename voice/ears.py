"""The ears of one call: stretches of its audio to the transcriber and to the turn model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from core.errors import ProviderError
from core.usage import Unit, Usage
from voice.commands import Judge, Transcribe
from voice.cues import TranscriptReady, TurnJudged
from voice.engines import Engines
from voice.hearing import Hearing
from voice.inbox import Inbox
from voice.ledger import CallWriter
from voice.ports import Pcm

log = structlog.get_logger(__name__)


class Ears:
    """Asks the engines and reports by cues. Of decodes in pauses only the newest matters."""

    def __init__(
        self,
        engines: Engines,
        hearing: Hearing,
        inbox: Inbox,
        writer: CallWriter,
        at_ms: Callable[[], int],
    ) -> None:
        self._engines = engines
        self._hearing = hearing
        self._inbox = inbox
        self._writer = writer
        self._at = at_ms
        self._newest: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup

    def enter(self, tasks: asyncio.TaskGroup) -> None:
        """Work inside ``tasks`` from now on."""
        self._tasks = tasks

    def stop(self) -> None:
        """The call is over: give up what is still being listened to."""
        for task in self._working:
            task.cancel()

    def transcribe(self, command: Transcribe) -> None:
        """Decode a stretch. A decode it overtakes is given up."""
        if not command.probe and self._newest is not None:
            self._newest.cancel()
        audio = self._hearing.cut(command.from_ms, command.to_ms)
        task = self._begin(self._decode(command, audio), "decode")
        if not command.probe:
            self._newest = task

    def judge(self, command: Judge) -> None:
        """Ask the turn model; a model that fails has no opinion."""
        if self._engines.turn_model is not None:
            audio = self._hearing.cut(command.from_ms, command.to_ms)
            self._begin(self._complete(command, audio), "judge turn")

    def _begin(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = self._tasks.create_task(work, name=name)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task

    async def _decode(self, command: Transcribe, audio: Pcm) -> None:
        engine = self._engines.transcriber
        transcript = None
        try:
            async with asyncio.timeout(self._engines.config.transcribe_timeout_s):
                transcript = await engine.transcribe(audio, command.expects)
        except (ProviderError, TimeoutError) as error:
            log.warning("hearing failed", error=repr(error))
        if transcript is not None:
            spent = transcript.audio_ms
            usage = Usage(engine.sku, Unit.STT_MILLISECOND, spent, turn=command.turn)
            self._writer.add(usage)
        self._inbox.put(
            TranscriptReady(self._at(), command.segment, command.attempt, transcript, command.probe)
        )

    async def _complete(self, command: Judge, audio: Pcm) -> None:
        model = self._engines.turn_model
        assert model is not None
        try:
            complete = await model.completeness(audio)
        except ProviderError as error:
            log.debug("turn model has no opinion", error=str(error))
            return
        self._inbox.put(TurnJudged(self._at(), command.segment, command.attempt, complete))
