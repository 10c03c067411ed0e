"""Whole calls through the emulator, in memory and on virtual time."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from twilio.request_validator import RequestValidator

from emulator.call import CallStatus, ChangeCall, TwimlText
from emulator.caller import SilentCaller, WavCaller
from emulator.network import Delay, Network
from emulator.queue_caller import LineClosedError, QueueCaller
from emulator.timeline import MomentKind
from tests.unit.emulator.toy_gateway import (
    ACCOUNT,
    BASE,
    LEAD,
    OURS,
    STREAM,
    TOKEN,
    Socket,
    ToyGateway,
    listen,
    tone,
    twilio_for,
)
from tests.virtual_time import virtual_time

VOICE = "/twilio/voice"
STATUS = "/twilio/status-callback"
AFTER = "<Say>Goodbye</Say><Hangup/>"


def gateway(play: object = listen, after: str = "") -> ToyGateway:
    return ToyGateway(play=play, answers={VOICE: STREAM.format(after=after)})  # type: ignore[arg-type]  # a test's own coroutine


async def greet(socket: Socket) -> None:
    await socket.play(tone(1000))
    await socket.mark("greeting")
    await socket.rest()


@virtual_time
async def test_an_incoming_call_from_the_first_webhook_to_the_last() -> None:
    toy = gateway(greet)
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await caller.agent_quiet(500)
        utterance = caller.say(tone(400))
        assert await utterance.spoken()
        caller.hang_up()
        await call.done
    assert call.status is CallStatus.COMPLETED
    assert call.ended_by == "caller"
    assert call.errors == []
    assert call.timeline.greeting_ms == 0.0
    (heard,) = call.timeline.agent_sounds
    assert (heard.start_ms, heard.end_ms) == (0.0, 1000.0)
    (said,) = call.timeline.caller_sounds
    assert said.end_ms - said.start_ms == 400.0
    voice, status = toy.requests
    assert (voice["CallStatus"], voice["Direction"], voice["To"]) == ("ringing", "inbound", OURS)
    assert voice["FromCity"] == ""  # blank fields are sent, and signed
    assert (status["CallStatus"], status["SequenceNumber"]) == ("completed", "0")
    assert status["CallDuration"] == "2"
    validator = RequestValidator(TOKEN)
    assert validator.validate(BASE + VOICE, dict(voice.fields), voice.signature)
    assert validator.validate(BASE + STATUS, dict(status.fields), status.signature)


@virtual_time
async def test_the_stream_speaks_twilios_protocol() -> None:
    toy = gateway(greet)
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=2000))
        await call.done
    (socket,) = toy.sockets
    connected, start, *rest = socket.messages[-0:]
    assert start["start"]["callSid"] == call.call_sid
    assert start["start"]["accountSid"] == ACCOUNT
    assert start["start"]["customParameters"] == {"call_id": "c-1"}
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    numbered = [start, *rest]
    assert [m["sequenceNumber"] for m in numbered] == [str(n + 1) for n in range(len(numbered))]
    media = [m["media"] for m in rest if m["event"] == "media"]
    assert [m["chunk"] for m in media] == [str(n + 1) for n in range(len(media))]
    assert [m["timestamp"] for m in media] == [str(20 * (n + 1)) for n in range(len(media))]
    assert {len(m["payload"]) for m in media} == {216}
    assert base64.b64decode(media[0]["payload"]) == b"\xff" * 160
    assert socket.names("mark") == ["greeting"]
    assert rest[-1]["event"] == "stop"
    assert RequestValidator(TOKEN).validate(
        "ws://localhost:8000/stream", {}, socket.headers["x-twilio-signature"]
    )


@virtual_time
async def test_what_the_caller_says_arrives_to_the_byte() -> None:
    toy = gateway()
    speech = tone(200, hz=300)
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await caller.say(speech).spoken()
        caller.hang_up()
        await call.done
    payloads = [m["media"]["payload"] for m in toy.sockets[0].messages if m["event"] == "media"]
    sent = b"".join(base64.b64decode(payload) for payload in payloads)
    said = call.recording.said()
    assert np.abs(said).max() > 7000
    assert sent == call.recording.said_mulaw()[: len(sent)]
    stereo = call.recording.stereo()
    assert stereo.shape[1] == 2
    assert np.array_equal(stereo[: len(said), 0], said)


@virtual_time
async def test_barge_in_is_measured_from_the_first_sample_to_silence() -> None:
    async def play(socket: Socket) -> None:
        await socket.play(tone(5000))
        await socket.mark("one")
        await socket.mark("two")
        while (message := await socket.until("media")) is not None:
            payload = base64.b64decode(message["media"]["payload"])
            if payload != b"\xff" * 160:
                await socket.clear()
                break
        await socket.rest()

    toy = gateway(play)
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await caller.agent_speaking(1000)
        await caller.say_now(tone(600)).spoken()
        caller.hang_up()
        await call.done
    (barge_in,) = call.timeline.barge_ins
    assert barge_in.to_silence_ms == 20.0  # one frame until it is sent
    assert toy.sockets[0].names("mark") == ["one", "two"]
    assert [m.detail for m in call.timeline.of(MomentKind.MARK_CLEARED)] == ["one", "two"]
    assert call.timeline.of(MomentKind.MARK_PLAYED) == ()
    assert call.timeline.talked_over_ms == 20.0
    (stretch,) = call.streams[0].playout.stretches
    assert (stretch.end - stretch.start) / 8 == barge_in.silent_at_ms


@virtual_time
async def test_the_network_delays_both_ways_and_keeps_the_order() -> None:
    async def play(socket: Socket) -> None:
        for _ in range(20):
            await socket.play(tone(20))
        await socket.mark("end")
        await socket.rest()

    network = Network(up=Delay(40, 30), down=Delay(60, 30))
    toy = gateway(play)
    async with twilio_for(toy, network=network) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=1500))
        await call.done
    numbers = [int(m["sequenceNumber"]) for m in toy.sockets[0].messages if "sequenceNumber" in m]
    assert numbers == list(range(1, len(numbers) + 1))
    greeting_ms = call.timeline.greeting_ms
    assert greeting_ms is not None
    assert 100 <= greeting_ms <= 160
    assert call.timeline.agent_sounds[0].end_ms == pytest.approx(greeting_ms + 400, abs=30)


@virtual_time
async def test_after_a_lost_socket_the_following_verbs_run() -> None:
    toy = gateway(greet, AFTER)
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await caller.agent_speaking(300)
        call.drop_socket()
        await call.done
    assert [fault.code for fault in call.errors] == [31903]
    assert [m.detail for m in call.timeline.of(MomentKind.ANNOUNCED)] == ["Goodbye"]
    assert call.ended_by == "twiml"
    assert len(call.timeline.agent_sounds) == 1  # the hum follows the cut tone at once
    with pytest.raises(LineClosedError):
        await caller.agent_quiet(1)


@virtual_time
async def test_a_server_that_closes_the_socket_is_followed_by_the_connect_action() -> None:
    async def play(socket: Socket) -> None:
        await socket.until("media")
        await socket.close()

    toy = ToyGateway(play=play)
    toy.answers[VOICE] = STREAM.format(after="<Say>never</Say>").replace(
        "<Connect>", '<Connect action="/after?x=1">'
    )
    toy.answers["/after"] = "<Response><Pause length='2'/><Hangup/></Response>"
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31921]
    (after,) = toy.at("/after")
    assert after["CallStatus"] == "in-progress"
    assert RequestValidator(TOKEN).validate(
        BASE + "/after?x=1", dict(after.fields), after.signature
    )
    assert call.timeline.of(MomentKind.ANNOUNCED) == ()
    assert call.duration_s == 3


@virtual_time
async def test_a_refused_socket_is_followed_by_the_next_verbs() -> None:
    toy = gateway(after=AFTER)
    toy.accepts = False
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31920]
    assert [m.detail for m in call.timeline.of(MomentKind.ANNOUNCED)] == ["Goodbye"]


@pytest.mark.parametrize("is_strict", [True, False])
def test_a_message_twilio_does_not_take_is_fatal_when_strict(*, is_strict: bool) -> None:
    async def play(socket: Socket) -> None:
        await socket.send({"event": "sing", "streamSid": socket.stream_sid})
        await greet(socket)

    @virtual_time
    async def run() -> None:
        toy = gateway(play, AFTER)
        async with twilio_for(toy, is_strict=is_strict) as twilio:
            call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=3000))
            await call.done
        assert [fault.code for fault in call.errors] == [31924]
        assert call.ended_by == ("twiml" if is_strict else "caller")

    run()


@virtual_time
async def test_the_api_can_give_a_live_call_another_flow() -> None:
    toy = gateway(greet, AFTER)
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        await caller.agent_speaking(100)
        twilio.change(call, ChangeCall(TwimlText("<Response><Say>Changed</Say></Response>")))
        await call.done
    assert toy.sockets[0].messages[-1]["event"] == "stop"
    assert [m.detail for m in call.timeline.of(MomentKind.ANNOUNCED)] == ["Changed"]
    assert call.errors == []


@virtual_time
async def test_keys_reach_the_server_in_the_order_pressed() -> None:
    toy = gateway()
    async with twilio_for(toy) as twilio:
        caller = QueueCaller()
        call = twilio.dial_in(LEAD, OURS, caller)
        caller.press("1#")
        caller.hang_up()
        await call.done
    pressed = [m["dtmf"] for m in toy.sockets[0].messages if m["event"] == "dtmf"]
    assert pressed == [
        {"track": "inbound_track", "digit": "1"},
        {"track": "inbound_track", "digit": "#"},
    ]


@virtual_time
async def test_a_wav_caller_takes_turns() -> None:
    async def play(socket: Socket) -> None:
        sounding = False
        await socket.play(tone(800))
        quiet = 0
        while (message := await socket.until("media")) is not None:
            is_silent = base64.b64decode(message["media"]["payload"]) == b"\xff" * 160
            quiet = quiet + 1 if is_silent else 0
            sounding = sounding or not is_silent
            if sounding and quiet == 25:
                sounding = False
                await socket.play(tone(700))

    toy = gateway(play)
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, WavCaller([tone(300), tone(400)], quiet_ms=600))
        await call.done
    assert call.ended_by == "caller"
    assert [s.end_ms - s.start_ms for s in call.timeline.caller_sounds] == [300.0, 400.0]
    assert len(call.timeline.agent_sounds) == 3
    assert call.timeline.v2v_ms == (500.0, 500.0)  # 25 frames of silence
