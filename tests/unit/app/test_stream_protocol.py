"""The media socket's own protocol: pings of a good client, and of a flood."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from app.stream_protocol import PINGS_AT_ONCE, MediaProtocol

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\x82\x00\x00\x00\x00hi"
PONG = b"\x8a\x02hi"


class Line(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({})
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True


async def _hold(_scope: object, receive: Any, send: Any) -> None:
    """Let the client in, answer each message, and go when it goes."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": "heard"})


@pytest.fixture
async def upgraded() -> tuple[MediaProtocol, Line]:
    config = Config(_hold, ws=MediaProtocol, ws_ping_interval=None, log_config=None)
    config.load()
    protocol, line = MediaProtocol(config, ServerState(), {}), Line()
    protocol.connection_made(line)
    protocol.data_received(UPGRADE)
    for _ in range(5):
        await asyncio.sleep(0)
    assert line.written.startswith(b"HTTP/1.1 101")
    line.written = b""
    return protocol, line


async def test_a_ping_that_comes_while_the_client_is_behind_ends_nothing(
    upgraded: tuple[MediaProtocol, Line],
) -> None:
    protocol, line = upgraded
    protocol.pause_writing()
    protocol.data_received(PING)
    assert (protocol.is_flooded, line.written) == (False, b"")
    protocol.resume_writing()
    protocol.data_received(PING)
    assert line.written.endswith(PONG)
    protocol.data_received(b"\x81\x82\x00\x00\x00\x00hi")
    for _ in range(5):
        await asyncio.sleep(0)
    assert line.written.endswith(b"heard")
    assert not line.is_closed
    protocol.connection_lost(None)


async def test_more_pings_than_any_carrier_sends_are_a_flood(
    upgraded: tuple[MediaProtocol, Line],
) -> None:
    protocol, line = upgraded
    protocol.pause_writing()
    protocol.data_received(PING * PINGS_AT_ONCE)
    assert not protocol.is_flooded
    protocol.data_received(PING * 2)
    assert protocol.is_flooded
    assert line.is_closed
    assert b"\x03\xf0flood" in line.written  # 1008
    protocol.connection_lost(None)
