"""The playout ledger against the emulator's buffer: what is sent, what is told, what is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from core.speech import Heard
from emulator.network import Delay
from tests.fakes.far_line import Bench, Speech, far_line, speech
from tests.virtual_time import virtual_time
from voice.cues import LineDropped, SoundMade, SoundPlayed, SoundStarted, UtterancePlayed
from voice.in_flight import LATE_MARK_MS
from voice.ports import Pcm, SpeechChunk, WordTime
from voice.utterances import FRAME

TEXT = "one two three four five six seven eight nine ten"
NEAR = Delay(base_ms=40)
LONG = speech(1, TEXT, seed=7)


@dataclass
class _Track:
    sounds: list[tuple[float, Pcm]] = field(default_factory=list)

    def agent(self, at_ms: float, audio: Pcm) -> None:
        self.sounds.append((at_ms, audio))


def _ends(bench: Bench) -> list[tuple[int, int]]:
    return [(cue.turn, cue.utterance) for cue in bench.of(UtterancePlayed)]


def _plain(number: int, text: str, length_ms: int = 900) -> Speech:
    """A sentence of which no word times are known."""
    audio = np.random.default_rng(number).integers(-9000, 9000, length_ms * 8)
    return Speech(number, text, (), audio.astype(np.int16))


@virtual_time
async def test_a_reply_is_played_whole_and_said_to_be() -> None:
    track = _Track()
    two = speech(2, "and four", seed=2)
    async with far_line(delay=Delay(base_ms=80), track=track) as bench:
        bench.say(1, LONG)
        bench.say(1, two)
        bench.playback.release(1)
        await asyncio.sleep(9)
        assert bench.line.reached == {1: 10, 2: 2}
        assert _ends(bench) == [(1, 1), (1, 2)]
        assert all(cue.voiced and cue.mark for cue in bench.of(UtterancePlayed))
        assert [cue.utterance for cue in bench.of(SoundMade)] == [1]
        assert len(bench.of(SoundStarted)) == len(bench.of(SoundPlayed)) == 1
        assert not [gap for gap in bench.line.playout.gaps() if not gap.after_clear]
        played = np.concatenate([audio for _, audio in track.sounds])
        assert played.size == pytest.approx(LONG.audio.size + two.audio.size, abs=320)
        heard = await bench.playback.hush(1)
        assert heard.text == f"{TEXT} and four"
        assert heard.complete
        assert "clear" not in bench.line.messages


@virtual_time
async def test_nothing_is_sent_before_the_release_and_all_of_it_at_once_after() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        await asyncio.sleep(2)
        assert bench.line.messages == []
        assert bench.playback.ahead_ms == 0
        assert len(bench.of(SoundMade)) == 1
        bench.playback.release(1)
        bench.playback.release(1)
        await asyncio.sleep(0.01)
        assert bench.line.sounding_s > 0 or bench.line.playout.queued > 0
        assert 400 <= bench.playback.ahead_ms <= 600


@virtual_time
async def test_a_release_may_come_before_the_reply() -> None:
    async with far_line() as bench:
        bench.playback.release(1)
        await asyncio.sleep(0.1)
        bench.say(1, LONG)
        await asyncio.sleep(0.1)
        assert bench.line.sounding_s > 0


@virtual_time
async def test_sound_is_sent_ahead_but_not_further_than_the_lead() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        ahead = []
        for _ in range(90):
            await asyncio.sleep(0.02)
            ahead.append(bench.line.playout.queued / 8)
        assert max(ahead) <= 600
        assert min(ahead) >= 360  # a stall of so long is never heard


@virtual_time
async def test_pieces_end_with_words_and_marks_come_every_tenth_of_a_second() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(8)
        messages = bench.line.messages
        seconds = LONG.audio.size / 8000
        assert messages.count("mark") == messages.count("media")
        assert 10 <= messages.count("media") / seconds <= 15
        ends = bench.line.ends
        for word in LONG.words:
            assert any(0 <= end - word.until_ms * 8 < 160 for end in ends)
        assert max(after - end for end, after in pairwise(ends)) <= 800


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
        assert bench.line.resumed == [LONG.words[4].at_ms * 8]
        assert len(bench.of(SoundStarted)) == 2
        second = await bench.playback.hush(1)
        assert f"{second.text} {second.unheard}" == TEXT
        assert len(second.text) >= len(first.text)
        bench.playback.release(1)
        await asyncio.sleep(8)
        assert bench.line.reached == {1: 10}
        assert _ends(bench) == [(1, 1)]
        assert bench.of(UtterancePlayed)[0].mark.startswith("e2:")


@virtual_time
async def test_a_sentence_that_was_all_heard_is_reported_at_the_release() -> None:
    async with far_line(delay=Delay(base_ms=150)) as bench:
        two = speech(2, "and more", seed=3)
        bench.say(1, _plain(1, "Just this.", 500))
        bench.say(1, two)
        bench.playback.release(1)
        await asyncio.sleep(0.52)  # the mark is on its way back
        heard = await bench.playback.hush(1)
        assert heard == Heard(1, "Just this.", "and more", heard.heard_ms)
        await asyncio.sleep(0.6)
        assert _ends(bench) == []  # the marks that the clear gave back prove nothing
        bench.playback.release(1)
        assert bench.of(UtterancePlayed) == [UtterancePlayed(1120, 1, 1)]
        await asyncio.sleep(3)
        assert _ends(bench) == [(1, 1), (1, 2)]


@virtual_time
async def test_a_reply_without_word_times_goes_on_at_about_the_right_place() -> None:
    plain = _plain(1, "aaaa bbbb cccc dddd eeee", 2400)
    async with far_line() as bench:
        bench.say(1, plain)
        bench.playback.release(1)
        await asyncio.sleep(1.3)
        heard = await bench.playback.hush(1)
        assert (heard.text, heard.unheard) == ("aaaa bbbb", "cccc dddd eeee")
        bench.playback.release(1)
        await asyncio.sleep(0.1)
        assert bench.line.resumed == [pytest.approx(2400 * 8 * 9 / 24)]


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
        assert _ends(bench) == [(2, 2)]
        assert bench.line.reached[2] == 1
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
        assert bench.line.reached == {2: 2}
        assert [cue.utterance for cue in bench.of(SoundMade)] == [1, 2]
        assert _ends(bench) == [(3, 2)]


@virtual_time
async def test_a_release_forgets_older_replies_that_are_silent() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.say(2, speech(2, "newer", seed=6))
        bench.playback.release(2)
        bench.playback.release(1)
        await asyncio.sleep(3)
        assert bench.line.reached == {2: 1}


@virtual_time
async def test_a_clear_for_one_reply_does_not_lose_another() -> None:
    async with far_line(delay=NEAR) as bench:
        bench.say(1, short := speech(1, "wait", seed=8))
        bench.say(2, speech(2, "and then this", seed=9))
        bench.playback.release(1)
        bench.playback.release(2)
        await asyncio.sleep(short.audio.size / 8000 - 0.2)  # both are at the carrier
        assert bench.line.speeches.keys() == {1, 2}
        await bench.playback.hush(1)
        bench.playback.silence(1)
        await asyncio.sleep(3)
        assert bench.line.reached[2] == 3
        assert bench.line.skipped_ms == 0
        assert (2, 2) in _ends(bench)


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
        assert bench.line.reached == {1: 10}
        assert _ends(bench) == [(1, 1)]


@virtual_time
async def test_a_reply_silenced_without_a_hush_runs_out_unreported() -> None:
    async with far_line() as bench:
        bench.say(1, LONG)
        bench.playback.release(1)
        await asyncio.sleep(0.5)
        bench.playback.silence(1)
        await asyncio.sleep(5)
        assert bench.line.sounding_s <= 1.1
        assert _ends(bench) == []
        assert bench.playback.late_marks == 0


@virtual_time
async def test_a_slow_voice_is_sent_in_few_pieces_and_no_later_than_needed() -> None:
    async with far_line() as bench:
        bench.line.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        for chunk in LONG.chunks(160):
            bench.playback.add(1, chunk)
            await asyncio.sleep(0.015)
        bench.playback.finish(1)
        await asyncio.sleep(3)
        assert bench.line.reached == {1: 10}
        assert bench.line.messages.count("media") / (LONG.audio.size / 8000) <= 20  # and not 50
        assert _ends(bench) == [(1, 1)]
        assert bench.playback.holes == 0


@virtual_time
async def test_a_sentence_that_runs_out_of_sound_counts_as_a_hole() -> None:
    async with far_line() as bench:
        bench.line.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(LONG.audio[:4000]))
        await asyncio.sleep(1.0)
        bench.playback.add(1, SpeechChunk(LONG.audio[4000:8000]))
        bench.playback.finish(1)
        await asyncio.sleep(2)
        assert bench.playback.holes == 1
        assert _ends(bench) == [(1, 1)]


@virtual_time
async def test_a_sentence_that_ends_without_more_sound_was_played_already() -> None:
    async with far_line() as bench:
        bench.line.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(LONG.audio[:3200]))
        await asyncio.sleep(1.0)
        assert _ends(bench) == []
        bench.playback.finish(1)
        assert _ends(bench) == [(1, 1)]
        assert bench.of(UtterancePlayed)[0].mark


@virtual_time
async def test_a_word_to_be_said_again_was_not_played_yet() -> None:
    async with far_line() as bench:
        bench.line.speeches[1] = LONG
        bench.playback.begin(1, 1, TEXT)
        bench.playback.release(1)
        made = (LONG.words[1].at_ms * 8 + 400) // FRAME * FRAME  # so that all of it is sent
        bench.playback.add(1, SpeechChunk(LONG.audio[:made], LONG.words[:2]))
        await asyncio.sleep(2)
        assert (await bench.playback.hush(1)).text == "one"
        bench.playback.finish(1, whole=False)
        bench.playback.release(1)
        assert _ends(bench) == []
        await asyncio.sleep(0.2)
        assert bench.line.resumed == [LONG.words[1].at_ms * 8]
        assert _ends(bench) == [(1, 1)]


@virtual_time
async def test_a_voice_that_made_no_sound_is_reported_in_its_order() -> None:
    async with far_line() as bench:
        bench.say(1, speech(1, "first", seed=1))
        bench.playback.begin(1, 2, "never said")
        bench.playback.finish(2, whole=False)
        bench.playback.release(1)
        assert _ends(bench) == []
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
        bench.line.speeches[1] = LONG
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
        assert _ends(bench) == []
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
        odd = bench.line.speeches[1] = _plain(1, "odd", 41)
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


@virtual_time
async def test_the_track_gets_what_was_played_when_it_was() -> None:
    track = _Track()
    async with far_line(track=track) as bench:
        bench.say(1, LONG)
        await asyncio.sleep(0.5)
        bench.playback.release(1)
        await asyncio.sleep(1.0)
        assert sum(audio.size for _, audio in track.sounds) / 8 >= 300  # within half a second
        await bench.playback.hush(1)
        assert track.sounds[0][0] == pytest.approx(500, abs=2)
        assert sum(audio.size for _, audio in track.sounds) / 8 == pytest.approx(1000, abs=25)
        for (at_ms, audio), (next_ms, _) in pairwise(track.sounds):
            assert next_ms == pytest.approx(at_ms + audio.size / 8)


@virtual_time
async def test_a_word_that_is_still_being_made_counts_by_its_likely_length() -> None:
    async with far_line() as bench:
        noise = bench.line.speeches[1] = _plain(1, "incomprehensible matters", 3000)
        bench.playback.begin(1, 1, noise.text)
        bench.playback.release(1)
        bench.playback.add(1, SpeechChunk(noise.audio[:2400], (WordTime(0, 16, 0, 300),)))
        await asyncio.sleep(0.3)
        heard = await bench.playback.hush(1)  # all that was made of it was played
        assert (heard.text, heard.unheard) == ("", noise.text)
