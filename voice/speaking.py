"""Sentences to sound, one after the other: the queue in front of the voice engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import structlog

from core.errors import InvalidInputError, ProviderError
from core.ids import VoiceName
from core.usage import Unit, Usage
from voice.audio import g711
from voice.commands import Speak
from voice.line_cache import Line, LineCache, LineKey
from voice.playback import Playback
from voice.ports import Synthesizer, WordTime
from voice.spoken.form import SpokenForm, spoken_form

log = structlog.get_logger(__name__)

CHUNK_WITHIN_S: Final = 8.0  # a voice that makes no sound for so long has failed
MOST_WAITING: Final = 32  # sentences; a reply has three, so this is a brain that has lost its way


class Speaking:
    """Voices what it is told to, in order, until it is told to stop.

    At most ``MOST_WAITING`` sentences wait; a further one is not voiced, and reported so.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        voice: VoiceName,
        playback: Playback,
        used: Callable[[Usage], None],
        lines: LineCache | None = None,
    ) -> None:
        self._synthesizer = synthesizer
        self._voice = voice
        self._playback = playback
        self._used = used
        self._lines = lines if lines is not None else LineCache(limit_bytes=0)
        self._queue: deque[Speak] = deque()
        self._paused: set[int] = set()  # turns
        self._wake = asyncio.Event()
        self._current: Speak | None = None
        self._work: asyncio.Task[None] | None = None
        self._real: set[int] = set()  # turns that were released
        self._open: dict[int, list[Usage]] = {}  # of drafts that may yet be dropped
        playback.on_release(self._released)

    def say(self, sentence: Speak) -> None:
        """Voice ``sentence`` after those that wait already."""
        self._playback.begin(
            sentence.turn, sentence.utterance, sentence.text, must_hear=sentence.must_hear
        )
        if len(self._queue) >= MOST_WAITING:
            log.warning("sentence not voiced", turn=sentence.turn, waiting=len(self._queue))
            self._playback.finish(sentence.utterance, whole=False)
            return
        self._queue.append(sentence)
        self._wake.set()

    def pause(self) -> None:
        """The reply has fallen silent: finish the sentence in work, let its others wait.

        A draft of the next reply, which was not released yet, does not wait.
        """
        self._paused |= self._real

    def resume(self) -> None:
        """Go on with the sentences that wait."""
        self._paused.clear()
        self._wake.set()

    def stop(self, turn: int) -> None:
        """Voice nothing more of the reply to ``turn``; what was made of it was used."""
        self._cancel(turn)
        for usage in self._open.pop(turn, ()):
            self._used(usage)

    def forget(self, turn: int) -> None:
        """The draft of the reply to ``turn`` is dropped; what was made of it was speculative."""
        self._cancel(turn)
        self._real.discard(turn)
        self._throw_away(turn)

    async def run(self) -> None:
        """Serve the queue for as long as the call lasts; never ends by itself."""
        try:
            async with asyncio.TaskGroup() as engine:
                while True:
                    while (sentence := self._next()) is None:
                        self._wake.clear()
                        await self._wake.wait()
                    self._queue.remove(sentence)
                    self._current = sentence
                    self._work = engine.create_task(self._voice_one(sentence), name="voice-one")
                    await asyncio.wait([self._work])
                    self._current = None
        finally:
            for turn in list(self._open):
                self._throw_away(turn)

    def _next(self) -> Speak | None:
        waiting = (sentence for sentence in self._queue if sentence.turn not in self._paused)
        return next(waiting, None)

    def _cancel(self, turn: int) -> None:
        self._queue = deque(sentence for sentence in self._queue if sentence.turn != turn)
        self._paused.discard(turn)
        if self._current is not None and self._current.turn == turn and self._work is not None:
            self._work.cancel()

    def _released(self, turn: int) -> None:
        self._real.add(turn)
        for usage in self._open.pop(turn, ()):
            self._used(usage)

    def _throw_away(self, turn: int) -> None:
        for usage in self._open.pop(turn, ()):
            self._used(replace(usage, speculative=True))

    def _charge(self, turn: int, characters: int) -> None:
        usage = Usage(
            sku=self._synthesizer.sku,
            unit=Unit.TTS_CHARACTER,
            quantity=characters,
            turn=turn,
        )
        if turn in self._real:
            self._used(usage)
        else:
            self._open.setdefault(turn, []).append(usage)

    async def _voice_one(self, sentence: Speak) -> None:
        form = spoken_form(sentence.text)
        whole = False
        try:
            if any(character.isalnum() for character in form.text):
                await self._sound(sentence, form)
            whole = True
        except (InvalidInputError, ProviderError, TimeoutError) as error:
            log.warning("voice failed", error=repr(error))
        finally:
            self._playback.finish(sentence.utterance, whole=whole)

    async def _sound(self, sentence: Speak, form: SpokenForm) -> None:
        """From the cache at once, or as the engine makes it."""
        key = LineKey(self._synthesizer.name, self._voice, form.text)
        line = await self._lines.obtain(key)
        if line is not None:
            words = _placed(form, line.words)
            self._playback.add_encoded(sentence.utterance, line.sound, words)
            return
        try:
            self._charge(sentence.turn, len(form.text))
            self._lines.keep(key, await self._make(sentence.utterance, form))
        finally:
            self._lines.leave(key)

    async def _make(self, number: int, form: SpokenForm) -> Line:
        sound: list[bytes] = []
        words: dict[int, WordTime] = {}
        stream: Any = self._synthesizer.synthesize(form.text, self._voice)
        async with aclosing(stream) as chunks:
            while True:
                async with asyncio.timeout(CHUNK_WITHIN_S):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return Line(b"".join(sound), tuple(words.values()))
                fresh = [word for word in chunk.words if words.get(word.start) != word]
                words.update((word.start, word) for word in fresh)
                sound.append(g711.encode(chunk.audio))
                self._playback.add_encoded(number, sound[-1], _placed(form, fresh))


def _placed(form: SpokenForm, words: Iterable[WordTime]) -> tuple[WordTime, ...]:
    """``words`` of the spoken text as words of the text that was written."""
    placed = ((form.place(word.start, word.end), word) for word in words)
    return tuple(
        WordTime(start, end, word.at_ms, word.until_ms)
        for (start, end), word in placed
        if start < end
    )
