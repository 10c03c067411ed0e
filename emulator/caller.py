"""Who is on the phone: the port, a caller who says nothing, and one who plays clips in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final, Protocol, TypeAlias

from emulator.ear import Ear
from emulator.g711 import SILENT_FRAME, Pcm, comfort_noise, encode, split

QUIET_MS: Final = 700  # a person waits about this long before answering


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses a key of the phone: one of ``0-9*#A-D``."""

    digit: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller puts the phone down."""


Act: TypeAlias = bytes | Press | HangUp  # bytes: one frame, 160 bytes of mu-law


class Caller(Protocol):
    """A person on the phone, who hears and acts every 20 ms."""

    def live(self, heard: bytes) -> Act:
        """Hear the last 20 ms (160 bytes of mu-law), and say what the next 20 ms bring."""
        ...

    def line_closed(self) -> None:
        """The call is over; ``live`` is not called again."""
        ...


class Room:
    """The sound of the caller's end while nobody speaks there."""

    def __init__(self, noise_dbfs: float | None = None) -> None:
        frames = (SILENT_FRAME,) if noise_dbfs is None else comfort_noise(noise_dbfs)
        self._frames = cycle(frames)

    def frame(self) -> bytes:
        """The next 20 ms of it."""
        return next(self._frames)


class SilentCaller:
    """Says nothing; hangs up after ``stays_ms`` when given."""

    def __init__(self, *, stays_ms: int | None = None, noise_dbfs: float | None = None) -> None:
        self._stays_ms = stays_ms
        self._room = Room(noise_dbfs)
        self._ear = Ear()

    def live(self, heard: bytes) -> Act:
        """See ``Caller``."""
        self._ear.hear(heard)
        if self._stays_ms is not None and self._ear.line_ms >= self._stays_ms:
            return HangUp()
        return self._room.frame()

    def line_closed(self) -> None:
        """See ``Caller``."""


class WavCaller:
    """Plays clips in turn, each once the agent has spoken and been quiet for ``quiet_ms``.

    After the last one it waits for the agent's answer in the same way and hangs up. An agent
    who stays silent for ``patience_ms`` counts as having spoken.
    """

    def __init__(
        self,
        clips: Sequence[Pcm],
        *,
        quiet_ms: int = QUIET_MS,
        patience_ms: int = 15_000,
        noise_dbfs: float | None = None,
    ) -> None:
        self._clips = deque(split(encode(clip)) for clip in clips)
        self._frames: deque[bytes] = deque()
        self._quiet_ms = quiet_ms
        self._patience_ms = patience_ms
        self._room = Room(noise_dbfs)
        self._ear = Ear()
        self._agent_has_spoken = False
        self._silent_since_ms = 0.0

    def live(self, heard: bytes) -> Act:
        """See ``Caller``."""
        if self._ear.hear(heard):
            self._agent_has_spoken = True
        if self._frames:
            return self._say()
        if not self._may_speak():
            return self._room.frame()
        if not self._clips:
            return HangUp()
        self._frames.extend(self._clips.popleft())
        return self._say() if self._frames else self._room.frame()

    def line_closed(self) -> None:
        """See ``Caller``."""
        self._clips.clear()

    def _say(self) -> bytes:
        frame = self._frames.popleft()
        if not self._frames:
            self._agent_has_spoken = False
            self._silent_since_ms = self._ear.line_ms
        return frame

    def _may_speak(self) -> bool:
        if self._agent_has_spoken:
            return self._ear.quiet_ms >= self._quiet_ms
        return self._ear.line_ms - self._silent_since_ms >= self._patience_ms


def presses(digits: Iterable[str]) -> tuple[Press, ...]:
    """One press for each of ``digits``.

    Raises:
        ValueError: a key that no phone has.
    """
    keys = tuple(digits)
    for key in keys:
        if key not in set("0123456789*#ABCD"):
            raise ValueError(f"a phone has no key {key!r}")
    return tuple(Press(key) for key in keys)
