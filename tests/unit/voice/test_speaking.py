"""The queue in front of the voice: order, pauses, spoken forms, money, and failing engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import InvalidInputError, ProviderError
from core.ids import VoiceName
from core.usage import Usage
from tests.fakes.engines import WORD_MS, FakeSynthesizer
from tests.fakes.far_line import STREAM
from tests.virtual_time import VirtualClock, virtual_time
from voice.commands import Speak
from voice.cues import Cue, SoundMade, UtterancePlayed
from voice.line_cache import LineCache
from voice.playback import Playback
from voice.ports import SpeechChunk
from voice.speaking import CHUNK_WITHIN_S, MOST_WAITING, Speaking

VOICE = VoiceName("en-gb")


@dataclass
class _Line:
    """A carrier that gives no mark back: they are given up."""

    sent: list[str] = field(default_factory=list)

    async def send(self, message: str) -> None:
        self.sent.append(message)


@dataclass
class _Mouth:
    speaking: Speaking
    playback: Playback
    voice: FakeSynthesizer
    used: list[Usage]
    cues: list[Cue]

    def say(self, turn: int, number: int, text: str) -> None:
        self.speaking.say(Speak(turn, number, text))

    @property
    def characters(self) -> list[tuple[int | None, int, bool]]:
        return [(usage.turn, usage.quantity, usage.speculative) for usage in self.used]

    def ends(self) -> list[tuple[int, bool]]:
        return [(c.utterance, c.voiced) for c in self.cues if isinstance(c, UtterancePlayed)]


@asynccontextmanager
async def _mouth(
    voice: FakeSynthesizer | None = None, lines: LineCache | None = None
) -> AsyncIterator[_Mouth]:
    clock, cues, used = VirtualClock(), list[Cue](), list[Usage]()
    voice = voice or FakeSynthesizer()
    begun_s = clock.monotonic_s()
    playback = Playback(
        transport=_Line(),
        stream_sid=STREAM,
        now_ms=lambda: (clock.monotonic_s() - begun_s) * 1000,
        post=cues.append,
        lead_ms=600,
    )
    speaking = Speaking(voice, VOICE, playback, used.append, lines)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(speaking.run()), group.create_task(playback.run())]
        yield _Mouth(speaking, playback, voice, used, cues)
        for task in tasks:
            task.cancel()


@virtual_time
async def test_sentences_are_voiced_in_order_as_they_are_said() -> None:
    async with _mouth() as mouth:
        mouth.say(1, 1, "It is £250 a week.")
        mouth.say(1, 2, "Is that all right?")
        mouth.playback.release(1)
        await asyncio.sleep(1.0)
        heard = await mouth.playback.hush(1)
        assert mouth.voice.spoken == [
            "It is two hundred and fifty pounds a week.",
            "Is that all right?",
        ]
        assert heard.text == "It is"  # and of "£250" less than half
        assert heard.unheard == "£250 a week. Is that all right?"
        assert mouth.characters == [(1, 42, False), (1, 18, False)]


@virtual_time
async def test_what_is_made_of_a_draft_is_paid_when_it_is_known_what_for() -> None:
    async with _mouth() as mouth:
        mouth.say(3, 1, "one two")
        await asyncio.sleep(0.1)
        assert mouth.used == []
        mouth.speaking.forget(3)
        mouth.playback.forget(3)
        assert mouth.characters == [(3, 7, True)]
        mouth.say(3, 2, "three")
        await asyncio.sleep(0.1)
        mouth.playback.release(3)
        mouth.say(3, 3, "four")
        await asyncio.sleep(0.1)
        assert mouth.characters == [(3, 7, True), (3, 5, False), (3, 4, False)]
        mouth.say(4, 4, "five")
        await asyncio.sleep(0.1)
        mouth.speaking.stop(4)
        assert mouth.characters[-1] == (4, 4, False)
        mouth.say(5, 5, "six")
        await asyncio.sleep(0.1)
    assert mouth.characters[-1] == (5, 3, True)  # the call ended before it was released


@virtual_time
async def test_a_pause_lets_the_sentence_in_work_end_and_holds_the_others() -> None:
    async with _mouth(FakeSynthesizer(delay_s=0.5)) as mouth:
        mouth.say(1, 1, "one")
        mouth.say(1, 2, "two")
        mouth.playback.release(1)
        await asyncio.sleep(0.1)
        mouth.say(2, 4, "a draft")
        mouth.speaking.pause()
        await mouth.playback.hush(1)
        mouth.say(1, 3, "three")
        await asyncio.sleep(3)
        assert mouth.voice.spoken == ["one", "a draft"]
        mouth.speaking.forget(2)
        mouth.playback.forget(2)
        mouth.speaking.resume()
        await asyncio.sleep(3)
        assert mouth.voice.spoken == ["one", "a draft", "two", "three"]


@virtual_time
async def test_a_stop_cancels_the_work_and_what_waits_of_its_turn_only() -> None:
    async with _mouth(FakeSynthesizer(delay_s=0.5)) as mouth:
        mouth.playback.release(1)
        mouth.say(1, 1, "one")
        mouth.say(1, 2, "two")
        mouth.say(2, 3, "three")
        await asyncio.sleep(0.1)
        mouth.speaking.pause()
        mouth.speaking.stop(1)
        mouth.playback.silence(1)
        mouth.speaking.stop(7)
        mouth.speaking.resume()
        await asyncio.sleep(2)
        assert mouth.voice.spoken == ["one", "three"]
        assert [c.utterance for c in mouth.cues if isinstance(c, SoundMade)] == [3]


@virtual_time
async def test_a_queue_that_is_full_gives_a_sentence_back_unvoiced() -> None:
    async with _mouth(FakeSynthesizer(delay_s=60)) as mouth:
        mouth.say(1, 1, "in work")
        await asyncio.sleep(0.1)
        for number in range(2, MOST_WAITING + 3):
            mouth.say(1, number, f"number {number}")
        last = MOST_WAITING + 2
        mouth.speaking.stop(1)
        mouth.playback.release(1)
        await asyncio.sleep(0.1)
        assert mouth.ends() == [(1, False)]  # in its order: those before it are not over
        heard = await mouth.playback.hush(1)
        assert heard.unheard.endswith(f"number {last}")
        assert not heard.text


@dataclass
class _Breaking(FakeSynthesizer):
    """Fails, or falls silent, after the first word."""

    silent: bool = False

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        async for chunk in super().synthesize(text, voice):
            yield chunk
            if self.silent:
                await asyncio.sleep(CHUNK_WITHIN_S * 2)
            raise ProviderError("fake-voice", "told to fail", retryable=True)


@virtual_time
async def test_what_an_engine_made_before_it_failed_stands() -> None:
    for silent in (False, True):
        lines = LineCache()
        async with _mouth(_Breaking(silent=silent), lines) as mouth:
            mouth.say(1, 1, "one two three")
            mouth.say(1, 2, "!?")
            mouth.playback.release(1)
            await asyncio.sleep(CHUNK_WITHIN_S + 5)
            assert mouth.ends() == [(1, True), (2, False)]
            heard = await mouth.playback.hush(1)
            assert (heard.text, heard.unheard) == ("one", "two three !?")
            assert lines.size == 0
            assert mouth.characters == [(1, 13, False)]


@dataclass
class _Choosy(FakeSynthesizer):
    """Takes no exclamations."""

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        if "!" in text:
            raise InvalidInputError("No such line.", field="text")
        async for chunk in super().synthesize(text, voice):
            yield chunk


@virtual_time
async def test_a_sentence_that_the_engine_does_not_take_costs_that_sentence_only() -> None:
    async with _mouth(_Choosy()) as mouth:
        mouth.say(1, 1, "No!")
        mouth.say(1, 2, "two")
        mouth.playback.release(1)
        await asyncio.sleep(3)
        assert mouth.ends() == [(1, False), (2, True)]


@virtual_time
async def test_a_line_voiced_before_sounds_at_once_and_costs_nothing() -> None:
    lines = LineCache()
    async with _mouth(FakeSynthesizer(delay_s=0.3), lines) as mouth:
        mouth.say(1, 1, "At 10:30, then.")
        await asyncio.sleep(1)
        mouth.say(1, 2, "At 10:30, then.")
        mouth.playback.release(1)
        await asyncio.sleep(0.01)
        assert mouth.voice.spoken == ["At ten thirty, then."]
        assert mouth.characters == [(1, 20, False)]
        await asyncio.sleep(2 * 4 * WORD_MS / 1000 + 3)
        heard = await mouth.playback.hush(1)
        assert heard.text == "At 10:30, then. At 10:30, then."
        assert mouth.ends() == [(1, True), (2, True)]


@virtual_time
async def test_two_calls_that_want_a_line_at_once_have_it_made_once() -> None:
    lines, voice = LineCache(), FakeSynthesizer(delay_s=0.3)
    async with _mouth(voice, lines) as one, _mouth(voice, lines) as other:
        for mouth in (one, other):
            mouth.playback.release(1)
            mouth.say(1, 1, "Good morning.")
        await asyncio.sleep(0.35)
        assert voice.spoken == ["Good morning."]
        assert [len(mouth.used) for mouth in (one, other)] == [1, 0]
        assert all(any(isinstance(c, SoundMade) for c in mouth.cues) for mouth in (one, other))


@virtual_time
async def test_when_the_call_that_makes_a_line_is_interrupted_the_other_makes_it() -> None:
    lines, voice = LineCache(), FakeSynthesizer(delay_s=0.3)
    async with _mouth(voice, lines) as one, _mouth(voice, lines) as other:
        for mouth in (one, other):
            mouth.playback.release(1)
            mouth.say(1, 1, "Good morning.")
        await asyncio.sleep(0.1)
        one.speaking.stop(1)
        await asyncio.sleep(0.5)
        assert voice.spoken == ["Good morning."] * 2
        assert [len(mouth.used) for mouth in (one, other)] == [1, 1]
        assert lines.size > 0
