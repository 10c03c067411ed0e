"""Identities: typed ids, and the UUIDv7 that names a call everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NewType
from uuid import UUID

CallId = NewType("CallId", UUID)  # also the graph's thread id
BrandId = NewType("BrandId", UUID)
ScriptId = NewType("ScriptId", UUID)
CallSid = NewType("CallSid", str)  # the carrier's name for a call: "CA" and 32 hex digits
StreamSid = NewType("StreamSid", str)  # the carrier's name for a media stream: "MZ..."
VoiceName = NewType("VoiceName", str)

ENTROPY_BYTES = 10  # 74 random bits of RFC 9562 version 7 fit in ten bytes


def uuid7(at: datetime, entropy: bytes) -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): sorts by ``at`` to the millisecond.

    ``entropy``: ten random bytes; the caller supplies them, so that tests are repeatable.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"uuid7 needs {ENTROPY_BYTES} bytes of entropy, got {len(entropy)}")
    if at.tzinfo is None:
        raise ValueError("uuid7 needs an aware time")
    millis = int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    rand = int.from_bytes(entropy, "big")
    rand_a = (rand >> 62) & 0xFFF
    rand_b = rand & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=(millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


def made_at(identity: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond.

    Raises:
        ValueError: it is of another version.
        OverflowError: it says after the year 9999.
    """
    if identity.version != 7:
        raise ValueError(f"{identity} is no UUIDv7")
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=identity.int >> 80)
