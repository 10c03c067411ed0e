"""The real Twilio SDK, and real sockets, against the emulator."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import numpy as np
import pytest
from aiohttp import WSMsgType, web
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from app.clock import MachineClock
from emulator.caller import SilentCaller
from emulator.carrier import EmulatedTwilio
from emulator.exchange import Pickup
from emulator.faults import FaultError
from emulator.g711 import encode
from emulator.links import open_websocket
from emulator.queue_caller import QueueCaller
from emulator.timeline import MomentKind

# The SDK signs in in a way that this aiohttp calls old.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]

ACCOUNT = "AC" + "b" * 32
TOKEN = "secret"
LEAD = "+447700900123"
OURS = "+442079460100"
TONE = (8000 * np.cos(2 * np.pi * 440 * np.arange(1600) / 8000)).astype(np.int16)

Talk: TypeAlias = Callable[[web.WebSocketResponse, str], Awaitable[None]]


class Gateway:
    """A customer's server on a real port."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.base = ""
        self.forms: list[dict[str, str]] = []
        self.events: list[str] = []
        self.bad_signatures = 0

    async def webhook(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        self._check(self.base + request.path_qs, form, request)
        url = self.base.replace("http", "ws") + "/stream"
        text = f'<Response><Connect><Stream url="{url}?x=1"/></Connect><Say>Bye</Say></Response>'
        return web.Response(text=text, content_type="application/xml")

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query_string == ""
        self._check(self.base.replace("http", "ws") + "/stream", {}, request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            event = json.loads(message.data)
            self.events.append(event["event"])
            if event["event"] == "start":
                await self.talk(socket, event["streamSid"])
        return socket

    def _check(self, url: str, form: dict[str, str], request: web.Request) -> None:
        signature = request.headers["X-Twilio-Signature"]
        if not RequestValidator(TOKEN).validate(url, form, signature):
            self.bad_signatures += 1


async def say_tone(socket: web.WebSocketResponse, stream_sid: str) -> None:
    payload = base64.b64encode(encode(TONE)).decode()
    for message in (
        {"event": "media", "streamSid": stream_sid, "media": {"payload": payload}},
        {"event": "mark", "streamSid": stream_sid, "mark": {"name": "said"}},
    ):
        await socket.send_json(message)


@asynccontextmanager
async def running(talk: Talk = say_tone) -> AsyncIterator[Gateway]:
    gateway = Gateway(talk)
    app = web.Application()
    app.router.add_post("/{path:.*}", gateway.webhook)
    app.router.add_get("/stream", gateway.stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sdk(twilio: EmulatedTwilio, token: str = TOKEN) -> AsyncIterator[Any]:
    async with AsyncTwilioHttpClient(timeout=5) as http:
        client = Client(ACCOUNT, token, http_client=http)
        client.api.base_url = twilio.rest_url
        yield client


async def test_the_sdk_places_watches_and_ends_a_call_over_real_sockets() -> None:
    caller = QueueCaller()
    async with (
        running() as gateway,
        EmulatedTwilio(
            ACCOUNT,
            TOKEN,
            gateway.base,
            clock=MachineClock(),
            people={LEAD: Pickup(caller, ring_ms=20)},
            setup_ms=10,
        ) as twilio,
        sdk(twilio) as client,
    ):
        created = await client.calls.create_async(
            to=LEAD,
            from_=OURS,
            url=gateway.base + "/twilio/voice/c-1",
            status_callback=gateway.base + "/status",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            timeout=25,
            time_limit=600,
            async_amd="true",
            machine_detection="Enable",
        )
        assert created.sid.startswith("CA")
        assert (created.status, created.direction) == ("queued", "outbound-api")
        assert (created.to, created._from, created.price) == (LEAD, OURS, None)
        await caller.agent_quiet(100)
        shown = await client.calls(created.sid).fetch_async()
        assert shown.status == "in-progress"
        assert isinstance(shown.start_time, datetime)
        await client.calls(created.sid).update_async(status="completed")
        call = twilio.call(created.sid)
        assert call is not None
        await call.done
        ended = await client.calls(created.sid).fetch_async()
        assert ended.status == "completed"
        assert int(ended.duration) == call.duration_s >= 1
        assert ended.end_time.tzinfo is UTC or ended.end_time.utcoffset() is not None
        (listed,) = await client.calls.list_async(to=LEAD)
        assert listed.sid == created.sid
        with pytest.raises(TwilioRestException) as late:
            await client.calls(created.sid).update_async(status="completed")
        assert (late.value.status, late.value.code) == (400, 21220)
    assert gateway.bad_signatures == 0
    statuses = [form["CallStatus"] for form in gateway.forms if "SequenceNumber" in form]
    assert statuses == ["initiated", "ringing", "in-progress", "completed"]
    assert gateway.events[:2] == ["connected", "start"]
    assert gateway.events[-1] == "stop"
    assert "mark" in gateway.events
    (sound,) = call.timeline.agent_sounds
    assert sound.end_ms - sound.start_ms == 200.0
    assert call.errors == []


async def test_a_killed_socket_is_followed_by_the_next_verb() -> None:
    async def die(socket: web.WebSocketResponse, stream_sid: str) -> None:
        await say_tone(socket, stream_sid)
        transport = socket._req.transport  # type: ignore[union-attr]  # as a dying process does
        assert transport is not None
        transport.abort()

    async with (
        running(die) as gateway,
        EmulatedTwilio(
            ACCOUNT, TOKEN, gateway.base, clock=MachineClock(), serves_rest=False
        ) as twilio,
    ):
        call = twilio.dial_in(LEAD, OURS, SilentCaller())
        await call.done
    assert [fault.code for fault in call.errors] == [31903]
    assert [moment.detail for moment in call.timeline.of(MomentKind.ANNOUNCED)] == ["Bye"]
    assert call.ended_by == "twiml"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to": "", "from_": OURS, "twiml": "<Response/>"}, 400, 21201),
        ({"to": "0207", "from_": OURS, "twiml": "<Response/>"}, 400, 21211),
        ({"to": "+15005550001", "from_": OURS, "twiml": "<Response/>"}, 400, 21217),
        ({"to": LEAD, "from_": "", "twiml": "<Response/>"}, 400, 21213),
        ({"to": LEAD, "from_": "x", "twiml": "<Response/>"}, 400, 21212),
        ({"to": LEAD, "from_": OURS}, 400, 21205),
        ({"to": LEAD, "from_": OURS, "url": "ftp://x"}, 400, 21205),
        ({"to": LEAD, "from_": OURS, "twiml": "x" * 4001}, 400, 21624),
    ],
)
async def test_bad_requests_have_twilios_codes(
    fields: dict[str, str], status: int, code: int
) -> None:
    async with (
        EmulatedTwilio(ACCOUNT, TOKEN, "http://127.0.0.1:1", clock=MachineClock()) as twilio,
        sdk(twilio) as client,
    ):
        with pytest.raises(TwilioRestException) as refused:
            await client.calls.create_async(**fields)
        assert twilio.calls() == ()
    assert (refused.value.status, refused.value.code) == (status, code)


async def test_strangers_and_unknown_calls_are_refused() -> None:
    async with (
        EmulatedTwilio(ACCOUNT, TOKEN, "http://127.0.0.1:1", clock=MachineClock()) as twilio,
        sdk(twilio, "wrong") as stranger,
        sdk(twilio) as client,
    ):
        with pytest.raises(TwilioRestException) as refused:
            await stranger.calls.create_async(to=LEAD, from_=OURS, twiml="<Response/>")
        assert (refused.value.status, refused.value.code) == (401, 20003)
        with pytest.raises(TwilioRestException) as unknown:
            await client.calls("CA" + "0" * 32).fetch_async()
        assert (unknown.value.status, unknown.value.code) == (404, 20404)
        with pytest.raises(TwilioRestException) as foreign:
            await client.api.accounts("AC" + "0" * 32).calls("CA" + "0" * 32).fetch_async()
        assert foreign.value.code == 20404
        async with httpx.AsyncClient(trust_env=False) as http:
            nowhere = await http.get(twilio.rest_url + "/2010-04-01/nothing", auth=(ACCOUNT, TOKEN))
            garbled = await http.get(twilio.rest_url, headers={"Authorization": "Basic &"})
        assert garbled.status_code == 401
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, 20404)


