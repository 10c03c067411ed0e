"""Lines voiced before: kept whole, bounded, and made once for all who want them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from core.errors import InvalidInputError
from core.ids import VoiceName
from tests.fakes.engines import WORD_MS, FakeSynthesizer
from tests.virtual_time import virtual_time
from voice.line_cache import WAIT_S, Line, LineCache, LineKey, warm
from voice.ports import SpeechChunk, WordTime

VOICE = VoiceName("en-gb")


def _key(text: str) -> LineKey:
    return LineKey("fake-voice/1", VOICE, text)


def _line(size: int) -> Line:
    return Line(b"\xff" * size, ())


@virtual_time
async def test_a_line_is_made_once_while_others_wait_for_it() -> None:
    lines = LineCache()
    found: list[Line | None] = []

    async def want() -> None:
        found.append(await lines.obtain(_key("Hello.")))

    assert await lines.obtain(_key("Hello.")) is None
    async with asyncio.TaskGroup() as calls:
        for _ in range(3):
            calls.create_task(want())
        await asyncio.sleep(1)
        assert found == []
        lines.keep(_key("Hello."), _line(800))
    assert found == [_line(800)] * 3
    assert (lines.hits, lines.misses) == (3, 1)


@virtual_time
async def test_a_line_that_was_not_made_is_made_by_one_of_those_who_wait() -> None:
    lines = LineCache()
    assert await lines.obtain(_key("Hello.")) is None
    async with asyncio.TaskGroup() as calls:
        waiting = [calls.create_task(lines.obtain(_key("Hello."))) for _ in range(2)]
        await asyncio.sleep(0.5)
        lines.leave(_key("Hello."))
        lines.leave(_key("Hello."))
        await asyncio.sleep(0.5)
        assert [task.done() for task in waiting] == [True, False]
        assert waiting[0].result() is None
        lines.keep(_key("Hello."), _line(8))
    assert waiting[1].result() == _line(8)


@virtual_time
async def test_nobody_waits_long_for_a_line_that_is_stuck() -> None:
    lines, loop = LineCache(limit_bytes=2000), asyncio.get_running_loop()
    begun_s = loop.time()
    assert await lines.obtain(_key("Hello.")) is None
    assert await lines.obtain(_key("Hello.")) is None
    assert loop.time() - begun_s == pytest.approx(WAIT_S)
    async with asyncio.TaskGroup() as calls:
        third = calls.create_task(lines.obtain(_key("Hello.")))
        await asyncio.sleep(WAIT_S / 2)
        lines.keep(_key("Hello."), _line(800))
    assert third.result() == _line(800)
    lines.keep(_key("Hello."), _line(900))  # the first was only slow
    lines.leave(_key("Hello."))
    assert lines.size == 900
    assert await lines.obtain(_key("Hello.")) == _line(900)


@virtual_time
async def test_the_line_not_used_for_longest_makes_room() -> None:
    lines = LineCache(limit_bytes=2500)
    for text in ("a", "b"):
        assert await lines.obtain(_key(text)) is None
        lines.keep(_key(text), _line(1000))
    assert await lines.obtain(_key("a")) is not None
    assert await lines.obtain(_key("c")) is None
    lines.keep(_key("c"), _line(1000))
    assert lines.size == 2000
    assert await lines.obtain(_key("a")) is not None
    assert await lines.obtain(_key("b")) is None
    lines.keep(_key("b"), Line(b"\xff" * 2000, (WordTime(0, 1, 0, 10),) * 6))  # too big alone
    assert lines.size == 0


@virtual_time
async def test_fixed_lines_are_made_in_their_spoken_form_before_a_caller_comes() -> None:
    lines, voice = LineCache(), FakeSynthesizer(broken=frozenset({"never said"}))
    texts = ("It is £5 now.", "It is £5 now.", "never said", "", "**")
    characters = await warm(lines, voice, VOICE, texts)
    assert voice.spoken == ["It is five pounds now.", "never said"]
    assert characters == sum(map(len, voice.spoken))
    line = await lines.obtain(_key("It is five pounds now."))
    assert line is not None
    assert len(line.sound) == 5 * WORD_MS * 8
    assert [word.at_ms for word in line.words] == [0, 300, 600, 900, 1200]
    assert await warm(lines, voice, VOICE, texts[:1]) == 0
    assert await lines.obtain(_key("never said")) is None


@virtual_time
async def test_fixed_lines_stay_however_much_else_is_said() -> None:
    voice = FakeSynthesizer()
    one_s = 3 * WORD_MS * 8
    lines = LineCache(limit_bytes=6 * one_s)
    assert await lines.obtain(_key("one two three")) is None
    lines.keep(_key("one two three"), _line(one_s))  # a call was quicker
    await warm(lines, voice, VOICE, ["one two three", "four five six", "seven eight nine"])
    assert voice.spoken == ["four five six", "seven eight nine"]
    for number in range(20):
        assert await lines.obtain(_key(f"reply {number}")) is None
        lines.keep(_key(f"reply {number}"), _line(one_s))
    assert lines.size <= 6 * one_s
    assert await lines.obtain(_key("one two three")) is not None
    assert await lines.obtain(_key("four five six")) is not None
    assert await lines.obtain(_key("seven eight nine")) is None  # half the room is for replies
    assert await lines.obtain(_key("reply 19")) is not None


@dataclass
class _Choosy(FakeSynthesizer):
    """Takes no long lines."""

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        if len(text) > 10:
            raise InvalidInputError("The line is too long.", field="text")
        async for chunk in super().synthesize(text, voice):
            yield chunk


@virtual_time
async def test_a_line_that_no_voice_can_say_does_not_keep_the_others_cold() -> None:
    lines = LineCache()
    await warm(lines, _Choosy(), VOICE, ["Hello there, you.", "Hello."])
    assert await lines.obtain(_key("Hello.")) is not None
    assert await lines.obtain(_key("Hello there, you.")) is None


@virtual_time
async def test_a_warming_that_is_cancelled_keeps_nobody_waiting() -> None:
    lines = LineCache()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await warm(lines, FakeSynthesizer(delay_s=5), VOICE, ["Hello."])
    assert await lines.obtain(_key("Hello.")) is None
