"""Orders to calls from outside, what ends them, and what the API shows of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from emulator.call import CallStatus, ChangeCall, TwimlAt, TwimlText
from emulator.call_form import ApiRefusalError
from emulator.caller import Act, SilentCaller
from emulator.exchange import Declined, Pickup
from emulator.g711 import SILENT_FRAME
from emulator.links import MediaLink
from emulator.queue_caller import QueueCaller
from emulator.resource import call_json
from emulator.timeline import MomentKind
from tests.unit.emulator.test_emulated_dialling import order
from tests.unit.emulator.toy_gateway import (
    BASE,
    LEAD,
    OURS,
    STREAM,
    ToyGateway,
    listen,
    twilio_for,
)
from tests.virtual_time import START, virtual_time

VOICE = "/twilio/voice"


@virtual_time
async def test_who_gives_up_while_it_rings_is_never_connected() -> None:
    toy = ToyGateway(answers={VOICE: STREAM.format(after="")})
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        call.hang_up()
        await call.done
        assert caller.is_closed
        assert (call.status, toy.sockets) == (CallStatus.CANCELED, [])
        ringing = twilio.place(order())  # nobody is at home
        twilio.change(ringing, "completed")
        await ringing.done
    assert ringing.status is CallStatus.CANCELED


@virtual_time
async def test_a_ringing_call_cannot_be_given_another_flow() -> None:
    toy = ToyGateway()
    async with twilio_for(toy, people={LEAD: Pickup(SilentCaller(), ring_ms=900)}) as twilio:
        call = twilio.place(order(TwimlText("<Response><Pause length='2'/></Response>")))
        with pytest.raises(ApiRefusalError) as refused:
            twilio.change(call, ChangeCall(TwimlText("<Response/>")))
        call.order(ChangeCall(TwimlText("<Response/>")))  # and if it came to pass, it is ignored
        await call.done
        with pytest.raises(ApiRefusalError):
            twilio.change(call, "canceled")
    assert refused.value.code == 21220
    assert call.duration_s == 2


@virtual_time
async def test_a_live_call_cannot_be_cancelled_and_a_bad_new_flow_ends_it() -> None:
    toy = ToyGateway(answers={VOICE: "<Response><Pause length='60'/></Response>"})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await asyncio.sleep(1)
        with pytest.raises(ApiRefusalError):
            twilio.change(call, "canceled")
        twilio.change(call, ChangeCall(TwimlText("nonsense")))
        await call.done
        other = twilio.dial_in(LEAD, OURS, SilentCaller())
        await asyncio.sleep(1)
        twilio.change(other, "completed")
        await other.done
    assert [fault.code for fault in call.errors] == [12100]
    assert call.ended_by == "application error"
    assert other.ended_by == "api"


@virtual_time
async def test_an_order_during_the_opening_of_a_stream_wins() -> None:
    async def never(url: str, headers: Any) -> MediaLink:
        await asyncio.Event().wait()
        raise AssertionError

    toy = ToyGateway(answers={VOICE: STREAM.format(after="")})
    async with twilio_for(toy, open_link=never) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=500))
        await call.done
    assert (call.ended_by, call.streams) == ("caller", [])


@virtual_time
async def test_the_price_comes_after_the_end() -> None:
    async with twilio_for(ToyGateway(), people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order(TwimlText("<Response><Pause length='61'/></Response>")))
        await call.done
    assert call.ended_at is not None
    shown = call_json(call, call.ended_at)
    assert (shown["price"], shown["duration"], shown["price_unit"]) == (None, "61", "USD")
    assert shown["date_created"] == "Mon, 23 Nov 2026 10:00:00 +0000"
    later = call_json(call, call.ended_at + timedelta(minutes=2))
    assert later["price"] == "-0.02000"
    assert call.created_at == START


@virtual_time
async def test_an_error_of_the_body_comes_out_as_it_is() -> None:
    caller = QueueCaller()

    async def body() -> None:
        async with twilio_for(ToyGateway(answers={VOICE: STREAM.format(after="")})) as twilio:
            twilio.dial_in(LEAD, OURS, caller)
            await asyncio.sleep(1)
            raise KeyError

    with pytest.raises(KeyError):
        await body()
    assert caller.is_closed


class BrokenCaller:
    """A caller with a bug."""

    def live(self, heard: bytes) -> Act:
        raise ZeroDivisionError

    def line_closed(self) -> None:
        pass


@virtual_time
async def test_a_bug_in_a_caller_is_not_hidden() -> None:
    async def body() -> None:
        toy = ToyGateway(answers={VOICE: "<Response><Pause/></Response>"})
        async with twilio_for(toy) as twilio:
            await twilio.dial_in(LEAD, OURS, BrokenCaller()).done
            await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as raised:
        await body()
    assert raised.value.split(ZeroDivisionError)[0] is not None


@virtual_time
async def test_an_incoming_call_can_be_redirected_before_it_is_answered() -> None:
    async with twilio_for(ToyGateway()) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        call.order(ChangeCall(TwimlText("<Response><Say>Hello</Say></Response>")))
        await call.done
    assert [moment.detail for moment in call.timeline.of(MomentKind.ANNOUNCED)] == ["Hello"]


@virtual_time
async def test_later_answers_replace_earlier_ones() -> None:
    async with twilio_for(ToyGateway(), on_dial=lambda _: SilentCaller()) as twilio:
        twilio.answer_at(LEAD, Declined(CallStatus.BUSY))
        busy = twilio.place(order())
        await busy.done
        assert busy.status is CallStatus.BUSY
        assert [call.call_sid for call in twilio.calls()] == [busy.call_sid]
        assert twilio.call("CA0") is None
    with pytest.raises(ValueError, match="busy"):
        Declined(CallStatus.COMPLETED)


@virtual_time
async def test_amd_on_a_call_that_ends_first_says_nothing() -> None:
    toy = ToyGateway()
    leaves = Pickup(SilentCaller(stays_ms=500), detection_ms=2000)
    async with twilio_for(toy, people={LEAD: leaves}) as twilio:
        call = twilio.place(
            order(
                TwimlText("<Response><Pause length='9'/></Response>"),
                machine_detection="Enable",
                amd_callback=TwimlAt(BASE + "/amd"),
            )
        )
        await call.done
    assert toy.at("/amd") == []
    assert (call.answered_by, call.ended_by) == (None, "caller")
    assert call.timeline.of(MomentKind.ENDED)[0].at_ms == pytest.approx(500)


@virtual_time
async def test_leaving_the_emulator_ends_the_calls() -> None:
    toy = ToyGateway(listen, {VOICE: STREAM.format(after="")})
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await asyncio.sleep(1)
    assert call.ended_by == "emulator"
    assert caller.is_closed
    assert toy.sockets[0].messages[-1]["event"] == "stop"


class PunctualCaller:
    """Notes when it is asked to live."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def live(self, heard: bytes) -> Act:
        self.times.append(asyncio.get_running_loop().time())
        return SILENT_FRAME

    def line_closed(self) -> None:
        pass


@virtual_time
async def test_ten_minutes_of_frames_do_not_drift() -> None:
    caller = PunctualCaller()
    toy = ToyGateway(answers={VOICE: "<Response><Pause length='600'/></Response>"})
    async with twilio_for(toy) as twilio:
        await twilio.dial_in(LEAD, OURS, caller).done
    assert len(caller.times) in {29_999, 30_000}  # the last frame and the end coincide
    assert caller.times[-1] - caller.times[0] == pytest.approx(0.02 * (len(caller.times) - 1))
