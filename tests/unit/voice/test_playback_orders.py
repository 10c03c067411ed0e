"""Any order of drafts, releases, hushes and echoes: each sentence ends once, and nothing leaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from core.speech import Heard
from emulator.network import Delay
from tests.fakes.far_line import Bench, far_line
from tests.fakes.played_words import Speech, speech
from tests.virtual_time import virtual_time
from voice.cues import SoundMade, SoundPlayed, SoundStarted, UtterancePlayed

TEXTS = (
    "yes",
    "of course",
    "a flat in Hove",
    "that is fine, thank you.",
    "one two three four five",
)
MOVES = ("say", "slow", "fail", "release", "hush", "resume", "silence", "forget", "wait", "wait")

LONGEST_WORD_MS = 600  # of tests.fakes.far_line.speech


@dataclass
class _Life:
    """What a ledger was told, and what it must hold to."""

    bench: Bench
    turn: int = 1
    number: int = 0
    replies: dict[int, list[Speech]] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    released: set[int] = field(default_factory=set)  # turns that may sound now
    once_released: set[int] = field(default_factory=set)
    heard: dict[int, Heard] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)  # sentences that were silenced or forgotten

    def say(self, seed: int, *, how: str) -> None:
        self.number += 1
        one = speech(self.number, TEXTS[seed % len(TEXTS)], 1000 * self.number + seed)
        self.replies.setdefault(self.turn, []).append(one)
        playback = self.bench.playback
        if how == "say":
            self.bench.say(self.turn, one)
            return
        self.bench.line.words.speeches[one.number] = one
        playback.begin(self.turn, one.number, one.text)
        if how == "slow":
            chunks = one.chunks(600)
            loop = asyncio.get_running_loop()
            for after, chunk in enumerate(chunks):
                loop.call_later(0.06 * after, playback.add, one.number, chunk)
            loop.call_later(0.06 * len(chunks), playback.finish, one.number)
        else:
            self.failed.add(one.number)
            playback.finish(one.number, whole=False)

    def release(self) -> None:
        self.bench.playback.release(self.turn)
        self.released.add(self.turn)
        self.once_released.add(self.turn)
        for turn in [turn for turn in self.replies if turn < self.turn]:
            if turn not in self.released:
                self.drop(turn)

    async def hush(self) -> None:
        heard = await self.bench.playback.hush(self.turn)
        self.released.discard(self.turn)
        said = self.replies.get(self.turn, [])
        told = f"{heard.text} {heard.unheard}".split()
        reply = " ".join(one.text for one in said).split()
        if any(one.number in self.failed for one in said):  # unheard, though later ones were
            told, reply = sorted(told), sorted(reply)
        assert told == reply
        before = self.heard.get(self.turn)
        if before is not None:
            assert len(heard.text) >= len(before.text)
            assert heard.heard_ms >= before.heard_ms
        self.heard[self.turn] = heard

    async def silence(self) -> None:
        await self.hush()
        self.bench.playback.silence(self.turn)
        self.drop(self.turn)
        self.turn += 1

    async def forget(self) -> None:
        await self.hush()
        self.bench.playback.forget(self.turn)
        self.drop(self.turn)

    def drop(self, turn: int) -> None:
        self.gone.update(one.number for one in self.replies.pop(turn, []))
        self.released.discard(turn)
        self.heard.pop(turn, None)

    def ends(self) -> list[int]:
        return [cue.utterance for cue in self.bench.of(UtterancePlayed)]

    def check(self) -> None:
        """What must hold at every moment."""
        ends = Counter(self.ends())
        assert all(count == 1 for count in ends.values())
        turns = {one.number: turn for turn, said in self.replies.items() for one in said}
        sounded = set(self.bench.line.words.reached)
        assert all(turns[number] in self.once_released for number in sounded & turns.keys())
        starts = [cue.turn for cue in self.bench.of(SoundStarted)]
        assert set(starts) <= self.once_released
        assert len(self.bench.of(SoundPlayed)) <= len(starts)
        assert self.bench.playback.ahead_ms <= 600


async def _move(life: _Life, data: DataObject) -> None:
    move = data.draw(st.sampled_from(MOVES))
    match move:
        case "say" | "slow" | "fail":
            life.say(data.draw(st.integers(0, 999)), how=move)
        case "release" | "resume":
            life.release()
        case "hush":
            await life.hush()
        case "silence":
            await life.silence()
        case "forget":
            await life.forget()
        case _:
            await asyncio.sleep(data.draw(st.sampled_from((0.0, 0.03, 0.11, 0.5, 1.7))))
    life.check()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_in_any_order_each_sentence_ends_once(data: DataObject) -> None:
    @virtual_time
    async def play() -> None:
        delay = Delay(base_ms=20, jitter_ms=data.draw(st.sampled_from((0, 120))))
        async with far_line(delay=delay, seed=data.draw(st.integers(0, 99))) as bench:
            life = _Life(bench)
            for _ in range(data.draw(st.integers(1, 25))):
                await _move(life, data)
            life.release()
            left = {one.number for said in life.replies.values() for one in said}
            async with asyncio.timeout(120):
                while not left <= set(life.ends()):
                    await asyncio.sleep(0.5)
            life.check()
            voiced = {cue.utterance for cue in bench.of(UtterancePlayed) if cue.voiced}
            assert not voiced & life.failed
            for number in left - life.failed:
                assert bench.line.words.reached[number] == len(
                    bench.line.words.speeches[number].text.split()
                )
            made = Counter(cue.utterance for cue in bench.of(SoundMade))
            assert all(count == 1 for count in made.values())
            assert bench.playback.late_marks == 0
            assert (
                bench.line.words.skipped_ms <= LONGEST_WORD_MS + 200 + 120
            )  # a pause, and the jitter

    play()
