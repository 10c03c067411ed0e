"""Hostile stream clients on real sockets: a good call goes on, all that is refused is counted."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from api.incoming import MOST_MALFORMED
from api.twilio_signature import sign
from api.waiting_room import MOST_FROM_ONE
from tests.integration.api.hostile_client import (
    BINARY,
    CONTINUED,
    PING,
    HostileClient,
    frame,
    knock,
    peak_mb,
)
from tests.unit.api.doors import BASE, TOKEN
from tests.unit.api.stream_messages import CONNECTED, media, start, stop
from tests.unit.api.test_carrier_hooks import INBOUND, parameters

PATIENCE_S = 3.0  # of the server, in place of its ten seconds
CROWD = 1000  # connections without a start
MOST_GROWTH_MB = 48.0  # of the server's memory under all of it: 20 kB for each socket, and floods
TIMEOUT_S = 60.0

numbers = itertools.count(1)


def text(message: object) -> bytes:
    return frame(message.encode() if isinstance(message, str) else json.dumps(message).encode())


class Gateway:
    """The server process, as its clients know it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.pid = port, pid
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    async def streams(self) -> dict[str, Any]:
        """What it counted so far."""
        answer = await self.http.get("/readyz")
        found: dict[str, Any] = answer.json()["streams"]
        return found

    async def ticket(self) -> dict[str, Any]:
        """The start message of a call that just came in."""
        call_sid = f"CA{next(numbers):032d}"
        form = {**INBOUND, "CallSid": call_sid}
        answer = await self.http.post(
            "/twilio/voice",
            content=urlencode(form),
            headers={
                "X-Twilio-Signature": sign(TOKEN, f"{BASE}/twilio/voice", form.items()),
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        return start(parameters(answer.text), callSid=call_sid)

    async def knock(self, source: str = "127.0.0.2", *, is_signed: bool = True) -> HostileClient:
        return await knock(self.port, source, is_signed=is_signed)

    async def call(self) -> HostileClient:
        """A call that has begun."""
        client = await self.knock()
        await client.send(text(CONNECTED), text(await self.ticket()))
        return client


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.api.bare_gateway", str(port), str(PATIENCE_S)
    )
    gateway = Gateway(port, process.pid)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while process.returncode is None:
                with suppress(httpx.HTTPError):
                    await gateway.streams()
                    break
                await asyncio.sleep(0.05)  # a real process starts in real time
        yield gateway
    finally:
        await gateway.http.aclose()
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def a_good_call(gateway: Gateway) -> AsyncIterator[None]:
    """A call that sends a frame each 20 ms and must get an answer to each of them."""
    client = await gateway.knock("127.0.0.1")
    assert client.status == 101
    await client.send(text(CONNECTED), text(await gateway.ticket()))
    sent, over = 0, asyncio.Event()

    async def speak() -> None:
        nonlocal sent
        while not over.is_set():
            sent += 1
            await client.send(text(media(sent + 1)))
            await asyncio.sleep(0.02)
        await client.send(text(stop(sent + 2)))

    async with asyncio.TaskGroup() as group:
        group.create_task(speak())
        yield
        over.set()
    seen = b""
    async with asyncio.timeout(TIMEOUT_S):
        while more := await client.reader.read(65536):
            seen += more
    client.leave()
    assert seen.count(b"heard") == sent, "every frame was heard and answered"
    assert seen.endswith(b"\x88\x02\x03\xe8"), "closed as calls are: 1000"


async def garbage(gateway: Gateway) -> None:
    """Text that is no message: before the start, in a call, and empty by the hundred thousand."""
    early, late, tiny = await gateway.knock(), await gateway.call(), await gateway.knock()
    await early.send(frame(b"\xff\xfe"), *[text("{rubbish")] * 60)
    await late.send(*[frame(b"\x00\x01", BINARY)] * 60)
    await tiny.send(*[frame(b"")] * 100_000)
    assert {await each.close_code() for each in (early, late)} == {1008}
    await tiny.close_code()


async def flood(gateway: Gateway) -> None:
    """Far more frames than fit into the time that passes, some of it bound for nobody."""
    call = await gateway.call()
    await call.send(*[text(media(number)) for number in range(2, 6000)])
    await call.close_code()
    pings = await gateway.knock()
    await pings.send(*[frame(b"x" * 100, PING)] * 20_000)
    await pings.close_code()


async def wrong_order(gateway: Gateway) -> None:
    """Sound before the start, two greetings, another's token, a second start."""
    before, twice, foreign = [await gateway.knock() for _ in range(3)]
    await before.send(text(CONNECTED), text(media(1)))
    await twice.send(text(CONNECTED), text(CONNECTED))
    ticket = await gateway.ticket()
    ticket["start"]["callSid"] = "CA" + "f" * 32
    await foreign.send(text(CONNECTED), text(ticket))
    assert {await each.close_code() for each in (before, twice, foreign)} == {1008}
    call = await gateway.call()
    await call.send(text(ticket), text(media(2)), text(stop(3)))
    assert await call.close_code() == 1000


async def giants(gateway: Gateway) -> None:
    """A message of a megabyte, one that claims a terabyte, one in endless fragments."""
    large, claimed, endless = [await gateway.knock() for _ in range(3)]
    await large.send(frame(b"x" * 1_000_000))
    await claimed.send(frame(b"x" * 1000, length=1 << 40))
    await endless.send(frame(b"", is_last=False), *[frame(b"", CONTINUED, is_last=False)] * 50_000)
    assert {await each.close_code() for each in (large, claimed)} == {1009}
    await endless.close_code()


async def strangers(gateway: Gateway) -> None:
    """Nobody the carrier sent; and connections that never ask for anything."""
    for _ in range(5):
        client = await gateway.knock(is_signed=False)
        assert client.status == 403
        client.leave()
    silent = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(100)]
    for reader, writer in silent:
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.transport.abort()


