"""A voice of noise: no stretch of it is like another, so what was played of it can be told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

from core.ids import VoiceName
from tests.fakes.played_words import PlayedWords, speech
from voice.ports import SpeechChunk

CHUNK = 1600  # samples: 200 ms


@dataclass
class NoiseVoice:
    """voice.ports.Synthesizer: words of 100 to ``longest_ms``, known to ``words``; quick, not even.

    Each chunk comes up to ``slowest_s`` after the one before.
    """

    words: PlayedWords
    chance: Random
    longest_ms: int = 400
    slowest_s: float = 0.05
    name: str = "noise/1"
    sku: str = "noise"

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        """``text`` in sound of its own, also when it is said again."""
        made = speech(
            len(self.words.speeches) + 1, text, self.chance.randrange(10**6), 100, self.longest_ms
        )
        self.words.speeches[made.number] = made
        for chunk in made.chunks(CHUNK):
            await asyncio.sleep(self.chance.uniform(0, self.slowest_s))
            yield chunk
