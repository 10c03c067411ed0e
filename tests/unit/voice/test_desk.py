"""The desk: one session a call, room for so many, an orderly end for all of them."""

from __future__ import annotations

import asyncio
import wave
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.call import EndReason
from core.card import CallCard
from core.errors import NotFoundError, ProviderError, RefusedError
from core.ids import CallSid
from tests.calls.stage import STREAM, FarEnd, card, shared_vad
from tests.fakes.conversation import FakeConversation, Line
from tests.fakes.engines import FakeCallLog, FakeFeed, FakeSynthesizer, FakeTranscriber
from tests.virtual_time import VirtualClock, virtual_time
from voice.config import VoiceConfig
from voice.desk import Desk


@dataclass
class _House:
    lines: list[Line]
    is_empty: bool = False
    opens_in_s: float = 0.0
    brain: str = "fake-brain/1"

    async def open(self, card: CallCard) -> FakeConversation:
        if self.is_empty:
            raise NotFoundError("script", card.script.name)
        await asyncio.sleep(self.opens_in_s)
        return FakeConversation(self.lines)


@dataclass
class _Carrier:
    is_broken: bool = False
    ended: list[CallSid] = field(default_factory=list)

    async def hang_up(self, call_sid: CallSid) -> None:
        if self.is_broken:
            raise ProviderError("carrier", "told to fail", retryable=False)
        self.ended.append(call_sid)


@dataclass
class _Rig:
    desk: Desk
    house: _House
    carrier: _Carrier
    log: FakeCallLog

    async def call(self, line: FarEnd) -> EndReason:
        async with asyncio.TaskGroup() as group:
            phone = group.create_task(line.run())
            reason = await self.desk.hold(card(), STREAM, line, line.events())
            phone.cancel()
        return reason


def _rig(
    *lines: Line, record_to: Path | None = None, max_live: int = 2, is_empty: bool = False
) -> _Rig:
    carrier, log = _Carrier(), FakeCallLog()
    house = _House(list(lines), is_empty)
    desk = Desk(
        house=house,
        transcriber=FakeTranscriber(),
        synthesizer=FakeSynthesizer(),
        vad=shared_vad(),
        carrier=carrier,
        log=log,
        feed=FakeFeed(),
        clock=VirtualClock(),
        config=VoiceConfig(record_to=record_to, max_live=max_live),
    )
    return _Rig(desk, house, carrier, log)


GOODBYE = Line(["Goodbye now."], ends_call=True)
LONG = Line(["this is a sentence that goes on and on for quite a while"])


@virtual_time
async def test_a_call_that_the_agent_ends_is_ended_at_the_carrier_too() -> None:
    rig = _rig(GOODBYE)
    assert rig.desk.engines == ("fake-ears/1", "fake-brain/1", "fake-voice/1")
    assert await rig.call(FarEnd()) is EndReason.AGENT_HUNG_UP
    assert rig.carrier.ended == [card().call_sid]
    assert rig.desk.live == 0


@virtual_time
async def test_a_carrier_that_does_not_answer_does_not_matter() -> None:
    rig = _rig(GOODBYE)
    rig.carrier.is_broken = True
    assert await rig.call(FarEnd()) is EndReason.AGENT_HUNG_UP


@virtual_time
async def test_a_call_that_the_caller_ended_is_left_alone() -> None:
    rig = _rig(LONG)
    line = FarEnd()
    asyncio.get_running_loop().call_later(1.0, line.hang_up)
    assert await rig.call(line) is EndReason.CALLER_HUNG_UP
    assert rig.carrier.ended == []


@virtual_time
async def test_room_is_counted_and_draining_takes_no_more() -> None:
    rig = _rig(LONG, max_live=1)
    line = FarEnd()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.call(line))
        await asyncio.sleep(0.5)
        assert (rig.desk.live, rig.desk.has_room, rig.desk.is_draining) == (1, False, False)
        drain = group.create_task(rig.desk.drain(30.0))
        await asyncio.sleep(1)
        assert not drain.done()
        assert rig.desk.is_draining
        line.hang_up()
    assert (rig.desk.live, rig.desk.has_room) == (0, False)


