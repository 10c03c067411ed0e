"""What goes wrong on the way: full buffers, dead servers, failing callbacks, early ends."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import httpx
import pytest

from emulator.call import CallStatus, TwimlAt, TwimlText
from emulator.caller import SilentCaller
from emulator.links import LinkClosedError, MediaLink
from emulator.network import PIPE_LIMIT
from emulator.timeline import MomentKind
from tests.unit.emulator.test_emulated_dialling import order
from tests.unit.emulator.toy_gateway import (
    BASE,
    LEAD,
    OURS,
    STREAM,
    Socket,
    ToyGateway,
    tone,
    twilio_for,
)
from tests.virtual_time import virtual_time

VOICE = "/twilio/voice"


@virtual_time
async def test_more_than_ten_minutes_ahead_is_dropped_with_one_warning() -> None:
    async def play(socket: Socket) -> None:
        minute = tone(60_000)
        for _ in range(12):
            await socket.play(minute)
        await socket.mark("end")
        await socket.rest()

    toy = ToyGateway(play, {VOICE: STREAM.format(after="")})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=1000))
        await call.done
    assert [fault.code for fault in call.errors] == [31931]
    assert call.streams[0].playout.pending_marks == ("end",)


class DeafLink:
    """A socket whose server never reads: every send waits for ever."""

    def __init__(self) -> None:
        self.aborted = False

    async def send(self, text: str) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> str | bytes:
        await asyncio.Event().wait()
        raise LinkClosedError(clean=False)

    async def close(self) -> None:
        raise AssertionError("a dead socket is cut, not closed")

    def abort(self) -> None:
        self.aborted = True


@virtual_time
async def test_a_server_that_never_reads_counts_as_gone() -> None:
    link = DeafLink()

    async def open_link(url: str, headers: Any) -> MediaLink:
        return link

    toy = ToyGateway(answers={VOICE: STREAM.format(after="<Say>Sorry</Say>")})
    async with twilio_for(toy, open_link=open_link) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31903]
    assert call.errors[0].at_ms == pytest.approx(PIPE_LIMIT * 20, abs=60)
    assert link.aborted
    assert call.ended_by == "twiml"


@virtual_time
async def test_a_deaf_server_does_not_hold_up_the_end_of_the_call() -> None:
    async def open_link(url: str, headers: Any) -> MediaLink:
        return DeafLink()

    toy = ToyGateway(answers={VOICE: STREAM.format(after="")})
    async with twilio_for(toy, open_link=open_link) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=1000))
        await call.done
    assert call.ended_by == "caller"
    assert call.duration_s == 3  # one second of talk, two of farewell


@virtual_time
async def test_failing_status_callbacks_are_listed_and_hold_nothing_up() -> None:
    toy = ToyGateway(answers={"/status": 503})
    async with twilio_for(toy, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order(TwimlText("<Response/>")))
        await call.done
    assert [fault.code for fault in call.errors] == [11200] * 4
    assert call.status is CallStatus.COMPLETED


@virtual_time
async def test_a_failing_connect_action_ends_with_an_apology() -> None:
    async def play(socket: Socket) -> None:
        await socket.close()

    twiml = STREAM.format(after="").replace("<Connect>", "<Connect action='/after'>")
    toy = ToyGateway(play, {VOICE: twiml, "/after": 500})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31921, 11200]
    assert call.ended_by == "application error"


@virtual_time
async def test_refused_streams_tell_their_callback_and_wss_is_required() -> None:
    stream = "<Stream url='ws://far.example/s' statusCallback='/s'/>"
    twiml = f"<Response><Connect>{stream}</Connect></Response>"
    toy = ToyGateway(answers={VOICE: twiml})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31922]
    (told,) = toy.at("/s")
    assert told["StreamEvent"] == "stream-error"
    assert "wss" in told["StreamError"]


@virtual_time
async def test_play_fetches_a_telephone_wav() -> None:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(500).tobytes())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/a.wav":
            await ToyGateway()(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": content.getvalue()})

    plays = f"<Play>{BASE}/a.wav</Play><Play>{BASE}/not-a.wav</Play><Dial>+44123</Dial>"
    async with twilio_for(app, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.place(order(TwimlText(f"<Response>{plays}</Response>")))
        await call.done
    (sound,) = call.timeline.agent_sounds
    assert sound.end_ms - sound.start_ms == 500.0
    assert [fault.code for fault in call.errors] == [12300]


@virtual_time
async def test_a_mark_on_an_empty_buffer_comes_back_at_once() -> None:
    async def play(socket: Socket) -> None:
        await socket.mark("first")
        await socket.rest()

    toy = ToyGateway(play, {VOICE: STREAM.format(after="")})
    async with twilio_for(toy) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller(stays_ms=100))
        await call.done
    assert toy.sockets[0].names("mark") == ["first"]
    (played,) = call.timeline.of(MomentKind.MARK_PLAYED)
    assert played.at_ms == 0.0


@virtual_time
async def test_a_webhook_without_connection_is_tried_twice() -> None:
    tries: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        tries.append(scope["path"])
        if len(tries) == 1 or scope["path"] == "/dead":
            raise httpx.ConnectError("refused")
        await ToyGateway(answers={VOICE: "<Response/>"})(scope, receive, send)

    async with twilio_for(app, people={LEAD: SilentCaller()}) as twilio:
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
        dead = twilio.place(order(TwimlAt(BASE + "/dead#rc=1")))
        await dead.done
    assert tries[:2] == [VOICE, VOICE]
    assert tries.count("/dead") == 2
    assert call.errors == []
    assert [fault.code for fault in dead.errors] == [11200]