async def test_an_overloaded_api_says_so_as_often_as_asked() -> None:
    async with (
        EmulatedTwilio(ACCOUNT, TOKEN, "http://127.0.0.1:1", clock=MachineClock()) as twilio,
        sdk(twilio) as client,
    ):
        twilio.refuse_next()
        with pytest.raises(TwilioRestException) as refused:
            await client.calls.create_async(to=LEAD, from_=OURS, twiml="<Response/>")
        assert (refused.value.status, refused.value.code) == (429, 20429)
        call = await client.calls.create_async(to=LEAD, from_=OURS, twiml="<Response/>")
        cancelled = await client.calls(call.sid).update_async(status="canceled")
        with pytest.raises(TwilioRestException) as nothing:
            await client.calls(call.sid).update_async(status="paused")
        assert nothing.value.code == 20001
        live = twilio.call(cancelled.sid)
        assert live is not None
        async with asyncio.timeout(5):
            await live.done
    assert live.status == "canceled"


async def test_sockets_that_do_not_open_have_twilios_codes() -> None:
    async with running() as gateway:
        url = gateway.base.replace("http", "ws")
        with pytest.raises(FaultError) as refused:
            await open_websocket(url + "/nothing-here", {})
    assert refused.value.code == 31920
    with pytest.raises(FaultError) as unreachable:
        await open_websocket(url + "/stream", {})
    assert unreachable.value.code == 31901