async def crowd(gateway: Gateway) -> None:
    """A thousand sockets that ask to be let in and then say nothing."""
    clients: list[HostileClient] = []
    for _ in range(CROWD // 50):
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(gateway.knock()) for _ in range(50)]
        clients += [task.result() for task in asked]
    let_in = [client for client in clients if client.status == 101]
    async with a_good_call(gateway):  # from elsewhere: there is room for it
        assert (await gateway.streams())["waiting"] == len(let_in)
    assert len(let_in) == MOST_FROM_ONE
    assert {await client.close_code() for client in let_in} == {1008}
    for client in clients:
        client.leave()


Attack = Callable[[Gateway], Awaitable[None]]
ATTACKS: dict[Attack, dict[str, dict[str, int]]] = {
    garbage: {
        "refused_by_reason": {"unopened": 2},
        "cut_by_reason": {"malformed": 3},
        "malformed_by_fault": {"not_json": 2 * MOST_MALFORMED - 1, "not_text": MOST_MALFORMED + 1},
    },
    flood: {"refused_by_reason": {"unopened": 1}, "cut_by_reason": {"flood": 2}},
    wrong_order: {
        "refused_by_reason": {"unopened": 2, "foreign": 1},
        "out_of_order": {"start_again": 1},
    },
    giants: {"refused_by_reason": {"unopened": 3}, "cut_by_reason": {"flood": 1}},
    strangers: {"refused_by_reason": {"unsigned": 5}},
    crowd: {"refused_by_reason": {"crowd_from_one": CROWD - MOST_FROM_ONE, "no_start": 128}},
}
KINDS = ("refused_by_reason", "cut_by_reason", "malformed_by_fault", "out_of_order")
OPENED = 1 + 1 + 1 + 1 + 1  # the good call, and one each in garbage, flood, wrong order, crowd


async def test_a_good_call_goes_on_while_everything_else_is_refused_and_counted(
    gateway: Gateway,
) -> None:
    async with a_good_call(gateway):
        await asyncio.sleep(0.5)
        before_mb, _ = peak_mb(gateway.pid)
        for attack, expected in ATTACKS.items():
            was = await gateway.streams()
            await attack(gateway)
            now = await gateway.streams()
            for kind in (
                "refused_by_reason",
                "cut_by_reason",
                "malformed_by_fault",
                "out_of_order",
            ):
                grown = {
                    reason: count - was[kind].get(reason, 0)
                    for reason, count in now[kind].items()
                    if count != was[kind].get(reason, 0)
                }
                assert grown == expected.get(kind, {}), f"{attack.__name__}: {kind}"
        _, peak = peak_mb(gateway.pid)
    told = await gateway.streams()
    assert (told["opened"], told["waiting"], told["failed"]) == (OPENED, 0, 0)
    assert told["refused"] == sum(told["refused_by_reason"].values())
    assert peak - before_mb < MOST_GROWTH_MB