@virtual_time
async def test_a_call_whose_stream_came_twice_is_known_until_the_second_ends() -> None:
    rig = _rig(LONG, max_live=2)
    first, second = FarEnd(), FarEnd()
    async with asyncio.TaskGroup() as group:
        old = group.create_task(rig.call(first))
        await asyncio.sleep(0.5)
        group.create_task(rig.call(second))
        await asyncio.sleep(0.5)
        first.hang_up()
        await old
        assert rig.desk.call_ids == {card().call_id}
        assert rig.desk.order(card().call_id, "One moment.", ends_call=False)
        second.hang_up()
    assert not rig.desk.call_ids
    assert not rig.desk.order(card().call_id, "Too late.", ends_call=False)


@virtual_time
async def test_draining_ends_what_outlasts_the_deadline() -> None:
    rig = _rig(LONG, LONG)
    async with asyncio.TaskGroup() as group:
        call = group.create_task(rig.call(FarEnd()))
        await asyncio.sleep(0.5)
        await rig.desk.drain(3.0)
    assert call.result() is EndReason.SHUT_DOWN


@virtual_time
async def test_draining_ends_a_call_that_was_still_being_opened() -> None:
    rig = _rig(LONG)
    rig.house.opens_in_s = 5.0
    async with asyncio.TaskGroup() as group:
        call = group.create_task(rig.call(FarEnd()))
        await asyncio.sleep(0.5)
        async with asyncio.timeout(7):
            await rig.desk.drain(3.0)
    assert call.result() is EndReason.SHUT_DOWN
    assert [reason for reason, _, _ in rig.log.ends] == [EndReason.SHUT_DOWN]


@virtual_time
async def test_draining_ends_both_streams_of_a_call_that_came_twice() -> None:
    rig = _rig(LONG)
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(rig.call(FarEnd())) for _ in range(2)]
        await asyncio.sleep(0.5)
        async with asyncio.timeout(7):
            await rig.desk.drain(3.0)
    assert [call.result() for call in calls] == [EndReason.SHUT_DOWN] * 2


@virtual_time
async def test_an_empty_desk_drains_at_once() -> None:
    await _rig(LONG).desk.drain(0.0)


@virtual_time
async def test_a_script_that_does_not_exist_is_said_before_anything_starts() -> None:
    rig = _rig(GOODBYE, is_empty=True)
    with pytest.raises(NotFoundError):
        await rig.desk.hold(card(), STREAM, FarEnd(), FarEnd().events())
    assert rig.log.cards == []


@virtual_time
async def test_a_recorded_call_names_its_recording(tmp_path: Path) -> None:
    rig = _rig(GOODBYE, record_to=tmp_path / "recordings")
    await rig.call(FarEnd())
    ((_, _, recording),) = rig.log.ends
    assert recording == f"recordings/{card().call_id}.wav"
    with wave.open(str(tmp_path / recording)) as file:
        assert file.getnframes() > 600 * 8


@virtual_time
async def test_a_folder_that_cannot_be_written_costs_the_recording_not_the_call(
    tmp_path: Path,
) -> None:
    (tmp_path / "recordings").write_text("in the way")
    rig = _rig(GOODBYE, record_to=tmp_path / "recordings")
    assert await rig.call(FarEnd()) is EndReason.AGENT_HUNG_UP
    assert rig.log.ends[0][2] is None


@virtual_time
async def test_a_closing_desk_refuses_and_knows_whom_it_holds() -> None:
    rig = _rig(LONG)
    line = FarEnd()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.call(line))
        await asyncio.sleep(0.5)
        assert rig.desk.call_ids == {card().call_id}
        group.create_task(rig.desk.drain(30.0))
        await asyncio.sleep(0.1)
        with pytest.raises(RefusedError):
            await rig.desk.hold(card(), STREAM, line, line.events())
        line.hang_up()
    assert rig.desk.call_ids == frozenset()


@virtual_time
async def test_a_call_that_was_cut_short_is_left_to_the_carrier_which_speaks_our_apology() -> None:
    rig = _rig(LONG)
    async with asyncio.TaskGroup() as group:
        call = group.create_task(rig.call(FarEnd()))
        await asyncio.sleep(0.5)
        await rig.desk.drain(1.0)
    assert call.result() is EndReason.SHUT_DOWN
    assert rig.carrier.ended == []
