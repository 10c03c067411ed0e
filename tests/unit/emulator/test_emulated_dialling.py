"""Calls placed through the emulator: ringing, answers, callbacks, machines, verbs."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from twilio.request_validator import RequestValidator

from emulator.call import CallPlan, CallStatus, EndCall, LiveCall, TwimlAt, TwimlSource, TwimlText
from emulator.call_form import ApiRefusalError, NewCall
from emulator.caller import SilentCaller
from emulator.carrier import EmulatedTwilio
from emulator.exchange import Bridged, Declined, Pickup
from emulator.timeline import MomentKind
from emulator.webhooks import CallbackTrouble
from tests.unit.emulator.toy_gateway import (
    BASE,
    LEAD,
    OURS,
    STREAM,
    TOKEN,
    Request,
    ToyGateway,
    twilio_for,
)
from tests.virtual_time import virtual_time

ALL = frozenset({"initiated", "ringing", "answered", "completed"})
VOICE = TwimlAt(BASE + "/twilio/voice/c-1")


def order(source: TwimlSource = VOICE, **plan: object) -> NewCall:
    whole = CallPlan(
        source=source,
        status_callback=TwimlAt(BASE + "/status"),
        status_events=ALL,
        **plan,  # type: ignore[arg-type]  # fields by name
    )
    return NewCall(OURS, LEAD, whole)


def steps(requests: Iterable[Request]) -> list[tuple[str, str]]:
    return [(request["SequenceNumber"], request["CallStatus"]) for request in requests]


@virtual_time
async def test_a_call_rings_is_answered_and_ends() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": STREAM.format(after="")})
    people = {LEAD: Pickup(SilentCaller(stays_ms=2500), ring_ms=3000)}
    async with twilio_for(toy, people=people) as twilio:
        call = twilio.place(order())
        assert call.status is CallStatus.QUEUED
        await call.done
    assert steps(toy.at("/status")) == [
        ("0", "initiated"),
        ("1", "ringing"),
        ("2", "in-progress"),
        ("3", "completed"),
    ]
    assert [request.path for request in toy.requests].index("/twilio/voice/c-1") >= 2
    (voice,) = toy.at("/twilio/voice/c-1")
    assert (voice["Direction"], voice["CallStatus"]) == ("outbound-api", "in-progress")
    last = toy.at("/status")[-1]
    assert (last["CallDuration"], last["Duration"], last["SipResponseCode"]) == ("3", "1", "200")
    assert last["Timestamp"] == "Mon, 23 Nov 2026 10:00:05 +0000"
    assert call.answered_at is not None
    assert (call.answered_at - call.created_at).total_seconds() == pytest.approx(3.1)


@pytest.mark.parametrize("status", [CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED])
def test_nobody_comes_to_the_phone(status: CallStatus) -> None:
    @virtual_time
    async def run() -> None:
        toy = ToyGateway()
        async with twilio_for(toy, people={LEAD: Declined(status)}) as twilio:
            call = twilio.place(order())
            await call.done
        assert call.status is status
        assert steps(toy.at("/status"))[-1] == ("2", status.value)
        assert call.timeline.of(MomentKind.ANSWERED) == ()

    run()


@virtual_time
async def test_a_phone_that_rings_longer_than_the_timeout_is_no_answer() -> None:
    toy = ToyGateway()
    people = {LEAD: Pickup(SilentCaller(), ring_ms=30_000)}
    async with twilio_for(toy, people=people) as twilio:
        call = twilio.place(order(ring_s=20))
        await call.done
    assert call.status is CallStatus.NO_ANSWER
    assert call.ended_at is not None
    assert (call.ended_at - call.created_at).total_seconds() == pytest.approx(20.1)


@virtual_time
async def test_callbacks_come_twice_and_out_of_order_on_request() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": "<Response><Pause/></Response>"})
    trouble = CallbackTrouble(duplicates=1, is_reordered=True, late_ms=50)
    async with twilio_for(toy, people={LEAD: SilentCaller()}, trouble=trouble) as twilio:
        await twilio.place(order()).done
    assert steps(toy.at("/status")) == [
        ("1", "ringing"),
        ("1", "ringing"),
        ("0", "initiated"),
        ("0", "initiated"),
        ("3", "completed"),
        ("3", "completed"),
        ("2", "in-progress"),
        ("2", "in-progress"),
    ]


@virtual_time
async def test_only_the_wanted_callbacks_are_sent_and_counted() -> None:
    toy = ToyGateway()
    plan = CallPlan(source=TwimlText("<Response/>"), status_callback=TwimlAt(BASE + "/status"))
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        await twilio.place(NewCall(OURS, LEAD, plan)).done
    assert steps(toy.at("/status")) == [("0", "completed")]


@virtual_time
async def test_a_machine_is_detected_beside_the_call_or_before_it() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": "<Response><Pause length='5'/></Response>"})
    machine = Pickup(SilentCaller(), answered_by="machine_start", detection_ms=1800)
    async with twilio_for(toy, on_dial=lambda _: machine) as twilio:
        beside = order(
            machine_detection="Enable", is_async_amd=True, amd_callback=TwimlAt(BASE + "/amd")
        )
        await twilio.place(beside).done
        before = twilio.place(order(machine_detection="Enable"))
        await before.done
    (told,) = toy.at("/amd")
    assert (told["AnsweredBy"], told["MachineDetectionDuration"]) == ("machine_start", "1800")
    first, second = toy.at("/twilio/voice/c-1")
    assert first.get("AnsweredBy") is None
    assert second["AnsweredBy"] == "machine_start"
    assert before.answered_by == "machine_start"


@virtual_time
async def test_a_ringing_call_can_be_cancelled_and_an_ended_one_not_changed() -> None:
    toy = ToyGateway()
    people = {LEAD: Pickup(SilentCaller(), ring_ms=10_000)}
    async with twilio_for(toy, people=people) as twilio:
        call = twilio.place(order())
        twilio.change(call, "canceled")
        await call.done
        assert call.status is CallStatus.CANCELED
        with pytest.raises(ApiRefusalError) as refused:
            twilio.change(call, "completed")
        assert refused.value.code == 21220


@virtual_time
async def test_the_time_limit_ends_a_call() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": STREAM.format(after="")})
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order(time_limit_s=30))
        await call.done
    assert (call.ended_by, call.duration_s) == ("time limit", 30)
    assert toy.sockets[0].messages[-1]["event"] == "stop"


async def conducted(twilio: EmulatedTwilio, twiml: str) -> LiveCall:
    call = twilio.place(order(TwimlText(f"<Response>{twiml}</Response>")))
    await call.done
    return call


@virtual_time
async def test_verbs_one_after_the_other() -> None:
    toy = ToyGateway(
        answers={
            "/next": "<Response><Say>Second</Say><Dial action='/dialled'>+44123</Dial></Response>",
            "/dialled": "<Response><Play digits='12'/><Hangup/><Say>never</Say></Response>",
        }
    )
    transfers: list[str] = []

    def transfer(number: str) -> Bridged:
        transfers.append(number)
        return Bridged(CallStatus.BUSY, after_ms=1500)

    async with twilio_for(toy, people={LEAD: SilentCaller()}, on_transfer=transfer) as twilio:
        call = await conducted(
            twilio,
            f"<Say loop='2'>First</Say><Pause length='3'/><Redirect>{BASE}/next</Redirect>",
        )
    said = [moment.detail for moment in call.timeline.of(MomentKind.ANNOUNCED)]
    assert said == ["First", "Second", "12"]
    assert transfers == ["+44123"]
    (dialled,) = toy.at("/dialled")
    assert dialled["DialCallStatus"] == "busy"
    assert call.duration_s == 6  # 0.65 + 3 + 0.39 + 1.5 + 0.4 s, a started second counts
    assert call.errors == []


@virtual_time
async def test_webhooks_may_ask_for_get() -> None:
    toy = ToyGateway(answers={"/get": "<Response/>"})
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        await twilio.place(order(TwimlAt(BASE + "/get", "GET"))).done
    (asked,) = toy.at("/get")
    assert (asked.method, asked["To"]) == ("GET", LEAD)
    assert asked.signature


@virtual_time
async def test_a_failing_webhook_is_replaced_by_the_fallback() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": 500, "/fallback": "<Response/>"})
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order(fallback=TwimlAt(BASE + "/fallback")))
        await call.done
    (fallback,) = toy.at("/fallback")
    assert (fallback["ErrorCode"], fallback["ErrorUrl"]) == ("11200", VOICE.url)
    assert RequestValidator(TOKEN).validate(
        BASE + "/fallback", dict(fallback.fields), fallback.signature
    )
    assert [fault.code for fault in call.errors] == [11200]


@pytest.mark.parametrize(
    ("answer", "code"), [(404, 11200), ("plain text", 12300), ("<Response>", 12100)]
)
def test_without_a_fallback_twilio_apologises_and_hangs_up(answer: str | int, code: int) -> None:
    @virtual_time
    async def run() -> None:
        toy = ToyGateway(answers={"/twilio/voice/c-1": answer})
        async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
            call = twilio.place(order())
            await call.done
        assert [fault.code for fault in call.errors] == [code]
        assert call.ended_by == "application error"
        assert call.timeline.greeting_ms is not None

    run()


@virtual_time
async def test_an_incoming_call_may_be_rejected() -> None:
    toy = ToyGateway(answers={"/twilio/voice": "<Response><Reject reason='busy'/></Response>"})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert call.status is CallStatus.BUSY
    assert call.answered_at is None


@virtual_time
async def test_stream_callbacks_tell_of_start_and_stop() -> None:
    twiml = STREAM.format(after="").replace(
        "<Stream ", "<Stream name='n' statusCallback='/stream-status' "
    )
    toy = ToyGateway(answers={"/twilio/voice/c-1": twiml})
    async with twilio_for(toy, people={LEAD: SilentCaller(stays_ms=500)}) as twilio:
        await twilio.place(order()).done
    events = [(r["StreamEvent"], r["StreamName"]) for r in toy.at("/stream-status")]
    assert events == [("stream-started", "n"), ("stream-stopped", "n")]


@virtual_time
async def test_the_end_of_a_call_is_never_overruled() -> None:
    toy = ToyGateway(answers={"/twilio/voice/c-1": "<Response><Pause length='9'/></Response>"})
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order())
        call.order(EndCall("test", CallStatus.CANCELED))
        call.order(EndCall("later"))
        await call.done
    assert call.ended_by == "test"
