"""The small parts of a call: inbox, stopwatch, writer, ear, patience."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest

from core.call import EndReason
from core.ids import CallId
from core.speech import AnswerKind, Expectation
from core.timing import TurnTiming
from core.usage import Unit, Usage
from tests.calls.stage import shared_vad
from tests.fakes.engines import FakeCallLog
from tests.virtual_time import virtual_time
from voice.audio import g711
from voice.commands import Measure, Stage
from voice.cues import LineDropped, VoiceWindow
from voice.endpointing import PAUSE_MS, WINDOW_MS, Patience, pause_ms, windows_of
from voice.hearing import KEEP_S, Hearing
from voice.inbox import MOST_WAITING, Inbox
from voice.latency import Stopwatch
from voice.ledger import WRITE_TIMEOUT_S, CallWriter

CALL = CallId(UUID(int=1))


@virtual_time
async def test_a_full_inbox_drops_the_oldest_windows_and_nothing_else() -> None:
    inbox = Inbox()
    inbox.put(LineDropped(0, EndReason.SHUT_DOWN))
    for at in range(MOST_WAITING + 10):
        inbox.put(VoiceWindow(at, at, 0.0))
    assert inbox.dropped == 11
    assert isinstance(await inbox.get(), LineDropped)
    first = await inbox.get()
    assert isinstance(first, VoiceWindow)
    assert first.at_ms == 11


@virtual_time
async def test_an_inbox_full_of_answers_still_takes_answers() -> None:
    inbox = Inbox()
    for at in range(MOST_WAITING + 3):
        inbox.put(LineDropped(at, EndReason.SHUT_DOWN))
    assert inbox.dropped == 0


def test_the_first_note_of_a_stage_counts() -> None:
    watch = Stopwatch()
    assert watch.take(1) is None
    watch.note(Measure(1, Stage.FIRST_SENT, 40))
    assert watch.take(1) is None, "a turn without a beginning has no waterfall"
    for at in (10, 20):
        watch.note(Measure(2, Stage.SPEECH_END, at))
        watch.note(Measure(2, Stage.FIRST_SENT, at + 300))
    assert watch.open_turns == (2,)
    timing = watch.take(2)
    assert timing is not None
    assert (timing.speech_end_ms, timing.v2v_ms) == (10, 300)
    watch.note(Measure(3, Stage.SPEECH_END, 1))
    watch.forget(3)
    assert watch.open_turns == ()


class _Broken(FakeCallLog):
    async def used(self, call_id: CallId, usage: Sequence[Usage]) -> None:
        raise ConnectionError("gone")

    async def timed(self, call_id: CallId, timing: TurnTiming) -> None:
        await asyncio.sleep(WRITE_TIMEOUT_S * 2)


@virtual_time
async def test_a_log_that_fails_or_hangs_does_not_stop_the_writer() -> None:
    writer = CallWriter(CALL, _Broken())
    writer.add(Usage("pocketsphinx", Unit.STT_MILLISECOND, 5))
    writer.add(TurnTiming(1, 0))
    await writer.flush()


@virtual_time
async def test_the_writer_writes_as_entries_come() -> None:
    log = FakeCallLog()
    writer = CallWriter(CALL, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        for count in (1, 2):
            writer.add(Usage("espeak-ng", Unit.TTS_CHARACTER, count))
            await asyncio.sleep(0.01)
            assert len(log.usage) == count
        writer.add(Usage("espeak-ng", Unit.TTS_CHARACTER, 3))
        writer.finish()
    assert len(log.usage) == 3


def test_the_ear_keeps_the_last_minute_and_cuts_by_position() -> None:
    hearing = Hearing(shared_vad())
    for second in range(KEEP_S + 30):
        hearing.feed(g711.encode(np.full(8000, second * 100, dtype=np.int16)))
    assert hearing.position_ms == (KEEP_S + 30) * 1000
    cut = hearing.cut(80_500, 81_500)
    assert cut.size == 8000
    assert abs(int(cut[0]) - 8000) <= 256
    assert abs(int(cut[-1]) - 8100) <= 256
    assert hearing.cut(0, 1000).size == 0, "long gone"
    assert Hearing(shared_vad()).cut(0, 100).size == 0


@pytest.mark.parametrize("kind", AnswerKind)
def test_the_pause_follows_what_was_asked(kind: AnswerKind) -> None:
    patience = Patience()
    assert pause_ms(Expectation(frozenset({kind})), patience) == PAUSE_MS[kind]
    assert pause_ms(Expectation(frozenset({kind})), Patience(extra_pause_ms=100)) == (
        PAUSE_MS[kind] + 100
    )
    both = Expectation(frozenset({kind, AnswerKind.POSTCODE}))
    assert pause_ms(both, patience) == PAUSE_MS[AnswerKind.POSTCODE]
    assert pause_ms(Expectation(frozenset()), patience) == PAUSE_MS[AnswerKind.OPEN]


@pytest.mark.parametrize(
    ("length_ms", "windows"), [(0, 1), (1, 1), (32, 1), (33, 2), (64, 2), (128, 4), (1000, 32)]
)
def test_a_length_is_as_many_windows_as_cover_it(length_ms: int, windows: int) -> None:
    assert windows_of(length_ms) == windows
    assert windows * WINDOW_MS >= length_ms
