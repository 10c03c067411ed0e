"""The playout ledger against the emulator's buffer: what is sent, when, and what is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from emulator.network import Delay
from tests.fakes.far_line import far_line
from tests.fakes.played_words import speech
from tests.virtual_time import virtual_time
from voice.cues import SoundMade, SoundPlayed, SoundStarted, UtterancePlayed
from voice.ports import Pcm

TEXT = "one two three four five six seven eight nine ten"
LONG = speech(1, TEXT, seed=7)


@dataclass
class _Track:
    sounds: list[tuple[float, Pcm]] = field(default_factory=list)

    def agent(self, at_ms: float, audio: Pcm) -> None:
        self.sounds.append((at_ms, audio))


@virtual_time
async def test_a_reply_is_played_whole_and_said_to_be() -> None:
    track = _Track()
    two = speech(2, "and four", seed=2)
    async with far_line(delay=Delay(base_ms=80), track=track) as bench:
        bench.say(1, LONG)
        bench.say(1, two)
        bench.playback.release(1)
        await asyncio.sleep(9)
        assert bench.line.words.reached == {1: 10, 2: 2}
        assert bench.ends() == [(1, 1), (1, 2)]
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
        ends = [samples for _, samples in bench.line.words.marks.values()]
        for word in LONG.words:
            assert any(0 <= end - word.until_ms * 8 < 160 for end in ends)
        assert max(after - end for end, after in pairwise(ends)) <= 800


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
