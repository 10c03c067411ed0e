"""What one frame of a call costs: bytes into the socket's protocol, to the end of the reducer.

``python -m tests.bench.media_path [CALLS] [SECONDS] [PROFILED]``: so many calls of noise and
pauses in virtual time, on the true protocol object, route, session and detector, without a
network. The first line is a desk that takes the events and does nothing; the second the whole
session.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import logging
import pstats
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.utils import apply_mask

from api.twilio_signature import sign
from app.stream_protocol import MediaProtocol
from core.call import EndReason
from core.card import CallCard
from core.ids import StreamSid
from tests.calls.stage import shared_vad
from tests.fakes.call_desk import ListeningDesk
from tests.fakes.conversation import FakeConversation, Line
from tests.fakes.engines import FakeCallLog, FakeFeed, FakeSynthesizer, FakeTranscriber
from tests.unit.api.doors import BASE, TOKEN, Doors
from tests.unit.api.stream_messages import CONNECTED, start
from tests.unit.api.test_carrier_hooks import INBOUND, parameters
from tests.virtual_time import VirtualClock, VirtualTimeLoop
from voice.audio import g711
from voice.config import VoiceConfig
from voice.engines import Engines
from voice.ports import CallTransport
from voice.session import Session
from voice.vad_hub import VadHub
from voice.wire.twilio import InboundEvent

FRAME = 160
SLOTS = 10  # of 2 ms: calls do not send in step
MASK = b"\x12\x34\x56\x78"
SAYS = "That is good to hear. Let me write that down."


class Wire(asyncio.Transport):
    """The server's end of a connection; what is written to it is gone."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.9", 40000)})
        self.is_closed = False
        self.messages = 0

    def write(self, data: Any) -> None:
        self.messages += 1

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close


@dataclass
class SessionDesk(ListeningDesk):
    """A desk that holds true sessions, on engines that answer at once."""

    engines: Engines = field(init=False)

    def __post_init__(self) -> None:
        self.engines = Engines(
            FakeTranscriber(),
            FakeSynthesizer(),
            VadHub(shared_vad()),
            FakeCallLog(),
            FakeFeed(),
            VirtualClock(),
            VoiceConfig(),
            "fake-brain/1",
        )

    async def hold(
        self,
        card: CallCard,
        stream_sid: StreamSid,
        transport: CallTransport,
        incoming: AsyncIterable[InboundEvent],
    ) -> EndReason:
        session = Session(
            card=card,
            conversation=FakeConversation([Line([SAYS])]),
            engines=self.engines,
            stream_sid=stream_sid,
            transport=transport,
        )
        return await session.run(incoming)


def client_frame(text: str) -> bytes:
    """``text`` as a client's WebSocket frame."""
    body = text.encode()
    length = len(body)
    head = bytes([0x81, 0x80 | length]) if length < 126 else b"\x81\xfe" + length.to_bytes(2, "big")
    return head + MASK + apply_mask(body, MASK)


def media_frames(stream: str, count: int, phase: int) -> list[bytes]:
    """``count`` frames of 20 ms: a second of noise, two of near silence, and again."""
    rng = np.random.default_rng(phase)
    found = []
    for at in range(count):
        loud = 3000 if (at + 7 * phase) % 150 < 50 else 20
        sound = g711.encode(rng.normal(0, loud, FRAME).astype(np.int16))
        found.append(
            client_frame(
                f'{{"event":"media","sequenceNumber":"{at + 2}","media":{{"track":"inbound",'
                f'"chunk":"{at + 1}","timestamp":"{at * 20}","payload":"'
                f'{b64encode(sound).decode()}"}},"streamSid":"{stream}"}}'
            )
        )
    return found


def upgrade() -> bytes:
    signature = sign(TOKEN, BASE.replace("https", "wss") + "/twilio/stream")
    lines = (
        "GET /twilio/stream HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        f"X-Twilio-Signature: {signature}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


async def measure(desk: ListeningDesk, calls: int, frames: int) -> list[float]:
    """Seconds of processor for each frame, one figure for each 20 ms, in order of size."""
    state = ServerState()
    lines = await opened(desk, calls, frames, state)
    await asyncio.sleep(1.0)
    took: list[float] = []
    for at in range(frames):
        begun = time.thread_time()
        for slot in range(SLOTS):
            for protocol, sound in lines[slot::SLOTS]:
                protocol.data_received(sound[at])
            await asyncio.sleep(0.02 / SLOTS)
        took.append((time.thread_time() - begun) / calls)
    for protocol, _ in lines:
        protocol.transport.close()
        protocol.connection_lost(None)
    while state.tasks:
        await asyncio.sleep(0.1)
    return sorted(took)


async def opened(
    desk: ListeningDesk, calls: int, frames: int, state: ServerState
) -> list[tuple[MediaProtocol, list[bytes]]]:
    """The sockets of ``calls`` that have begun, and what each is about to send."""
    with tempfile.TemporaryDirectory() as folder:
        doors = Doors(Path(folder), desk=desk)
    config = Config(doors.app, ws=MediaProtocol, ws_ping_interval=None, log_config=None)
    config.load()
    lines: list[tuple[MediaProtocol, list[bytes]]] = []
    for number in range(calls):
        call_sid = f"CA{number:032d}"
        opening = start(await ticket_of(doors, call_sid), callSid=call_sid)
        protocol = MediaProtocol(config, state, {})
        protocol.connection_made(Wire())
        protocol.data_received(upgrade())
        for message in (CONNECTED, opening):
            protocol.data_received(client_frame(json.dumps(message)))
        lines.append((protocol, media_frames(opening["start"]["streamSid"], frames, number)))
    return lines


async def ticket_of(doors: Doors, call_sid: str) -> dict[str, str]:
    answer = await doors.webhook("/twilio/voice", {**INBOUND, "CallSid": call_sid})
    return parameters(answer.text)


def main(calls: int = 100, seconds: float = 2.0, profiled: str = "") -> None:
    """Measure both desks; ``profiled``: print where the time of one goes, by its first letters."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name, desk in (("events only", ListeningDesk(forgets=True)), ("session", SessionDesk())):
        profile = cProfile.Profile() if profiled and name.startswith(profiled) else None
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            if profile is not None:
                profile.enable()
            took = runner.run(measure(desk, calls, round(seconds * 50)))
        mean = sum(took) / len(took)
        sys.stdout.write(
            f"{name}: {1e6 * mean:.1f} us a frame (half of them under "
            f"{1e6 * took[len(took) // 2]:.1f}), {mean * 3000:.3f} CPU s a call-minute\n"
        )
        if profile is not None:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main(*(kind(arg) for kind, arg in zip((int, float, str), sys.argv[1:], strict=False)))
