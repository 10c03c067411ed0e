"""Playing a call: what goes wrong becomes a result, and everything ends."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import httpx
import numpy as np

from app.call.console import Silence
from app.call.house import House
from app.call.parts import scenario_part
from app.call.player import Part, Player
from app.call.result import CallResult
from app.call.scenario import load
from app.call.server_client import ServerClient
from core.call import Outcome
from emulator.carrier import EmulatedTwilio
from tests.virtual_time import VirtualClock, virtual_time
from voice.ports import Pcm

HOUSE = House("http://server", "parley_key", "AC" + "0" * 32, "token")
NUMBERS = ["+447700900001", "+447700900002", "+447700900003"]


def speak(_: str) -> Pcm:
    return np.full(800, 4000, dtype=np.int16)


def part(name: str, limit_s: float = 120) -> Part:
    return scenario_part(load(name), speak, limit_s)


class Server:
    """A server that answers a call with one TwiML document, and places calls or does not."""

    def __init__(self, twiml: str, place: list[httpx.Response] | None = None) -> None:
        self._twiml = twiml
        self._place = place or []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/twilio/voice":
            return httpx.Response(
                200, text=self._twiml, headers={"content-type": "application/xml"}
            )
        if request.method == "POST" and request.url.path == "/api/calls":
            return self._place.pop(0)
        if request.url.path.startswith("/api/"):
            return httpx.Response(404, json={"title": "There is no such call."})
        return httpx.Response(204)


async def play(server: Server, wanted: Part) -> CallResult:
    transport = httpx.MockTransport(server)
    async with (
        httpx.AsyncClient(transport=transport) as http,
        EmulatedTwilio(
            HOUSE.account_sid,
            HOUSE.auth_token,
            HOUSE.base_url,
            clock=VirtualClock(),
            http=http,
            serves_rest=False,
        ) as carrier,
        ServerClient(HOUSE.base_url, HOUSE.api_key, transport) as client,
    ):
        player = Player(HOUSE, carrier, client, VirtualClock(), ZoneInfo("Europe/London"), NUMBERS)
        assert await player.engines() == []
        return (await player.play(wanted, Silence())).result


@virtual_time
async def test_a_call_without_a_stream_has_failed() -> None:
    result = await play(Server("<Response><Hangup/></Response>"), part("inbound"))
    assert result.outcome is Outcome.FAILED
    assert "before anybody could talk" in result.problems[0]


@virtual_time
async def test_a_call_that_never_ends_has_failed() -> None:
    server = Server('<Response><Pause length="600"/></Response>')
    result = await play(server, part("inbound", limit_s=30))
    assert result.problems == ["The call was not over after 30 s."]
    assert 29 < result.seconds < 32


@virtual_time
async def test_a_refused_number_is_not_the_last_one() -> None:
    no = httpx.Response(422, json={"title": "Opted out."})
    server = Server("", [no, no, no, httpx.Response(422, json={"title": "All opted out."})])
    result = await play(server, part("booking"))
    assert result.problems == ["The server refused (422): All opted out."]
    assert server.asked.count("POST /api/calls") == 4


@virtual_time
async def test_another_no_is_final() -> None:
    server = Server("", [httpx.Response(401, json={"title": "Who are you?"})])
    result = await play(server, part("booking"))
    assert result.problems == ["The server refused (401): Who are you?"]


@virtual_time
async def test_a_server_with_another_carrier_is_noticed() -> None:
    placed = httpx.Response(201, json={"call_id": "1", "call_sid": None, "state": "queued"})
    result = await play(Server("", [placed]), part("booking"))
    assert result.problems == ["The server placed the call with another carrier than ours."]
