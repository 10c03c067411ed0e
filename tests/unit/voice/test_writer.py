"""The writer: entries are written as they come; money and proofs outlast a log that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from core.ids import CallId
from core.speech import Evidence, MustHear
from core.timing import TurnTiming
from core.usage import Unit, Usage
from tests.fakes.engines import FakeCallLog
from tests.virtual_time import virtual_time
from voice.ledger import AGAIN_S, CLOSE_S, GATHER_S, MOST_WAITING, WRITE_TIMEOUT_S, CallWriter

CALL = CallId(UUID(int=1))
PROOF = Evidence(1, MustHear.IDENTITY, "e1:7", 400)


class _Away(FakeCallLog):
    """Fails, or hangs, for as long as it is away."""

    is_away = True
    hangs = False

    async def used(
        self, call_id: CallId, usage: Sequence[Usage], timings: Sequence[TurnTiming] = ()
    ) -> None:
        await self._be_away()
        await super().used(call_id, usage, timings)

    async def proved(self, call_id: CallId, evidence: Evidence) -> None:
        await self._be_away()
        await super().proved(call_id, evidence)

    async def _be_away(self) -> None:
        if self.is_away and self.hangs:
            await asyncio.sleep(WRITE_TIMEOUT_S * 2)
        if self.is_away:
            raise ConnectionError("gone")


def decoded(quantity: int, turn: int | None = 1) -> Usage:
    return Usage("pocketsphinx", Unit.STT_MILLISECOND, quantity, turn)


@virtual_time
async def test_the_writer_gathers_what_a_turn_brings_and_writes_evidence_at_once() -> None:
    log = FakeCallLog()
    writer = CallWriter(CALL, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        for count in (1, 2):
            writer.add(Usage("espeak-ng", Unit.TTS_CHARACTER, count))
            await asyncio.sleep(GATHER_S / 4)
            assert not log.usage
        await asyncio.sleep(GATHER_S)
        assert len(log.usage) == 2
        writer.add(PROOF)
        await asyncio.sleep(0.01)
        assert log.evidence == [PROOF]
        writer.add(Usage("espeak-ng", Unit.TTS_CHARACTER, 3))
        writer.add(TurnTiming(1, 0))
        writer.finish()
    assert len(log.usage) == 3
    assert (log.evidence, log.timings) == ([PROOF], [TurnTiming(1, 0)])


@virtual_time
async def test_a_log_that_was_away_gets_everything_once_when_it_is_back() -> None:
    log = _Away()
    writer = CallWriter(CALL, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        for quantity in range(1, 11):
            writer.add(decoded(quantity))
            writer.add(PROOF)
            await asyncio.sleep(AGAIN_S / 3)
        assert not log.usage
        log.is_away = False
        await asyncio.sleep(AGAIN_S + 0.1)
        assert [usage.quantity for usage in log.usage] == list(range(1, 11))
        assert log.evidence == [PROOF] * 10
        writer.finish()
    assert len(log.usage) == 10


@virtual_time
async def test_what_waits_is_bounded_and_no_usage_is_lost() -> None:
    log = _Away()
    writer = CallWriter(CALL, log)
    for number in range(3 * MOST_WAITING):
        writer.add(decoded(10, turn=number % 3))
        writer.add(TurnTiming(number, 0))
    writer.add(PROOF)
    writer.add(decoded(10, turn=None))
    log.is_away = False
    await writer.flush()
    assert len(log.usage) == MOST_WAITING + 1, "one of a new kind is taken when it is full, too"
    assert writer.merged == 2 * MOST_WAITING
    for turn in range(3):
        assert sum(u.quantity for u in log.usage if u.turn == turn) == 10 * MOST_WAITING
    assert len(log.timings) == MOST_WAITING
    assert log.timings[-1].turn == 3 * MOST_WAITING - 1
    assert writer.dropped == 2 * MOST_WAITING
    assert log.evidence == [PROOF]


@virtual_time
async def test_usage_that_comes_during_a_write_is_not_written_twice() -> None:
    class Slow(FakeCallLog):
        async def used(
            self, call_id: CallId, usage: Sequence[Usage], timings: Sequence[TurnTiming] = ()
        ) -> None:
            await asyncio.sleep(1)
            await super().used(call_id, usage, timings)

    log = Slow()
    writer = CallWriter(CALL, log)
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        for _ in range(MOST_WAITING):
            writer.add(decoded(1))
        await asyncio.sleep(0.5)
        for _ in range(5):  # full, and all that waits is being written
            writer.add(decoded(1))
        writer.finish()
    assert sum(usage.quantity for usage in log.usage) == MOST_WAITING + 5


@virtual_time
async def test_a_log_that_hangs_does_not_hold_up_the_end_and_what_is_lost_is_told() -> None:
    log = _Away()
    log.hangs = True
    writer = CallWriter(CALL, log)
    for number in range(40):
        writer.add(decoded(number))
        writer.add(TurnTiming(number, 0))
    began = asyncio.get_running_loop().time()
    with structlog.testing.capture_logs() as lines:
        await writer.flush()
    assert asyncio.get_running_loop().time() - began <= CLOSE_S
    lost = [line for line in lines if line["event"] == "call log entry lost"]
    assert len(lost) == 80
    assert repr(decoded(7)) in [line["entry"] for line in lost]
