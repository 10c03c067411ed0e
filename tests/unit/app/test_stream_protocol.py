"""The media socket's own protocol: pings, floods, and frames however they are cut."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.utils import apply_mask

from api.incoming import OFFER, SHORTCUT
from app.stream_protocol import PINGS_AT_ONCE, MediaProtocol

MOST_BYTES = 300  # of a message
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


def frame(first: int, body: bytes, form: int = 0, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    """A client's frame; ``form``: at least so many bytes tell its length. No mask: unmasked."""
    size, masked = len(body), 0x80 if mask else 0
    if form == 8 or size >= 1 << 16:
        head = bytes([first, masked | 127]) + size.to_bytes(8, "big")
    elif form == 2 or size >= 126:
        head = bytes([first, masked | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, masked | size])
    return head + mask + (apply_mask(body, mask) if mask else body)


texts = st.builds(
    frame,
    st.just(0x81),
    st.sampled_from([b"", b"heard", b"x" * 200, "caf\u00e9".encode(), b"\xff\xfe"]),
    st.sampled_from([0, 2, 8]),
    st.binary(min_size=4, max_size=4),
)
others = st.sampled_from(
    [
        frame(0x01, b"first ") + frame(0x80, b"and last"),
        frame(0x01, b"first ") + frame(0x89, b"ping") + frame(0x80, b"and last"),
        frame(0x01, b"first ") + frame(0x81, b"another"),  # may not come in between
        frame(0x80, b"of nothing"),
        frame(0x82, b"bytes"),
        frame(0x89, b"ping"),
        frame(0x8A, b"pong"),
        frame(0xC1, b"a bit that is reserved"),
        frame(0x83, b"no such kind"),
        frame(0x81, b"x" * (MOST_BYTES + 1)),
        frame(0x81, b"unmasked", mask=b""),
        frame(0x88, b"\x03\xe8"),
        b"\x81\xff" + b"\xff" * 8,  # longer than anything
        b"\x81",
    ]
)


async def outcome(stream: bytes, cuts: list[int], *, parsed: bool) -> tuple[object, ...]:
    """What comes of ``stream`` cut into pieces; ``parsed``: by the library's parser alone.

    Bytes come to that one by one: what it had read before a fault in the same piece, it forgets.
    """
    protocol, line = await upgrade()
    if parsed:
        protocol._is_framed = False
        cuts = list(range(len(stream)))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, end in pairwise(edges):
        if not line.is_closed:
            protocol.data_received(stream[start:end])
    received = [protocol.queue.get_nowait() for _ in range(protocol.queue.qsize())]
    written, state = line.written, protocol.conn.state
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    return received, written, state, line.is_closed, protocol.is_flooded


@settings(max_examples=60)
@given(
    st.lists(texts | others, max_size=8).map(b"".join),
    st.lists(st.integers(1, 1000), max_size=12),
)
def test_frames_mean_the_same_however_they_are_read_and_cut(stream: bytes, cuts: list[int]) -> None:
    whole = asyncio.run(outcome(stream, [], parsed=True))
    assert asyncio.run(outcome(stream, cuts, parsed=False)) == whole


async def test_the_shortcut_is_offered_text_while_nothing_waits(
    upgraded: tuple[MediaProtocol, Line],
) -> None:
    protocol, _ = upgraded
    offered: list[bytes] = []

    def takes(message: bytes) -> bool:
        offered.append(message)
        return message != b"not this"

    protocol.scope["extensions"][SHORTCUT][OFFER](takes)  # type: ignore[operator]
    protocol.data_received(frame(0x81, b"one") + frame(0x81, b"not this") + frame(0x81, b"two"))
    assert offered == [b"one", b"not this"]
    texts = [protocol.queue.get_nowait()["text"] for _ in range(2)]  # type: ignore[typeddict-item]
    assert texts == ["not this", "two"]  # in their order
    protocol.shortcut(None)
    protocol.data_received(frame(0x81, b"three"))
    assert protocol.queue.qsize() == 1
    protocol.connection_lost(None)


async def upgrade(behind: bytes = b"") -> tuple[MediaProtocol, Line]:
    config = Config(
        _hold,
        ws=MediaProtocol,
        ws_ping_interval=None,
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
    )
    config.load()
    protocol, line = MediaProtocol(config, ServerState(), {}), Line()
    protocol.connection_made(line)
    protocol.data_received(UPGRADE + behind)
    for _ in range(5):
        await asyncio.sleep(0)
    assert line.written.startswith(b"HTTP/1.1 101")
    line.written = b""
    return protocol, line


@pytest.fixture
async def upgraded() -> tuple[MediaProtocol, Line]:
    return await upgrade()


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


async def test_a_client_that_does_not_wait_for_the_answer_is_read_by_the_parser() -> None:
    early = frame(0x81, b"early\r\n\r\n")
    protocol, line = await upgrade(early)
    protocol.data_received(early[:1])
    protocol.data_received(early[1:])
    assert protocol.queue.qsize() == 1
    assert not line.is_closed
    protocol.connection_lost(None)
