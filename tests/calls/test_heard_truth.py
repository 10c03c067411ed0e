"""What we believe was heard at an interruption, against what the far end has truly played."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import pytest

from core.speech import Heard
from emulator.network import Delay
from tests.fakes.far_line import Bench, far_line
from tests.fakes.played_words import Speech, speech
from tests.virtual_time import virtual_time
from voice.config import DEFAULT_VOICE
from voice.ports import WordTime
from voice.providers.tts_espeak import EspeakSynthesizer

SHAKY = Delay(base_ms=20, jitter_ms=120)  # 80 +- 60 ms each way
CALLS = 20
TURNS = 10  # each is interrupted, some of them twice
WORDS = ("the", "fee", "for", "your", "flat", "is", "fifty", "pounds", "a", "week", "please")


SENTENCES = (
    "The fee is two hundred and fifty pounds, and it is paid on completion.",
    "I am an automated assistant, and this call is recorded for training.",
    "We could come on Monday at ten, or on Tuesday in the afternoon.",
    "Thank you very much for your time today.",
    "Is the flat a leasehold or a freehold, as far as you know?",
)


@dataclass
class _Tally:
    errors: list[int] = field(default_factory=list)  # words believed minus words played

    def add(self, heard: Heard, bench: Bench, speeches: list[Speech]) -> None:
        believed = len(heard.text.split())
        self.errors.append(
            believed - sum(bench.line.words.reached.get(s.number, 0) for s in speeches)
        )
        whole = " ".join(s.text for s in speeches)
        assert f"{heard.text} {heard.unheard}".strip() == whole

    def share_within(self, words: int) -> float:
        return sum(abs(error) <= words for error in self.errors) / len(self.errors)


def _reply(chance: random.Random, turn: int) -> list[Speech]:
    texts = [
        " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))
        for _ in range(chance.randint(1, 3))
    ]
    numbers = range(turn * 10, turn * 10 + len(texts))
    return [
        speech(number, text, chance.randrange(10**6))
        for number, text in zip(numbers, texts, strict=True)
    ]


async def _interrupt(bench: Bench, turn: int, speeches: list[Speech], tally: _Tally) -> Heard:
    """The clear takes its time to arrive; until then the far end plays on."""
    heard = await bench.playback.hush(turn)
    await asyncio.sleep(0.4)
    tally.add(heard, bench, speeches)
    return heard


async def _call(seed: int, tally: _Tally) -> None:
    chance = random.Random(seed)
    async with far_line(delay=SHAKY, seed=seed) as bench:
        for turn in range(1, TURNS + 1):
            speeches = _reply(chance, turn)
            for one in speeches:
                bench.say(turn, one)
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            bench.playback.release(turn)
            length_s = sum(one.audio.size for one in speeches) / 8000
            await asyncio.sleep(chance.uniform(0.1, length_s))
            heard = await _interrupt(bench, turn, speeches, tally)
            if heard.unheard and chance.random() < 0.4:
                bench.playback.release(turn)
                await asyncio.sleep(chance.uniform(0.1, length_s / 2))
                await _interrupt(bench, turn, speeches, tally)
            bench.playback.silence(turn)


async def _interrupted_once(chance: random.Random, one: Speech, tally: _Tally) -> None:
    async with far_line(delay=SHAKY, seed=chance.randrange(10**6)) as bench:
        bench.say(1, one)
        bench.playback.release(1)
        await asyncio.sleep(chance.uniform(0.1, one.audio.size / 8000))
        await _interrupt(bench, 1, [one], tally)


@virtual_time
async def test_interruptions_of_a_real_voice() -> None:
    synthesizer = EspeakSynthesizer()
    chance, tally = random.Random(5), _Tally()
    for number, text in enumerate(SENTENCES, start=1):
        audio, words = [], dict[int, WordTime]()
        async for chunk in synthesizer.synthesize(text, DEFAULT_VOICE):
            audio.append(chunk.audio)
            words.update((word.start, word) for word in chunk.words)
        one = Speech(number, text, tuple(words.values()), np.concatenate(audio))
        for _ in range(20):
            await _interrupted_once(chance, one, tally)
    assert median(map(abs, tally.errors)) == 0
    assert tally.share_within(1) >= 0.95


@virtual_time
async def test_interruptions_of_a_voice_that_tells_no_word_times() -> None:
    chance, tally = random.Random(6), _Tally()
    for number, text in enumerate(SENTENCES, start=1):
        timed = speech(number, text, number)
        blind = Speech(number, text, (), timed.audio)
        for _ in range(20):
            await _interrupted_once(chance, blind, tally)
    assert median(map(abs, tally.errors)) == 0  # by the share of the sound, as it is judged here
    assert tally.share_within(1) >= 0.95


@pytest.mark.no_cover  # tracing costs more than the calls; the tests above run the same lines
@virtual_time
async def test_two_hundred_interruptions_on_a_shaky_line() -> None:
    tally = _Tally()
    for seed in range(CALLS):
        await _call(seed, tally)
    assert len(tally.errors) >= 200
    assert median(map(abs, tally.errors)) == 0
    assert tally.share_within(1) >= 0.95
