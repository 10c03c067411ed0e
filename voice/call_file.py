"""A file that grows with a call: written in threads, in time, and never in the way of the call.

What has gathered goes to disk every so often. The first fault of the disk ends the file and never
the call; a disk that hangs does not hold up the call's end. The file is locked, shared, for as
long as it grows: whoever would replace it asks for the lock alone and is refused.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

CLOSE_S: Final = 10.0  # a disk that is slower than this does not hold up the end of a call
HANGS: Final = "the disk hangs"

# What may go to disk now; ``True``: nothing comes after it. Called on the loop.
Takes = Callable[[bool], bytes]
# Puts what was taken into the file. Called in a thread; raises OSError.
Puts = Callable[[BinaryIO, bytes], None]


class CallFile:
    """The file at ``path``, for as long as it is entered. Its folders are made."""

    def __init__(
        self,
        path: Path,
        head: bytes,
        every_s: float,
        *,
        takes: Takes,
        puts: Puts,
        stopped: Callable[[str], None],
    ) -> None:
        """``head``: how the file begins. ``stopped`` is told, on the loop, why no more follows."""
        self._path = path
        self._head = head
        self._every_s = every_s
        self._takes = takes
        self._puts = puts
        self._stopped = stopped
        self._file: BinaryIO | None = None
        self._is_left = False  # to a thread that hangs
        self._stop = asyncio.Event()
        self._writer = asyncio.TaskGroup()

    async def __aenter__(self) -> CallFile:
        """Open the file. Raises OSError."""
        await asyncio.to_thread(self._open)
        await self._writer.__aenter__()
        self._writer.create_task(self._write_now_and_then(), name=f"write {self._path.suffix}")
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
                await self._write(last=True)
                self._tell(await asyncio.to_thread(self._close))
        except TimeoutError:
            self._is_left = True
            self._stopped(HANGS)

    async def _write_now_and_then(self) -> None:
        while not self._stop.is_set():
            try:
                async with asyncio.timeout(self._every_s):
                    await self._stop.wait()
            except TimeoutError:
                await self._write(last=False)

    async def _write(self, *, last: bool) -> None:
        self._tell(await asyncio.to_thread(self._put, self._takes(last)))

    def _tell(self, why: str | None) -> None:
        if why is not None:
            self._stopped(why)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = open_for_us_alone(self._path)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            file.write(self._head)
        except OSError:
            file.close()
            raise
        self._file = file

    def _put(self, taken: bytes) -> str | None:
        """Write what was taken; why nothing more can be written, if so."""
        if self._file is None or not taken:
            return None
        try:
            self._puts(self._file, taken)
            self._file.flush()
        except OSError as error:
            self._close()
            return _why(error)
        if self._is_left:  # the call is over, and nobody else closes the file
            self._close()
        return None

    def _close(self) -> str | None:
        """Close the file; why its last bytes were lost, if so."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except OSError as error:
            return _why(error)
        return None


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def open_for_us_alone(path: Path) -> BinaryIO:
    """A new, empty file that no other account ever sees the inside of. Raises OSError."""
    return open(path, "wb", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
