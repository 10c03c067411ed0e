"""What must be heard is heard when a mark proves it; sound starts anew after each silence."""

from __future__ import annotations

import asyncio

from core.speech import Heard
from emulator.network import Delay
from tests.fakes.far_line import Bench, far_line
from tests.fakes.played_words import Speech, speech, untimed
from tests.virtual_time import virtual_time
from voice.cues import SoundStarted, UtterancePlayed
from voice.in_flight import LATE_MARK_MS
from voice.ports import SpeechChunk

NOTICE = speech(1, "this call is recorded", seed=5)
LENGTH_S = NOTICE.audio.size / 8000
FAR = Delay(base_ms=150)


def say(bench: Bench, notice: Speech = NOTICE) -> None:
    bench.line.words.speeches[notice.number] = notice
    bench.playback.begin(1, notice.number, notice.text, must_hear=True)
    for made in notice.chunks(480):
        bench.playback.add(notice.number, made)
    bench.playback.finish(notice.number)


@virtual_time
async def test_a_notice_that_fell_silent_before_its_mark_came_is_not_heard_yet() -> None:
    async with far_line(delay=FAR) as bench:
        say(bench)
        bench.playback.release(1)
        await asyncio.sleep(LENGTH_S + 0.2)  # the mark is on its way back
        assert bench.ends() == []
        heard = await bench.playback.hush(1)
        assert (heard.text, heard.unheard) == ("this call is", "recorded")
        await asyncio.sleep(0.5)
        bench.playback.release(1)
        await asyncio.sleep(3)
        assert bench.line.words.resumed == [NOTICE.words[3].at_ms * 8]
        (told,) = bench.of(UtterancePlayed)
        assert (told.mark[:2], told.unheard) == ("e1", "")
        assert (await bench.playback.hush(1)).unheard == ""


@virtual_time
async def test_a_notice_of_one_word_is_said_again() -> None:
    async with far_line(delay=FAR) as bench:
        say(bench, untimed(1, "Recorded.", 500))
        bench.playback.release(1)
        await asyncio.sleep(0.7)
        assert await bench.playback.hush(1) == Heard(1, "", "Recorded.", 500)
        bench.playback.release(1)
        await asyncio.sleep(2)
        assert bench.of(UtterancePlayed)[0].mark


@virtual_time
async def test_a_notice_whose_mark_is_lost_is_not_heard_to_its_end() -> None:
    async with far_line() as bench:
        bench.line.echoes = False
        say(bench)
        bench.playback.release(1)
        await asyncio.sleep(LENGTH_S + LATE_MARK_MS / 1000 + 0.3)
        (told,) = bench.of(UtterancePlayed)
        assert (told.mark, told.voiced, told.unheard) == ("", True, "recorded")
        assert (await bench.playback.hush(1)).text == "this call is"


@virtual_time
async def test_what_was_never_made_or_broke_off_is_told_as_unheard() -> None:
    async with far_line() as bench:
        bench.playback.begin(1, 7, "never said")
        bench.playback.finish(7, whole=False)
        bench.playback.begin(1, 8, "...")
        bench.playback.finish(8)
        bench.line.words.speeches[1] = NOTICE
        bench.playback.begin(1, 1, NOTICE.text)
        made = NOTICE.words[1].until_ms * 8
        bench.playback.add(1, SpeechChunk(NOTICE.audio[:made], NOTICE.words[:2]))
        bench.playback.finish(1, whole=False)
        bench.playback.release(1)
        await asyncio.sleep(3)
        told = [(cue.voiced, cue.unheard) for cue in bench.of(UtterancePlayed)]
        assert told == [(False, "never said"), (False, ""), (True, " is recorded")]


@virtual_time
async def test_sound_that_goes_on_after_a_silence_between_sentences_is_told() -> None:
    async with far_line() as bench:
        bench.say(1, untimed(1, "Just this.", 500))
        bench.playback.begin(1, 2, "And more.")
        bench.playback.release(1)
        await asyncio.sleep(0.7)  # all marks are back, the next sentence is not made
        await bench.playback.hush(1)
        bench.playback.release(1)
        more = bench.line.words.speeches[2] = untimed(2, "And more.", 500)
        bench.playback.add(2, SpeechChunk(more.audio))
        bench.playback.finish(2)
        await asyncio.sleep(1)
        assert len(bench.of(SoundStarted)) == 2
