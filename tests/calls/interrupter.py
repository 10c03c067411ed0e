"""A caller who talks over the agent on a shaky line, and the truth of what they heard by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from core.speech import Expectation
from emulator.network import Delay
from tests.calls.stage import FarEnd, ScriptedCall, on_stage, spoken
from tests.fakes.conversation import Line
from tests.fakes.noise_voice import NoiseVoice
from tests.fakes.played_words import PlayedWords
from voice.ports import Conversation, Pcm, Transcript

SHAKY: Final = Delay(base_ms=20, jitter_ms=120)  # 80 +- 60 ms each way
TAKES_THE_TURN: Final = ("wait", "stop", "hello")
KEEPS_IT_GOING: Final = ("mm hm", "")  # the last holds no words
NOISE: Final = "hmm"
QUIET_MS: Final = 300  # longer than any pause between words or in the network


@dataclass
class KnowingEars:
    """voice.ports.Transcriber that knows what is being said. ``slowest_s``: one decode."""

    chance: Random
    slowest_s: float = 0.2
    understood: str = ""
    name: str = "knowing/1"
    sku: str = "knowing"

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """What is said at the moment of asking."""
        text = self.understood
        await asyncio.sleep(self.chance.uniform(0, self.slowest_s))
        return Transcript(text, 0.9 if text else 0.0, self.name, audio.size // 8)


@dataclass
class Interrupter:
    """One caller on the stage."""

    call: ScriptedCall
    words: PlayedWords
    ears: KnowingEars
    chance: Random

    async def listens(self, longest_ms: float) -> None:
        """Hear the agent for so long, or to the end of what it says."""
        line, quiet_ms, begun = self.call.line, 0, False
        until_ms = line.heard_ms() + longest_ms
        while not self.call.ended.done() and line.heard_ms() < until_ms:
            await asyncio.sleep(0.02)
            begun = begun or line.sounding
            quiet_ms = 0 if line.sounding else quiet_ms + 20
            if begun and quiet_ms >= QUIET_MS:
                return

    async def interrupts(self, nods: float) -> None:
        """Speak; that share of times it is nothing for the agent to stop for."""
        if self.chance.random() < nods:
            await self.says(self.chance.choice(KEEPS_IT_GOING), sound=NOISE)
        else:
            await self.says(self.chance.choice(TAKES_THE_TURN))

    async def says(self, text: str, sound: str = "") -> None:
        """Be understood to say ``text``, by the sound of it or of other words."""
        self.ears.understood = text
        await self.call.sounds(spoken(sound or text))

    def heard_of(self, text: str) -> int:
        """How many words of that sentence were played when it was voiced last."""
        voiced = [each.number for each in self.words.speeches.values() if each.text == text]
        return self.words.reached.get(voiced[-1], 0) if voiced else 0


@asynccontextmanager
async def interrupted_call(
    seed: int,
    lines: list[Line],
    *,
    thinks_with: Conversation | None = None,
    longest_ms: int = 400,
) -> AsyncIterator[Interrupter]:
    """A call whose network, voice and ears are as uneven as ``seed`` has it."""
    chance = Random(seed)
    words, ears = PlayedWords(), KnowingEars(chance)
    async with on_stage(
        lines,
        line=FarEnd(SHAKY, seed, words),
        hears_with=ears,
        speaks_with=NoiseVoice(words, chance, longest_ms),
        thinks_with=thinks_with,
    ) as call:
        yield Interrupter(call, words, ears, chance)
