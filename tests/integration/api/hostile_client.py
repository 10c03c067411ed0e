"""A WebSocket client without manners: it sends any bytes, and reads what it likes."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass

from api.twilio_signature import sign
from tests.unit.api.doors import BASE, TOKEN

PATH = "/twilio/stream"
TEXT, BINARY, CONTINUED, PING = 0x1, 0x2, 0x0, 0x9
MASK = b"\x00\x00\x00\x00"  # masked by nothing: what is sent is what is written


def frame(payload: bytes, kind: int = TEXT, *, is_last: bool = True, length: int = -1) -> bytes:
    """One frame; ``length`` is what it claims to hold, if not the truth."""
    claimed = len(payload) if length < 0 else length
    head = bytes([(0x80 if is_last else 0) | kind])
    if claimed < 126:
        return head + bytes([0x80 | claimed]) + MASK + payload
    if claimed < 1 << 16:
        return head + bytes([0x80 | 126]) + struct.pack("!H", claimed) + MASK + payload
    return head + bytes([0x80 | 127]) + struct.pack("!Q", claimed) + MASK + payload


@dataclass
class HostileClient:
    """One connection, upgraded or refused."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int  # of the answer to the upgrade

    async def send(self, *frames: bytes) -> None:
        """Send, whether or not anyone listens."""
        with suppress(ConnectionError):
            self.writer.write(b"".join(frames))
            await self.writer.drain()

    async def close_code(self) -> int | None:
        """Read on until the server closes; its code, or None when it just went."""
        seen = b""
        with suppress(ConnectionError):
            while more := await self.reader.read(65536):
                seen = (seen + more)[-256:]
        self.leave()
        # The close frame is the last: 0x88, its length, and the code.
        at = seen.rfind(b"\x88")
        return struct.unpack("!H", seen[at + 2 : at + 4])[0] if 0 <= at <= len(seen) - 4 else None

    def leave(self) -> None:
        """Go without a word."""
        self.writer.transport.abort()


async def knock(port: int, source: str = "127.0.0.2", *, is_signed: bool = True) -> HostileClient:
    """Ask for the media socket, from an address of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    signature = sign(TOKEN, BASE.replace("https", "wss") + PATH) if is_signed else "bm8="
    writer.write(
        f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
        f"X-Twilio-Signature: {signature}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    return HostileClient(reader, writer, int(head.split()[1]))


def peak_mb(pid: int) -> tuple[float, float]:
    """The memory of a process, now and at its highest, in MB."""
    with open(f"/proc/{pid}/status") as status:
        sizes = dict(line.split(":", 1) for line in status)
    return tuple(int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]
