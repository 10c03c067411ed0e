"""Replies held, hushed, resumed, silenced and dropped, against the emulator's buffer."""

from __future__ import annotations

import asyncio

import pytest

from core.speech import Heard
from emulator.network import Delay
from tests.fakes.far_line import far_line
from tests.fakes.played_words import speech, untimed
from tests.virtual_time import virtual_time
from voice.cues import SoundMade, SoundStarted, UtterancePlayed
from voice.ports import SpeechChunk, WordTime
from voice.utterances import FRAME

TEXT = "one two three four five six seven eight nine ten"
LONG = speech(1, TEXT, seed=7)
NEAR = Delay(base_ms=40)


@virtual_time
async def test_a_hushed_reply_goes_on_from_its_first_unheard_word_unmade_again() -> None:
    async with far_line(delay=NEAR) as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(LONG.words[4].at_ms / 1000 + 0.1)
        first = await bench.playback.hush(1)
        assert first.text == "one two three four"
        assert first.unheard == "five six seven eight nine ten"
        assert bench.playback.ahead_ms == 0
        await asyncio.sleep(1)
        assert bench.line.playout.queued == 0
        bench.playback.release(1)
        await asyncio.sleep(0.2)
        assert bench.line.words.resumed == [LONG.words[4].at_ms * 8]
        assert len(bench.of(SoundStarted)) == 2
        second = await bench.playback.hush(1)
        assert f"{second.text} {second.unheard}" == TEXT
        assert len(second.text) >= len(first.text)
        bench.playback.release(1)
        await asyncio.sleep(8)
        assert bench.line.words.reached == {1: 10}
        assert bench.ends() == [(1, 1)]
        assert bench.of(UtterancePlayed)[0].mark.startswith("e2:")


@virtual_time
async def test_a_sentence_that_was_all_heard_is_reported_at_the_release() -> None:
    async with far_line(delay=Delay(base_ms=150)) as bench:
        two = speech(2, "and more", seed=3)
        bench.say(1, untimed(1, "Just this.", 500))
        bench.say(1, two)
        bench.playback.release(1)
        await asyncio.sleep(0.52)  # the mark is on its way back
        heard = await bench.playback.hush(1)
        assert heard == Heard(1, "Just this.", "and more", heard.heard_ms)
        await asyncio.sleep(0.6)
        assert bench.ends() == []  # the marks that the clear gave back prove nothing
        bench.playback.release(1)
        assert bench.of(UtterancePlayed) == [UtterancePlayed(1120, 1, 1)]
        await asyncio.sleep(3)
        assert bench.ends() == [(1, 1), (1, 2)]


@virtual_time
async def test_a_reply_without_word_times_goes_on_at_about_the_right_place() -> None:
    plain = untimed(1, "aaaa bbbb cccc dddd eeee", 2400)
    async with far_line() as bench:
        bench.say(1, plain)
        bench.playback.release(1)
        await asyncio.sleep(1.3)
        heard = await bench.playback.hush(1)
        assert (heard.text, heard.unheard) == ("aaaa bbbb", "cccc dddd eeee")
        bench.playback.release(1)
        await asyncio.sleep(0.1)
        assert bench.line.words.resumed == [pytest.approx(2400 * 8 * 9 / 24)]


@virtual_time
async def test_silence_ends_a_reply_and_leaves_the_next_alone() -> None:
    async with far_line(delay=NEAR) as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(0.5)
        await bench.playback.hush(1)
        bench.playback.silence(1)
        bench.playback.silence(1)
        bench.playback.add(1, SpeechChunk(LONG.audio))
        bench.say(2, speech(2, "again", seed=4))
        bench.playback.release(2)
        await asyncio.sleep(3)
        assert bench.ends() == [(2, 2)]
        assert bench.line.words.reached[2] == 1
        assert await bench.playback.hush(1) == Heard(1, "", "", 0)


