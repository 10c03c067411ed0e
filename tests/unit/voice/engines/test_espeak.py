"""The espeak-ng voice: sound, word times, cancelling, and clear errors."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from core.errors import InvalidInputError
from core.ids import VoiceName
from voice.audio.loudness import speech_dbfs
from voice.ports import LINE_HZ, SpeechChunk
from voice.providers.tts_espeak import Delivery, EspeakSynthesizer, speak
from voice.spoken_words import WordClock

TEXT = "Hello, this is £250,000 at 10:30 on 3rd May."
GB = VoiceName("en-gb")


async def chunks_of(text: str, voice: VoiceName = GB) -> list[SpeechChunk]:
    return [chunk async for chunk in EspeakSynthesizer().synthesize(text, voice)]


async def test_a_line_is_spoken_in_chunks_with_all_its_words_timed() -> None:
    chunks = await chunks_of(TEXT)
    audio = np.concatenate([chunk.audio for chunk in chunks])
    words = chunks[-1].words
    assert len(chunks) > 20
    assert 3 < audio.size / LINE_HZ < 7
    assert -35 < speech_dbfs(audio) < -8
    assert [TEXT[word.start : word.end] for word in words] == TEXT.split()
    assert all(word.at_ms < word.until_ms for word in words)
    assert [word.at_ms for word in words[1:]] == [word.until_ms for word in words[:-1]]
    assert abs(words[-1].until_ms - audio.size * 1000 // LINE_HZ) <= 1


async def test_the_words_known_so_far_only_grow() -> None:
    counts = [len(chunk.words) for chunk in await chunks_of("One two three four five.")]
    assert counts == sorted(counts)
    assert counts[-1] == 5


async def test_nothing_is_said_for_no_text() -> None:
    assert sum(chunk.audio.size for chunk in await chunks_of("")) < LINE_HZ


async def test_a_cancelled_line_stops_and_the_next_is_whole() -> None:
    voice = EspeakSynthesizer()
    async with aclosing(voice.synthesize("A very long line. " * 50, GB)) as line:
        async for _ in line:
            break
    said = np.concatenate([chunk.audio for chunk in await chunks_of("Yes.")])
    assert abs(said.size - speak("Yes.", GB).size) < 80


async def test_lines_at_the_same_time_take_turns() -> None:
    async with asyncio.TaskGroup() as group:
        lines = [group.create_task(chunks_of(f"Line {n}."), name=str(n)) for n in range(5)]
    sizes = [sum(chunk.audio.size for chunk in line.result()) for line in lines]
    assert min(sizes) > LINE_HZ // 4


async def test_unknown_voices_are_refused_by_name() -> None:
    for voice in ("zz", "en-us+nobody", "../../etc/passwd", ""):
        with pytest.raises(InvalidInputError, match="try en-gb"):
            EspeakSynthesizer().check(VoiceName(voice))
    with pytest.raises(InvalidInputError, match="no voice"):
        await chunks_of("Hello.", VoiceName("zz"))


def test_rate_and_voice_are_heard() -> None:
    slow, fast = (speak("The quick brown fox.", "en-gb", wpm) for wpm in (100, 250))
    assert slow.size > 1.7 * fast.size
    assert speak("Hello.", "en-us+f3").size != speak("Hello.", "en-us+m3").size
    for voice in ("en-gb", "en-us", "en-us+f3", "en-gb-x-rp", "en-us+m3", "en-gb-scotland"):
        EspeakSynthesizer().check(VoiceName(voice))


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="words per minute"):
        Delivery(wpm=20)
    with pytest.raises(InvalidInputError, match="pitch"):
        Delivery(pitch=101)
    with pytest.raises(InvalidInputError, match="exceeds"):
        speak("a" * 6000, "en-gb")
    with pytest.raises(InvalidInputError, match="zero"):
        speak("a\0b", "en-gb")


def test_the_name_holds_the_version() -> None:
    assert EspeakSynthesizer(Delivery(wpm=150)).name.startswith("espeak-ng/1.")


def test_word_events_out_of_place_are_borne() -> None:
    clock = WordClock("one two three")
    for character, at_ms in ((-1, 0), (0, 10), (1, 20), (8, 300), (4, 400), (9, 500)):
        clock.begins(character, at_ms)
    first, second = clock.known(600)
    assert (first.start, first.end, first.at_ms, first.until_ms) == (0, 7, 10, 300)
    assert (second.start, second.end, second.at_ms, second.until_ms) == (8, 13, 300, 600)
    assert WordClock("").known(5) == ()
