"""``parley serve`` as a process: it starts, takes a call, leaves in order, and survives a kill."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.twilio_signature import sign
from app.clock import MachineClock, machine_entropy
from app.storage import Storage, bring_up_to_date, open_storage
from core.ids import CallSid, uuid7
from db.crypto import Keyring, new_key_text

PARLEY = (sys.executable, "-c", "from app.cli import main; main()")
ACCOUNT = "AC" + "1" * 32
TOKEN = "not-a-real-token"
CALL_SID = CallSid("CA" + "a" * 32)
NEXT_SID = CallSid("CA" + "c" * 32)
STREAM_SID = "MZ" + "b" * 32
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
READY_S = 60.0  # seconds of imports on a busy machine


@dataclass
class Running:
    """A server process and what it said."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    @property
    def said(self) -> list[str]:
        """All that it has printed so far."""
        return self.log.read_text().splitlines()

    @property
    def key(self) -> str:
        """The API key it printed."""
        return next(line.split()[2] for line in self.said if "API key" in line)

    async def ready(self) -> None:
        """Wait until it takes calls."""
        async with asyncio.timeout(READY_S), httpx.AsyncClient(trust_env=False) as http:
            while self.process.returncode is None:
                with suppress(httpx.HTTPError):
                    if (await http.get(f"{self.url}/readyz")).is_success:
                        return
                await asyncio.sleep(0.1)  # a real process starts in real time
        raise AssertionError("\n".join(self.said))

    async def post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """A signed webhook."""
        signature = sign(TOKEN, self.url + path, form.items())
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.post(
                self.url + path, content=urlencode(form), headers={"X-Twilio-Signature": signature}
            )

    async def call(self, key: str, sid: str) -> dict[str, Any]:
        """A call, as the API tells it."""
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(
                f"{self.url}/api/calls/{sid}", headers={"Authorization": f"Bearer {key}"}
            )
            found: dict[str, Any] = answer.raise_for_status().json()
            return found


@pytest.fixture
def environment(fresh_database: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        "DATABASE_URL": fresh_database,
        "REDIS_URL": redis_url,
        "PARLEY_DATA_DIR": str(tmp_path / "data"),
        "PARLEY_KEY": new_key_text(),
        "PARLEY_PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": "http://127.0.0.1:1",  # nobody: no call leaves this machine
    }


@asynccontextmanager
async def serving(environment: Mapping[str, str], log: Path) -> AsyncIterator[Running]:
    with log.open("wb") as output:  # a file, because its children may outlive a killed server
        process = await asyncio.create_subprocess_exec(
            *PARLEY, "serve", env=environment, stdout=output, stderr=output
        )
    running = Running(process, environment["PUBLIC_BASE_URL"], log)
    try:
        await running.ready()
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def a_call(server: Running, call_sid: CallSid) -> AsyncIterator[Any]:
    """A call that came in, with its stream open and the agent speaking."""
    form = {"CallSid": call_sid, "From": "+442079460123", "To": "+442079460100"}
    answer = await server.post("/twilio/voice", form)
    stream = ET.fromstring(answer.text)[0][0]
    given = {p.attrib["name"]: p.attrib["value"] for p in stream}
    url = stream.attrib["url"]
    headers = {"X-Twilio-Signature": sign(TOKEN, url)}
    async with connect(url, additional_headers=headers, proxy=None) as line:
        await line.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        start = {
            "streamSid": STREAM_SID,
            "accountSid": ACCOUNT,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": given,
        }
        message = {"event": "start", "sequenceNumber": "1", "streamSid": STREAM_SID, "start": start}
        await line.send(json.dumps(message))
        payload = base64.b64encode(b"\xff" * 160).decode()
        media = {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload}
        message = {"event": "media", "sequenceNumber": "2", "streamSid": STREAM_SID, "media": media}
        await line.send(json.dumps(message))
        async with asyncio.timeout(READY_S):
            first = json.loads(await line.recv())
        assert first["event"] == "media"  # the greeting
        yield line


@asynccontextmanager
async def looking(environment: Mapping[str, str]) -> AsyncIterator[Storage]:
    """The server's database, with its key, as this process sees it."""
    async with open_storage(
        environment["DATABASE_URL"],
        Keyring.parse(environment["PARLEY_KEY"]),
        MachineClock(),
        machine_entropy,
        "test",
    ) as storage:
        yield storage


async def test_a_server_is_killed_in_mid_call_starts_again_and_leaves_in_order(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with looking(environment) as storage:
        await bring_up_to_date(storage)
    async with serving(environment, tmp_path / "one.log") as server:
        key = server.key
        with suppress(OSError, ConnectionClosed):  # the line goes with the server
            async with a_call(server, CALL_SID) as line:
                async with asyncio.timeout(READY_S):
                    while not (await server.call(key, CALL_SID))["turns"]:
                        await line.recv()  # until the greeting is committed
                server.process.kill()
                await server.process.wait()
    old = Path(environment["PARLEY_DATA_DIR"], "recordings", f"{uuid7(LONG_AGO, bytes(10))}.wav")
    old.write_bytes(b"RIFF")
    async with serving(environment, tmp_path / "two.log") as server:
        async with asyncio.timeout(READY_S):
            while old.exists():  # longer ago than recordings are kept
                await asyncio.sleep(0.1)  # a real process, in real time
        assert len(list(old.parent.glob("*.wav"))) == 1  # the killed call's
        assert not any("API key" in line for line in server.said)  # shown only once
        async with asyncio.timeout(READY_S):
            while (told := await server.call(key, CALL_SID))["state"] != "ended":
                await asyncio.sleep(0.1)  # a real process, in real time
        assert (told["end_reason"], told["outcome"]) == ("process_died", "failed")
        assert [turn["number"] for turn in told["turns"]] == [1]
        async with a_call(server, NEXT_SID):
            assert (await server.call(key, NEXT_SID))["state"] == "talking"
            server.process.send_signal(signal.SIGTERM)
            server.process.send_signal(signal.SIGINT)  # another: live calls are not waited for
            async with asyncio.timeout(READY_S):
                await server.process.wait()
        assert server.process.returncode == 0, server.said
    async with looking(environment) as storage:
        last = await storage.views.one(NEXT_SID)
        assert last is not None
        assert (last["state"], last["end_reason"]) == ("ended", "shut_down")