@virtual_time
async def test_a_dropped_draft_leaves_nothing_behind() -> None:
    async with far_line() as bench:
        bench.playback.begin(3, 1, TEXT)
        bench.playback.add(1, LONG.chunks(800)[0])
        bench.playback.forget(3)
        bench.playback.add(1, LONG.chunks(800)[1])
        bench.playback.finish(1)
        other = speech(2, "other words", seed=5)
        bench.say(3, other)
        bench.playback.release(3)
        await asyncio.sleep(3)
        assert bench.line.words.reached == {2: 2}
        assert [cue.utterance for cue in bench.of(SoundMade)] == [1, 2]
        assert bench.ends() == [(3, 2)]


@virtual_time
async def test_a_release_forgets_older_replies_that_are_silent() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.say(2, speech(2, "newer", seed=6))
        bench.playback.release(2)
        bench.playback.release(1)
        await asyncio.sleep(3)
        assert bench.line.words.reached == {2: 1}


@virtual_time
async def test_a_clear_for_one_reply_does_not_lose_another() -> None:
    async with far_line(delay=NEAR) as bench:
        bench.say(1, short := speech(1, "wait", seed=8))
        bench.say(2, speech(2, "and then this", seed=9))
        bench.playback.release(1)
        bench.playback.release(2)
        await asyncio.sleep(short.audio.size / 8000 - 0.2)  # both are at the carrier
        assert bench.line.words.speeches.keys() == {1, 2}
        await bench.playback.hush(1)
        bench.playback.silence(1)
        await asyncio.sleep(3)
        assert bench.line.words.reached[2] == 3
        assert bench.line.words.skipped_ms == 0
        assert (2, 2) in bench.ends()


@virtual_time
async def test_what_is_being_sent_at_a_hush_is_thrown_away_with_the_rest() -> None:
    async with far_line() as bench:
        bench.line.takes_s = 0.05  # for each message: the socket is slow
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(0.12)  # in the middle of the second piece
        heard = await bench.playback.hush(1)
        assert heard.text == ""
        await asyncio.sleep(0.2)
        assert bench.line.messages == ["media", "mark", "media", "clear"]
        bench.playback.release(1)
        await asyncio.sleep(7)
        assert bench.line.words.reached == {1: 10}
        assert bench.ends() == [(1, 1)]


@virtual_time
async def test_a_reply_silenced_without_a_hush_runs_out_unreported() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(0.5)
        bench.playback.silence(1)
        await asyncio.sleep(5)
        assert bench.line.sounding_s <= 1.1
        assert bench.ends() == []
        assert bench.playback.late_marks == 0


@virtual_time
async def test_a_word_to_be_said_again_was_not_played_yet() -> None:
    async with far_line() as bench:
        bench.line.words.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        made = (LONG.words[1].at_ms * 8 + 400) // FRAME * FRAME  # so that all of it is sent
        bench.playback.add(1, SpeechChunk(LONG.audio[:made], LONG.words[:2]))
        await asyncio.sleep(2)
        assert (await bench.playback.hush(1)).text == "one"
        bench.playback.finish(1, whole=False)
        bench.playback.release(1)
        assert bench.ends() == []
        await asyncio.sleep(0.2)
        assert bench.line.words.resumed == [LONG.words[1].at_ms * 8]
        assert bench.ends() == [(1, 1)]


@virtual_time
async def test_a_word_that_is_still_being_made_counts_by_its_likely_length() -> None:
    async with far_line() as bench:
        noise = bench.line.words.speeches[1] = untimed(1, "incomprehensible matters", 3000)
        bench.playback.begin(1, 1, noise.text)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(noise.audio[:2400], (WordTime(0, 16, 0, 300),)))
        await asyncio.sleep(0.3)
        heard = await bench.playback.hush(1)  # all that was made of it was played
        assert (heard.text, heard.unheard) == ("", noise.text)
