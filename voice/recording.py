"""A call on disk: stereo WAV, caller left and agent right, written as the call goes on.

Both sides are laid out on the call's own time line, so what was said together is heard together.
Sound younger than ``SETTLED_S`` stays in memory, because the agent's side is only known once it
was played; the rest goes to disk every ``FLUSH_S`` in a thread. The header's sizes are renewed
with every write: after a crash the file is a valid recording of all but the last seconds.
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import numpy as np
import structlog

from voice.ports import LINE_HZ, Pcm

log = structlog.get_logger(__name__)

FLUSH_S: Final = 2.0  # so much of a call is lost when the process is killed, and SETTLED_S more
CLOSE_S: Final = 10.0  # a disk that is slower than this does not hold up the end of a call
SETTLED_S: Final = 1.0  # sound older than this does not change any more
CHANNELS: Final = 2
SAMPLE_BYTES: Final = 2
HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")  # RIFF, fmt chunk and the head of data


class Recording:
    """Records one call for as long as it is entered. ``path`` is made with its folders."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending = np.zeros((0, CHANNELS), dtype=np.int16)
        self._written = 0  # samples on disk; the first pending sample comes after them
        self._end = 0  # samples of the call so far
        self._file: BinaryIO | None = None
        self._stop = asyncio.Event()
        self._writer = asyncio.TaskGroup()

    async def __aenter__(self) -> Recording:
        await asyncio.to_thread(self._open)
        await self._writer.__aenter__()
        self._writer.create_task(self._flush_now_and_then(), name="record")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._writer.__aexit__(None, None, None)
                await asyncio.to_thread(self._finish, self._take(settled_only=False))
        except TimeoutError:
            log.warning("recording not finished", error="the disk hangs")

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

    async def _flush_now_and_then(self) -> None:
        while not self._stop.is_set():
            try:
                async with asyncio.timeout(FLUSH_S):
                    await self._stop.wait()
            except TimeoutError:
                await asyncio.to_thread(self._write, self._take(settled_only=True))

    def _take(self, *, settled_only: bool) -> Pcm:
        """Take what may go to disk out of memory."""
        keep = round(SETTLED_S * LINE_HZ) if settled_only else 0
        count = max(0, self._end - self._written - keep)
        taken = self._pending[:count].copy()
        self._pending = self._pending[count:]
        self._written += count
        return taken

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("wb")
        self._path.chmod(0o600)  # a recording is personal data
        self._file.write(_header(0))

    def _write(self, samples: Pcm) -> None:
        """Append and renew the header. A full disk ends the recording, never the call."""
        if self._file is None or not len(samples):
            return
        try:
            self._file.seek(0, 2)
            self._file.write(np.ascontiguousarray(samples, dtype="<i2").tobytes())
            size = self._file.tell() - HEADER.size
            self._file.seek(0)
            self._file.write(_header(size))
            self._file.flush()
        except OSError as error:
            log.warning("recording stopped", error=error.strerror)
            self._close()

    def _finish(self, samples: Pcm) -> None:
        self._write(samples)
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                log.warning("recording not closed", error=error.strerror)


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
