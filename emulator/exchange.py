"""What every call of one emulated Twilio shares: account, doors to the world, and knobs."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from core.clock import Clock, Entropy
from emulator.call import CallStatus
from emulator.caller import Caller
from emulator.faults import Code, FaultError
from emulator.g711 import LINE_HZ, encode
from emulator.links import LinkOpener
from emulator.network import Network
from emulator.webhooks import CallbackTrouble, Webhooks

SPOKEN_MS_A_CHARACTER: Final = 65  # about 150 words a minute
_HUM_HZ: Final = 220


@dataclass(frozen=True, slots=True)
class Pickup:
    """The dialled person answers after ``ring_ms``.

    ``answered_by``: what answering machine detection will say, ``detection_ms`` after that.
    """

    caller: Caller
    ring_ms: int = 500
    answered_by: str = "human"
    detection_ms: int = 2500


@dataclass(frozen=True, slots=True)
class Declined:
    """Nobody comes to the phone: ``busy``, ``no-answer`` or ``failed`` after ``ring_ms``."""

    status: CallStatus
    ring_ms: int = 500

    def __post_init__(self) -> None:
        if self.status not in {CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED}:
            raise ValueError("a call is declined as busy, no-answer or failed")


@dataclass(frozen=True, slots=True)
class Bridged:
    """What comes of a ``<Dial>``: its final status, after so long."""

    status: CallStatus = CallStatus.NO_ANSWER
    after_ms: int = 1000


OnDial = Callable[[str], "Caller | Pickup | Declined"]
OnTransfer = Callable[[str], Bridged]


def hum(text: str) -> bytes:
    """A hum as long as ``text`` takes to say: the stand-in for Twilio's own voice."""
    seconds = len(text) * SPOKEN_MS_A_CHARACTER / 1000
    time = np.arange(int(seconds * LINE_HZ)) / LINE_HZ
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)  # four syllables a second
    return encode((6000 * swell * np.sin(2 * np.pi * _HUM_HZ * time)).astype(np.int16))


def read_wav(content: bytes) -> bytes:
    """The mu-law of a WAV file: mono, 16 bit, 8000 Hz.

    Raises:
        FaultError: 12300, it is something else.
    """
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise FaultError(Code.BAD_CONTENT_TYPE, f"Not a WAV file: {error}") from error
    if shape != (1, 2, LINE_HZ):
        raise FaultError(Code.BAD_CONTENT_TYPE, "Only mono 16-bit WAV at 8000 Hz is played")
    return encode(np.frombuffer(frames, dtype="<i2").astype(np.int16))


@dataclass(frozen=True, slots=True)
class Exchange:
    """Shared by all calls. ``is_strict``: see ``MediaStream``."""

    account_sid: str
    auth_token: str
    webhooks: Webhooks
    open_link: LinkOpener
    clock: Clock
    entropy: Entropy
    network: Network = field(default_factory=Network)
    trouble: CallbackTrouble = field(default_factory=CallbackTrouble)
    is_strict: bool = True
    setup_ms: int = 100  # from the order to the first ring
    speak: Callable[[str], bytes] = hum
    on_transfer: OnTransfer = field(default=lambda _: Bridged())

    def sid(self, prefix: str) -> str:
        """A new identifier: ``prefix`` and 32 hexadecimal digits."""
        return prefix + self.entropy(16).hex()
