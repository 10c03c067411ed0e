"""A tiny customer of Twilio for the emulator's tests: webhooks and a media socket, in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import numpy as np

from core.clock import Entropy
from emulator.asgi_link import AsgiApp, AsgiLinks
from emulator.carrier import EmulatedTwilio
from emulator.g711 import LINE_HZ, Pcm, encode
from tests.virtual_time import VirtualClock

BASE = "http://localhost:8000"
ACCOUNT = "AC" + "a" * 32
TOKEN = "12345"
LEAD = "+447700900123"
OURS = "+442079460100"

STREAM = (
    '<Response><Connect><Stream url="ws://localhost:8000/stream">'
    '<Parameter name="call_id" value="c-1"/></Stream></Connect>{after}</Response>'
)


def tone(ms: int, hz: int = 440) -> Pcm:
    """A loud tone whose first and last samples are loud, so that its edges are exact."""
    time = np.arange(ms * LINE_HZ // 1000) / LINE_HZ
    return (8000 * np.cos(2 * np.pi * hz * time)).astype(np.int16)


@dataclass
class Request:
    """One webhook that came."""

    method: str
    path: str
    fields: list[tuple[str, str]]
    signature: str

    def __getitem__(self, name: str) -> str:
        return dict(self.fields)[name]

    def get(self, name: str) -> str | None:
        return dict(self.fields).get(name)


class Socket:
    """The server's end of one media socket."""

    def __init__(self, headers: dict[str, str], receive: Any, send: Any) -> None:
        self.headers = headers
        self.messages: list[dict[str, Any]] = []
        self.stream_sid = ""
        self._receive = receive
        self._send = send

    async def next(self) -> dict[str, Any] | None:
        """The next message; None when Twilio has left."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            return None
        message: dict[str, Any] = json.loads(event["text"])
        self.messages.append(message)
        if message["event"] == "start":
            self.stream_sid = message["streamSid"]
        return message

    async def until(self, event: str) -> dict[str, Any] | None:
        """The next message of this kind; None when Twilio has left."""
        while True:
            message = await self.next()
            if message is None or message["event"] == event:
                return message

    async def rest(self) -> None:
        """Take in everything until Twilio leaves."""
        while await self.next() is not None:
            pass

    async def send(self, message: dict[str, Any] | str) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self._send({"type": "websocket.send", "text": text})

    async def play(self, pcm: Pcm) -> None:
        payload = base64.b64encode(encode(pcm)).decode()
        await self.send(
            {"event": "media", "streamSid": self.stream_sid, "media": {"payload": payload}}
        )

    async def mark(self, name: str) -> None:
        await self.send({"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}})

    async def clear(self) -> None:
        await self.send({"event": "clear", "streamSid": self.stream_sid})

    async def close(self) -> None:
        await self._send({"type": "websocket.close", "code": 1000})

    def names(self, event: str) -> list[str]:
        return [m[event]["name"] for m in self.messages if m["event"] == event]


Play = Callable[[Socket], Awaitable[None]]


async def listen(socket: Socket) -> None:
    """A gateway that says nothing."""
    await socket.rest()


@dataclass
class ToyGateway:
    """Answers webhooks from ``answers`` (path to TwiML or status) and streams with ``play``."""

    play: Play = listen
    answers: dict[str, str | int] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)
    accepts: bool = True

    def at(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if scope["type"] == "websocket":
            await self._stream(headers, receive, send)
        else:
            await self._webhook(scope, headers, receive, send)

    async def _stream(self, headers: dict[str, str], receive: Any, send: Any) -> None:
        await receive()
        if not self.accepts:
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        socket = Socket(headers, receive, send)
        self.sockets.append(socket)
        await socket.until("start")
        await self.play(socket)

    async def _webhook(self, scope: Any, headers: dict[str, str], receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        query = scope["query_string"] if scope["method"] == "GET" else body
        fields = parse_qsl(query.decode(), keep_blank_values=True)
        path = scope["path"]
        signature = headers.get("x-twilio-signature", "")
        self.requests.append(Request(scope["method"], path, fields, signature))
        answer = self.answers.get(path, "<Response/>")
        status, text = (answer, "") if isinstance(answer, int) else (200, answer)
        kind = b"text/plain" if text.startswith("plain") else b"application/xml; charset=utf-8"
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", kind)],
            }
        )
        await send({"type": "http.response.body", "body": text.encode()})


def steady_entropy() -> Entropy:
    """Repeatable 'random' bytes that never repeat themselves."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.sha256(str(drawn).encode()).digest()[:count]

    return draw


@asynccontextmanager
async def twilio_for(gateway: AsgiApp, **options: Any) -> AsyncIterator[EmulatedTwilio]:
    """An emulated Twilio whose customer is ``gateway``, all in memory."""
    transport = httpx.ASGITransport(gateway)
    async with (
        httpx.AsyncClient(transport=transport) as http,
        AsgiLinks(gateway) as links,
        EmulatedTwilio(
            ACCOUNT,
            TOKEN,
            BASE,
            clock=VirtualClock(),
            entropy=steady_entropy(),
            http=http,
            serves_rest=False,
            **{"open_link": links, **options},
        ) as twilio,
    ):
        yield twilio
