"""The playout ledger against the emulator's buffer: what we believe was heard, and what was."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from core.speech import Heard
from tests.calls.stage import STREAM, FarEnd
from tests.fakes.engines import WORD_MS, FakeSynthesizer
from tests.virtual_time import VirtualClock, virtual_time
from voice.cues import Cue, LineDropped, SoundPlayed, SoundStarted, UtterancePlayed
from voice.playback import LATE_MARK_MS, Playback
from voice.ports import Pcm, SpeechChunk

TEXT = "one two three four five six seven eight nine ten"


@dataclass
class _Track:
    sounds: list[tuple[float, int]] = field(default_factory=list)

    def agent(self, at_ms: float, audio: Pcm) -> None:
        self.sounds.append((at_ms, audio.size))


@dataclass
class _Bench:
    playback: Playback
    line: FarEnd
    cues: list[Cue]
    track: _Track

    async def queue(self, turn: int, number: int, text: str) -> None:
        self.playback.begin(turn, number, text)
        async for chunk in FakeSynthesizer().synthesize(text, None):  # type: ignore[arg-type]
            self.playback.add(number, chunk)
        self.playback.finish(number)

    def of(self, kind: type) -> list[Cue]:
        return [cue for cue in self.cues if isinstance(cue, kind)]


class _bench:
    """A playback with its line, for the length of a block."""

    def __init__(self, delay_ms: int = 0) -> None:
        self._delay_ms = delay_ms
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> _Bench:
        clock, cues, track = VirtualClock(), [], _Track()
        begun = clock.monotonic_s()
        line = FarEnd(self._delay_ms)
        playback = Playback(
            transport=line,
            stream_sid=STREAM,
            now_ms=lambda: (clock.monotonic_s() - begun) * 1000,
            post=cues.append,
            lead_ms=600,
            track=track,
        )
        await self._group.__aenter__()
        self._tasks = [
            self._group.create_task(line.run()),
            self._group.create_task(playback.run()),
            self._group.create_task(self._echo(line, playback)),
        ]
        return _Bench(playback, line, cues, track)

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    @staticmethod
    async def _echo(line: FarEnd, playback: Playback) -> None:
        async for event in line.events():
            name = getattr(event, "name", None)
            if name is not None:
                playback.mark_echoed(name)


@virtual_time
async def test_a_reply_is_played_whole_and_said_to_be() -> None:
    async with _bench(delay_ms=80) as bench:
        await bench.queue(1, 1, "one two three")
        await bench.queue(1, 2, "four")
        await asyncio.sleep(3)
        assert bench.line.heard_ms() == 4 * WORD_MS
        assert [(c.turn, c.utterance) for c in bench.of(UtterancePlayed)] == [(1, 1), (1, 2)]  # type: ignore[attr-defined]
        assert len(bench.of(SoundStarted)) == 1
        assert len(bench.of(SoundPlayed)) == 1
        assert sum(size for _, size in bench.track.sounds) == 4 * WORD_MS * 8
        assert not bench.line.playout.holes()


@virtual_time
async def test_audio_is_sent_ahead_but_not_further_than_the_lead() -> None:
    async with _bench() as bench:
        await bench.queue(1, 1, TEXT)
        most = 0.0
        for _ in range(100):
            await asyncio.sleep(0.02)
            most = max(most, bench.line.playout.queued / 8)
        assert 560 <= most <= 640


@pytest.mark.parametrize("delay_ms", [0, 80, 250])
@virtual_time
async def test_interruptions_at_random_moments_never_misjudge_a_word(delay_ms: int) -> None:
    chance = random.Random(delay_ms)
    for turn in range(1, 40):
        async with _bench(delay_ms) as bench:
            await bench.queue(turn, 1, TEXT)
            await asyncio.sleep(chance.uniform(0.0, 3.4))
            heard: Heard = await bench.playback.interrupt(turn)
            await asyncio.sleep(0.6)
            truth_words = bench.line.heard_ms() / WORD_MS
            assert abs(len(heard.text.split()) - truth_words) <= 1.0
            assert f"{heard.text} {heard.unheard}".strip() == TEXT
            assert bench.line.playout.queued == 0


@virtual_time
async def test_marks_that_a_clear_gives_back_prove_nothing() -> None:
    async with _bench(delay_ms=40) as bench:
        await bench.queue(1, 1, TEXT)
        await asyncio.sleep(0.5)
        await bench.playback.interrupt(1)
        await bench.queue(2, 2, "again")
        await asyncio.sleep(2)
        assert [(c.turn, c.utterance) for c in bench.of(UtterancePlayed)] == [(2, 2)]  # type: ignore[attr-defined]


@virtual_time
async def test_a_mark_that_never_comes_back_is_given_up() -> None:
    async with _bench() as bench:
        bench.line._echo = lambda name: None  # type: ignore[method-assign]
        await bench.queue(1, 1, "one")
        await asyncio.sleep((WORD_MS + LATE_MARK_MS) / 1000 - 0.1)
        assert not bench.of(UtterancePlayed)
        await asyncio.sleep(0.3)
        assert len(bench.of(UtterancePlayed)) == 1
        assert bench.playback.late_marks == 1


@virtual_time
async def test_a_dead_line_is_reported_once() -> None:
    async with _bench() as bench:
        bench.line.gone = True
        await bench.queue(1, 1, TEXT)
        await asyncio.sleep(2)
        assert len(bench.of(LineDropped)) == 1
        await bench.playback.interrupt(1)


@virtual_time
async def test_audio_of_any_chunking_makes_whole_frames() -> None:
    async with _bench() as bench:
        bench.playback.begin(1, 1, "odd")
        for size in (1, 159, 161, 7, 0):
            bench.playback.add(1, SpeechChunk(np.full(size, 900, dtype=np.int16)))
        bench.playback.finish(1)
        bench.playback.add(99, SpeechChunk(np.full(10, 1, dtype=np.int16)))
        bench.playback.finish(99)
        await asyncio.sleep(1)
        assert bench.line.heard_ms() == 60
