"""The playout ledger with slow and failing voices, lost marks and dead lines."""

from __future__ import annotations

import asyncio

import pytest

from core.speech import Heard
from tests.fakes.far_line import far_line
from tests.fakes.played_words import speech, untimed
from tests.virtual_time import virtual_time
from voice.cues import LineDropped, SoundPlayed, UtterancePlayed
from voice.in_flight import LATE_MARK_MS
from voice.ports import SpeechChunk

TEXT = "one two three four five six seven eight nine ten"
LONG = speech(1, TEXT, seed=7)


@virtual_time
async def test_a_slow_voice_is_sent_in_few_pieces_and_no_later_than_needed() -> None:
    async with far_line() as bench:
        bench.line.words.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        for chunk in LONG.chunks(160):
            bench.playback.add(1, chunk)
            await asyncio.sleep(0.015)
        bench.playback.finish(1)
        await asyncio.sleep(3)
        assert bench.line.words.reached == {1: 10}
        assert bench.line.messages.count("media") / (LONG.audio.size / 8000) <= 20  # and not 50
        assert bench.ends() == [(1, 1)]
        assert bench.playback.holes == 0


@virtual_time
async def test_a_sentence_that_runs_out_of_sound_counts_as_a_hole() -> None:
    async with far_line() as bench:
        bench.line.words.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(LONG.audio[:4000]))
        await asyncio.sleep(1.0)
        bench.playback.add(1, SpeechChunk(LONG.audio[4000:8000]))
        bench.playback.finish(1)
        await asyncio.sleep(2)
        assert bench.playback.holes == 1
        assert bench.ends() == [(1, 1)]


@virtual_time
async def test_a_sentence_that_ends_without_more_sound_was_played_already() -> None:
    async with far_line() as bench:
        bench.line.words.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(LONG.audio[:3200]))
        await asyncio.sleep(1.0)
        assert bench.ends() == []
        bench.playback.finish(1)
        assert bench.ends() == [(1, 1)]
        assert bench.of(UtterancePlayed)[0].mark


@virtual_time
async def test_a_voice_that_made_no_sound_is_reported_in_its_order() -> None:
    async with far_line() as bench:
        bench.say(1, speech(1, "first", seed=1))
        bench.playback.begin(1, 2, "never said")
        bench.playback.finish(2, whole=False)
        bench.playback.release(1)
        assert bench.ends() == []
        await asyncio.sleep(2)
        assert [(c.utterance, c.voiced) for c in bench.of(UtterancePlayed)] == [
            (1, True),
            (2, False),
        ]
        heard = await bench.playback.hush(1)
        assert (heard.text, heard.unheard) == ("first", "never said")


@virtual_time
async def test_a_voice_that_failed_on_the_way_was_not_all_heard() -> None:
    async with far_line() as bench:
        bench.line.words.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        made = LONG.words[2].until_ms * 8
        bench.playback.add(1, SpeechChunk(LONG.audio[:made], LONG.words[:3]))
        bench.playback.finish(1, whole=False)
        bench.playback.release(1)
        await asyncio.sleep(4)
        report = bench.of(UtterancePlayed)[0]
        assert report.voiced
        assert report.mark == ""
        assert (await bench.playback.hush(1)).text == "one two three"


@virtual_time
async def test_a_mark_that_never_comes_back_is_given_up() -> None:
    async with far_line() as bench:
        bench.line.echoes = False
        bench.say(1, one := speech(1, "one", seed=1))
        bench.playback.release(1)
        await asyncio.sleep(one.audio.size / 8000 + LATE_MARK_MS / 1000 - 0.1)
        assert bench.ends() == []
        await asyncio.sleep(0.3)
        assert [(c.utterance, c.mark) for c in bench.of(UtterancePlayed)] == [(1, "")]
        assert bench.playback.late_marks == 1
        assert bench.of(SoundPlayed) == []


@virtual_time
async def test_a_dead_line_is_reported_once_and_what_was_heard_until_then() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(LONG.words[3].at_ms / 1000 + 0.01)
        bench.line.gone, bench.line.echoes = True, False
        await asyncio.sleep(3)
        assert len(bench.of(LineDropped)) == 1
        heard = bench.playback.cut(1)
        assert heard.heard_ms <= LONG.words[3].at_ms + 10 + 200  # when it was noticed
        assert heard.text.startswith("one two three")
        assert f"{heard.text} {heard.unheard}" == TEXT
        assert bench.playback.cut(1) == Heard(1, "", "", 0)


@virtual_time
async def test_sound_of_any_chunking_makes_whole_frames() -> None:
    async with far_line() as bench:
        odd = bench.line.words.speeches[1] = untimed(1, "odd", 41)
        bench.playback.begin(1, 1, "odd")
        begin = 0
        for size in (1, 159, 161, 7, 0):
            bench.playback.add(1, SpeechChunk(odd.audio[begin : begin + size]))
            begin += size
        bench.playback.finish(1)
        bench.playback.finish(99)
        bench.playback.release(1)
        await asyncio.sleep(1)
        assert bench.line.sounding_s == pytest.approx(0.06)
        assert (await bench.playback.hush(1)).heard_ms == 41
