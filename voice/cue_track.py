"""The cue log of a call on disk: all that reached it and was decided, sealed, for its replay.

What the session tells is encoded at once, some microseconds a cue, and kept in memory; every
``FLUSH_S`` it is compressed, sealed and appended in a thread. Each block is sealed for its place
in the log of its call, so blocks cannot be changed, moved or left out unseen. A disk that fails
or lags too far behind costs the log, never the call.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import structlog

from core.errors import InvalidInputError
from core.ids import CallId
from voice.call_state import CallState
from voice.commands import Command
from voice.cue_codec import CueEncoder, CueTrace, decode
from voice.cues import Cue

log = structlog.get_logger(__name__)

SUFFIX: Final = ".cues"
MAGIC: Final = b"PARLEYCUES1\n"
FLUSH_S: Final = 5.0  # so much of the log is lost when the process is killed
CLOSE_S: Final = 10.0  # a disk that is slower than this does not hold up the end of a call
MOST_WAITING: Final = 1_000_000  # bytes: a quarter of an hour, behind a disk that hangs
MOST_BLOCK: Final = 64_000_000  # bytes of one block in the clear; ours stay far below
FASTEST: Final = 1  # zlib's level: half the size for little work
_LENGTH: Final = struct.Struct("<I")

# Seals, or opens, bytes for a place that is named.
Sealing = Callable[[bytes, str], bytes]


class CueLog:
    """Writes the cues of one call for as long as it is entered: ``voice.ports.CueTrack``."""

    def __init__(self, path: Path, call_id: CallId, state: CallState, seal: Sealing) -> None:
        """``state``: in which the call begins. The folders of ``path`` are made."""
        self._path = path
        self._call_id = call_id
        self._seal = seal
        self._encoder = CueEncoder()
        self._waiting = bytearray(self._encoder.head(state, _program()))
        self._blocks = 0
        self._broken = False
        self._file: BinaryIO | None = None
        self._stop = asyncio.Event()
        self._writer = asyncio.TaskGroup()

    async def __aenter__(self) -> CueLog:
        """Open the file. Raises OSError."""
        await asyncio.to_thread(self._open)
        await self._writer.__aenter__()
        self._writer.create_task(self._flush_now_and_then(), name="log cues")
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
                if not self._broken:
                    self._waiting += self._encoder.end()
                await asyncio.to_thread(self._finish, self._take())
        except TimeoutError:
            self._give_up("the disk hangs")

    @property
    def is_broken(self) -> bool:
        """Whether no more of the call is logged."""
        return self._broken

    @property
    def waiting(self) -> int:
        """How many bytes wait for the disk."""
        return len(self._waiting)

    def cue(self, cue: Cue, commands: tuple[Command, ...]) -> None:
        """Keep a cue and what the reducer made of it. Never blocks, never raises."""
        if self._broken:
            return
        try:
            self._waiting += self._encoder.cue(cue, commands)
        except (TypeError, ValueError, AttributeError, struct.error) as error:
            self._give_up(f"{type(cue).__name__}: {error}")
        if len(self._waiting) > MOST_WAITING:
            self._give_up("the disk is too slow")

    async def _flush_now_and_then(self) -> None:
        while not self._stop.is_set():
            try:
                async with asyncio.timeout(FLUSH_S):
                    await self._stop.wait()
            except TimeoutError:
                await asyncio.to_thread(self._write, self._take())

    def _take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("wb")
        self._path.chmod(0o600)
        self._file.write(MAGIC)

    def _write(self, records: bytes) -> None:
        """Append a block: its length, then the records compressed and sealed."""
        if self._file is None or not records:
            return
        sealed = self._seal(zlib.compress(records, FASTEST), _place(self._call_id, self._blocks))
        self._blocks += 1
        try:
            self._file.write(_LENGTH.pack(len(sealed)) + sealed)
            self._file.flush()
        except OSError as error:
            self._give_up(error.strerror)
            self._close()

    def _finish(self, records: bytes) -> None:
        self._write(records)
        self._close()

    def _give_up(self, why: str | None) -> None:
        """No more of this call is logged; what is on disk stays, without an end."""
        self._broken = True
        self._waiting.clear()
        log.warning("cue log stopped", call_id=str(self._call_id), why=why)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                log.warning("cue log not closed", error=error.strerror)


def read_cues(path: Path, call_id: CallId, opens: Sealing) -> CueTrace:
    """The log of a call, as far as it was written. ``opens`` undoes the sealing.

    Raises:
        InvalidInputError: the file is no cue log of this call, or was changed; or the key that
            it was sealed with is gone.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise InvalidInputError(f"{path.name} is no cue log.", field="call")
        records = bytearray()
        number = 0
        while sealed := _next_block(file):
            records += _inflated(opens(sealed, _place(call_id, number)))
            number += 1
    return decode(bytes(records))


def _next_block(file: BinaryIO) -> bytes:
    """The next whole block; empty at the end, also where the last one breaks off."""
    length = file.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return b""
    (size,) = _LENGTH.unpack(length)
    if size > MOST_BLOCK:
        raise InvalidInputError("The cue log was changed: a block is too long.", field="call")
    block = file.read(size)
    return block if len(block) == size else b""


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise InvalidInputError("The cue log was changed.", field="call") from error


def _place(call_id: CallId, block: int) -> str:
    return f"cues/{call_id}/{block}"


def _program() -> str:
    try:
        return version("parley")
    except PackageNotFoundError:  # run from a source tree
        return "unreleased"
