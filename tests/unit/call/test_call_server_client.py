"""The player's way to the server: what it asks, and how it tells of a no."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from app.call.server_client import ServerClient, ServerRefusedError, read_event
from core.events import LiveEvent, LiveKind
from tests.unit.call.played_calls import seen_call

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer) -> ServerClient:
    return ServerClient("http://server", "parley_key", httpx.MockTransport(answer))


async def test_a_call_is_placed_with_the_key() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, json={"call_id": "7", "call_sid": "CA7", "state": "dialing"})

    async with client(answer) as server:
        assert await server.place("+447700900001", "+442079460100", {"lead_name": "Anna"}) == "7"
    assert asked[0].headers["authorization"] == "Bearer parley_key"
    assert json.loads(asked[0].content) == {
        "to": "+447700900001",
        "from": "+442079460100",
        "variables": {"lead_name": "Anna"},
    }


async def test_a_call_is_read_and_heard() -> None:
    seen = seen_call()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/recording"):
            return httpx.Response(200, content=b"RIFF")
        return httpx.Response(200, text=seen.model_dump_json())

    async with client(answer) as server:
        assert await server.call("CA1") == seen
        assert await server.recording("CA1") == b"RIFF"


async def test_the_live_feed_is_followed() -> None:
    body = (
        ": live feed\n\n"
        'id: 1-0\ndata: {"kind": "said", "at_ms": 5, "data": {"text": "Hello."}}\n\n'
        'data: {"kind": "unheard-of", "at_ms": 5}\n\ndata: {broken\n\n'
        '{"kind": "ended", "at_ms": 9}\n'
    )
    async with client(lambda _: httpx.Response(200, text=body)) as server:
        events = [event async for event in server.live("CA1")]
    assert events == [
        LiveEvent(LiveKind.SAID, 5, {"text": "Hello."}),
        LiveEvent(LiveKind.ENDED, 9, {}),
    ]


async def test_the_engines_are_asked_for() -> None:
    async with client(lambda _: httpx.Response(200, json={"engines": ["a", "b"]})) as server:
        assert await server.engines() == ["a", "b"]
    async with client(lambda _: httpx.Response(200, json=[])) as server:
        assert await server.engines() == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(500, text="broken"), "The server refused (500): broken"),
        (
            httpx.Response(
                422,
                json={
                    "title": "The call is not permitted.",
                    "reasons": [{"code": "own", "message": "Not your number."}, "Too late."],
                },
            ),
            "The server refused (422): The call is not permitted. Not your number. Too late.",
        ),
        (httpx.Response(200, text="hello"), "The server's answer is no JSON."),
        (httpx.Response(200, json={"state": 7}), "The server describes the call wrongly"),
    ],
)
async def test_a_no_is_told_in_words(answer: httpx.Response, message: str) -> None:
    async with client(lambda _: answer) as server:
        with pytest.raises(ServerRefusedError) as caught:
            await server.call("CA1")
    assert str(caught.value).startswith(message)


async def test_a_feed_that_is_not_there_and_a_server_that_is_gone() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with client(lambda _: httpx.Response(404, json={"title": "No."})) as server:
        with pytest.raises(ServerRefusedError, match="404"):
            await anext(server.live("CA1"))
    async with client(gone) as server:
        with pytest.raises(ServerRefusedError, match="cannot be reached: refused"):
            await server.call("CA1")
        with pytest.raises(ServerRefusedError, match="cannot be reached"):
            await anext(server.live("CA1"))


@pytest.mark.parametrize("line", ["", ": waiting", "id: 3", "data: []", 'data: {"kind": "said"}'])
def test_what_is_no_event(line: str) -> None:
    assert read_event(line) is None
