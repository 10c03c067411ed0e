"""A call on disk: stereo WAV, caller left and agent right, written as the call goes on.

Both sides are laid out on the call's own time line, so what was said together is heard together.
Sound younger than ``SETTLED_S`` stays in memory, because the agent's side is only known once it
was played; the rest goes to disk every ``FLUSH_S``. The header's sizes are renewed with every
write: after a crash the file is a valid recording of all but the last seconds.
"""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import numpy as np
import structlog

from voice.call_file import CallFile
from voice.ports import LINE_HZ, Pcm

log = structlog.get_logger(__name__)

SUFFIX: Final = ".wav"
FLUSH_S: Final = 2.0  # so much of a call is lost when the process is killed, and SETTLED_S more
SETTLED_S: Final = 1.0  # sound older than this does not change any more
CHANNELS: Final = 2
SAMPLE_BYTES: Final = 2
HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")  # RIFF, fmt chunk and the head of data


class Recording:
    """Records one call for as long as it is entered. ``path`` is made with its folders."""

    def __init__(self, path: Path) -> None:
        self._pending = np.zeros((0, CHANNELS), dtype=np.int16)
        self._written = 0  # samples on disk; the first pending sample comes after them
        self._end = 0  # samples of the call so far
        self._file = CallFile(
            path, _header(0), FLUSH_S, takes=self._take, puts=_append, stopped=_tell_stopped
        )

    async def __aenter__(self) -> Recording:
        """Open the file. Raises OSError."""
        await self._file.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._file.__aexit__(kind, error, trace)

    def caller(self, at_ms: float, audio: Pcm) -> None:
        """The caller's side: ``audio`` (8000 Hz) from ``at_ms`` of the call on. Never blocks."""
        self._lay(0, at_ms, audio)

    def agent(self, at_ms: float, audio: Pcm) -> None:
        """The agent's side, once it was played. Never blocks."""
        self._lay(1, at_ms, audio)

    def _lay(self, channel: int, at_ms: float, audio: Pcm) -> None:
        start = round(at_ms * LINE_HZ / 1000) - self._written
        if start < 0:  # older than what is on disk: too late to be told
            audio = audio[-start:]
            start = 0
        end = start + audio.size
        if end > len(self._pending):
            grown = np.zeros((end + LINE_HZ, CHANNELS), dtype=np.int16)
            grown[: len(self._pending)] = self._pending
            self._pending = grown
        self._pending[start:end, channel] = audio
        self._end = max(self._end, self._written + end)

    def _take(self, last: bool) -> bytes:
        """Take what may go to disk out of memory."""
        keep = 0 if last else round(SETTLED_S * LINE_HZ)
        count = max(0, self._end - self._written - keep)
        taken = self._pending[:count].astype("<i2").tobytes()
        self._pending = self._pending[count:]
        self._written += count
        return taken


def _append(file: BinaryIO, samples: bytes) -> None:
    """Append and renew the header. Raises OSError."""
    file.seek(0, 2)
    file.write(samples)
    size = file.tell() - HEADER.size
    file.seek(0)
    file.write(_header(size))


def _tell_stopped(why: str) -> None:
    log.warning("recording stopped", why=why)


def _header(size: int) -> bytes:
    """The WAV header for ``size`` bytes of samples."""
    frame = CHANNELS * SAMPLE_BYTES
    return HEADER.pack(
        b"RIFF",
        HEADER.size - 8 + size,
        b"WAVE",
        b"fmt ",
        16,
        1,  # PCM
        CHANNELS,
        LINE_HZ,
        LINE_HZ * frame,
        frame,
        SAMPLE_BYTES * 8,
        b"data",
        size,
    )
