"""Lines that were voiced before: whole utterances as mu-law, shared by all calls of a process.

A line is known by its engine, its voice and its spoken text. Only what was made to its end is
kept; the line not used for longest goes first, but never a fixed line of a script: a busy process
says so much that its rarer ones would be gone in minutes. While one call has a line made, the
others that want it wait for that, so that the engine makes it once; but not for long, as it may be
stuck.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import structlog

from core.errors import InvalidInputError, ProviderError
from core.ids import VoiceName
from voice.audio import g711
from voice.ports import Synthesizer, WordTime
from voice.spoken.form import spoken_form

log = structlog.get_logger(__name__)

LIMIT_BYTES: Final = 32 * 1024 * 1024  # over an hour of speech
WORD_BYTES: Final = 100  # what a word time costs in memory, about
WAIT_S: Final = 2.0  # the caller hears nothing meanwhile
WARM_WITHIN_S: Final = 20.0  # a line that takes longer is left to the calls


class LineKey(NamedTuple):
    """Which line. ``engine``: the synthesizer's name, with its version."""

    engine: str
    voice: VoiceName
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A whole utterance: mu-law, 8000 Hz; ``words`` index the spoken text."""

    sound: bytes
    words: tuple[WordTime, ...]

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.sound) + WORD_BYTES * len(self.words)


class LineCache:
    """Keeps at most ``limit_bytes`` of lines."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._lines: OrderedDict[LineKey, Line] = OrderedDict()
        self._fixed: dict[LineKey, Line] = {}  # stay
        self._fixed_bytes = 0
        self._making: dict[LineKey, asyncio.Event] = {}
        self.size = 0  # bytes kept
        self.hits = 0
        self.misses = 0

    async def obtain(self, key: LineKey) -> Line | None:
        """The line; None: it is the caller's to make, who then must ``keep`` or ``leave`` it.

        Waits while somebody else makes it, ``WAIT_S`` at most; then both do. Cancel-safe: yes.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while (making := self._making.get(key)) is not None:
                    await making.wait()
        if (fixed := self._fixed.get(key)) is not None:
            self.hits += 1
            return fixed
        line = self._lines.get(key)
        if line is None:
            self.misses += 1
            self._making.setdefault(key, asyncio.Event())
            return None
        self.hits += 1
        self._lines.move_to_end(key)
        return line

    def keep(self, key: LineKey, line: Line) -> None:
        """The line was made to its end; the oldest ones make room for it."""
        if key not in self._fixed:
            self._forget(key)
            self._lines[key] = line
            self.size += line.size
        self._make_room()
        self.leave(key)

    def keep_for_good(self, key: LineKey, line: Line) -> None:
        """A fixed line was made to its end; it stays while such lines take half the room."""
        if key in self._fixed or self._fixed_bytes + line.size > self._limit_bytes // 2:
            self.keep(key, line)
            return
        self._forget(key)
        self._fixed[key] = line
        self._fixed_bytes += line.size
        self.size += line.size
        self._make_room()
        self.leave(key)

    def _forget(self, key: LineKey) -> None:
        known = self._lines.pop(key, None)
        if known is not None:
            self.size -= known.size

    def _make_room(self) -> None:
        while self.size > self._limit_bytes and self._lines:
            _, oldest = self._lines.popitem(last=False)
            self.size -= oldest.size

    def leave(self, key: LineKey) -> None:
        """The line is not being made any more: whoever waits for it looks again. Idempotent."""
        making = self._making.pop(key, None)
        if making is not None:
            making.set()


async def warm(
    cache: LineCache, synthesizer: Synthesizer, voice: VoiceName, lines: Iterable[str]
) -> int:
    """Have the fixed ``lines`` made before a caller waits for them; the characters that it took.

    A line that fails is left to the calls. Cancel-safe: yes.
    """
    characters = 0
    for text in filter(None, dict.fromkeys(spoken_form(line).text for line in lines)):
        key = LineKey(synthesizer.name, voice, text)
        line = await cache.obtain(key)
        if line is not None:
            cache.keep_for_good(key, line)
            continue
        characters += len(text)
        try:
            async with asyncio.timeout(WARM_WITHIN_S):
                cache.keep_for_good(key, await _made(synthesizer, voice, text))
        except (InvalidInputError, ProviderError, TimeoutError) as error:
            log.warning("line not warmed", error=repr(error))
        finally:
            cache.leave(key)
    return characters


async def _made(synthesizer: Synthesizer, voice: VoiceName, text: str) -> Line:
    sound, words = bytearray(), dict[int, WordTime]()
    stream: Any = synthesizer.synthesize(text, voice)
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            sound += g711.encode(chunk.audio)
            words.update((word.start, word) for word in chunk.words)
    return Line(bytes(sound), tuple(words.values()))
