"""The engines of the bench keep their delays to the millisecond, on virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest
from langchain_core.messages import HumanMessage

from agents.script_loader import load_script
from app.bench.engines import (
    CHARACTERS_A_SECOND,
    NAME,
    REPLY,
    Delays,
    KnownEars,
    KnownModel,
    KnownVoice,
    hum,
    samples_of,
    tokens_of,
    word_times,
)
from app.bench.serve import NUMBER, OPENING, bench_script
from app.bench.voice_ledger import Ledger
from app.bench.words import SileroWords, Word, last_sound, no_words, short_word
from app.brand_facts import number_of_ours
from core.ids import VoiceName
from core.speech import Expectation
from graph.sentences import Sentences
from tests.virtual_time import virtual_time
from voice.audio import g711
from voice.ports import LINE_HZ
from voice.vad import WINDOW, Voiced

VOICE = VoiceName("any")


@pytest.mark.parametrize(("age_ms", "waits_ms"), [(0, 150), (100, 50), (150, 0), (400, 0)])
@virtual_time
async def test_a_word_is_known_so_long_after_its_sound(age_ms: int, waits_ms: int) -> None:
    ears = KnownEars(150, lambda audio: [Word(0, audio.size - age_ms * LINE_HZ // 1000)])
    begun = asyncio.get_running_loop().time()
    heard = await ears.transcribe(np.zeros(LINE_HZ, dtype=np.int16), Expectation())
    waited_ms = 1000 * (asyncio.get_running_loop().time() - begun)
    ears.close()
    assert waited_ms == pytest.approx(waits_ms, abs=0.001)
    assert heard.text == "lamp"
    assert heard.audio_ms == 1000


@virtual_time
async def test_no_words_need_no_time() -> None:
    ears = KnownEars(150, no_words)
    begun = asyncio.get_running_loop().time()
    heard = await ears.transcribe(np.zeros(LINE_HZ, dtype=np.int16), Expectation())
    ears.close()
    assert (heard.text, heard.confidence) == ("", 0.0)
    assert asyncio.get_running_loop().time() == begun


@virtual_time
async def test_tokens_come_evenly_after_the_first() -> None:
    loop = asyncio.get_running_loop()
    model = KnownModel(delays=Delays(llm_first_ms=100, llm_tokens=40, llm_token_ms=5))
    begun, came_ms, text = loop.time(), [], ""
    async for chunk in model.astream([HumanMessage("hello")]):
        if chunk.content:
            came_ms.append(1000 * (loop.time() - begun))
            text += str(chunk.content)
    assert came_ms == pytest.approx([100 + 5 * at for at in range(40)], abs=0.001)
    assert len(text.split()) == 40


@virtual_time
async def test_no_sentence_is_said_twice_so_that_every_one_has_to_be_voiced() -> None:
    """A voice that said it before has it ready: what it takes would not be measured."""
    model = KnownModel(delays=Delays(llm_tokens=60))
    said: list[str] = []
    for _ in range(300):
        text = "".join([str(chunk.content) async for chunk in model.astream([HumanMessage("x")])])
        assert [len(word) for word in text.split()] == [
            len(word) for word in "".join(tokens_of(REPLY, 60)).split()
        ]
        sentences = Sentences()
        said += [*sentences.feed(text), *sentences.flush()]
    assert len(said) == len(set(said)) > 600


def test_no_number_of_tokens_is_the_reply_once() -> None:
    assert "".join(tokens_of(REPLY, 0)) == REPLY
    assert "".join(tokens_of(REPLY, 3)) == "That is good"


@virtual_time
async def test_sound_comes_after_its_time_and_ten_times_faster_than_it_plays() -> None:
    loop = asyncio.get_running_loop()
    begun, came_ms, sound = loop.time(), [], []
    async for chunk in KnownVoice(100).synthesize(REPLY, VOICE):
        came_ms.append(1000 * (loop.time() - begun))
        sound.append(chunk.audio)
    assert came_ms == pytest.approx([100 + 20 * at for at in range(len(sound))], abs=0.001)
    whole = np.concatenate(sound)
    assert whole.size == samples_of(REPLY)
    assert whole.size / LINE_HZ == pytest.approx(len(REPLY) / CHARACTERS_A_SECOND, abs=0.02)


def test_the_hum_has_no_silence_in_it() -> None:
    ledger = Ledger()
    ledger.put(g711.encode(np.concatenate([hum(at, 1600) for at in range(0, 24_000, 1600)])))
    ledger.advance(40_000)
    (sound,) = ledger.sounds()
    assert sound.end - sound.start >= 24_000 - 8


def test_every_word_has_its_time() -> None:
    times = word_times(REPLY)
    assert [REPLY[each.start : each.end] for each in times] == REPLY.split()
    assert all(before.until_ms <= after.at_ms for before, after in pairwise(times))
    assert times[-1].until_ms <= samples_of(REPLY) * 1000 // LINE_HZ


def test_a_word_ends_with_its_last_loud_sound() -> None:
    audio = np.concatenate([hum(0, 4000), hum(0, 1600) // 1000])
    assert last_sound(audio, 0, 2400, audio.size) == 4000
    assert last_sound(audio, 0, 4800, audio.size) == 4800  # never before it begins


def test_a_short_word_counts_where_it_stands_out() -> None:
    quiet = np.zeros(2400, dtype=np.int16)
    audio = np.concatenate([quiet, hum(0, 1024), quiet])
    windows = [Voiced(0.6 if 10 <= at < 13 else 0.1, at * WINDOW) for at in range(22)]
    assert short_word(audio, windows) == [(10 * WINDOW, 13 * WINDOW)]
    assert short_word(audio, windows[:11]) == []  # one window of voice is a click
    assert short_word(audio + hum(0, audio.size) // 4, windows) == []  # nor in noise


def test_silence_holds_no_words_and_a_longer_cut_goes_on_where_the_last_ended() -> None:
    find = SileroWords()
    audio = np.zeros(2 * LINE_HZ, dtype=np.int16)
    assert find(audio[:LINE_HZ]) == []
    assert find(audio) == []
    assert find(audio[:LINE_HZ]) == []


def test_the_bench_has_a_script_and_a_number_of_its_own() -> None:
    script = load_script(bench_script())
    assert script.name == NAME
    assert OPENING in str(script.opening)
    assert number_of_ours(NUMBER)[0].e164 == NUMBER
