"""The cue log of a call on disk: all that reached it and was decided, sealed, for its replay.

What the session tells is encoded at once, some microseconds a cue, and kept in memory; every
``FLUSH_S`` it is compressed, sealed and appended. Each block is sealed for its place in the log of
its call, so blocks cannot be changed, moved or left out unseen. A disk that fails or lags too far
behind costs the log, never the call.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import structlog

from core.errors import InvalidInputError
from core.ids import CallId
from voice.call_file import CallFile, open_for_us_alone
from voice.call_state import CallState
from voice.commands import Command
from voice.cue_codec import CueEncoder, CueTrace, decode
from voice.cues import Cue

log = structlog.get_logger(__name__)

SUFFIX: Final = ".cues"
DRAFT: Final = ".new"  # added to the name of a log that is being sealed again
MAGIC: Final = b"PARLEYCUES1\n"
FLUSH_S: Final = 5.0  # so much of the log is lost when the process is killed
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
        self._call_id = call_id
        self._seal = seal
        self._encoder = CueEncoder()
        self._waiting = bytearray(self._encoder.head(state, _program()))
        self._blocks = 0
        self._broken = False
        self._file = CallFile(
            path, MAGIC, FLUSH_S, takes=self._take, puts=self._append, stopped=self._give_up
        )

    async def __aenter__(self) -> CueLog:
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

    def _take(self, last: bool) -> bytes:
        if last and not self._broken:
            self._waiting += self._encoder.end()
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken

    def _append(self, file: BinaryIO, records: bytes) -> None:
        """Append a block: its length, then the records compressed and sealed. Raises OSError."""
        packed = zlib.compress(records, FASTEST)
        _write_block(file, self._seal(packed, _place(self._call_id, self._blocks)))
        self._blocks += 1

    def _give_up(self, why: str) -> None:
        """No more of this call is logged; what is on disk stays, without an end."""
        self._broken = True
        self._waiting.clear()
        log.warning("cue log stopped", call_id=str(self._call_id), why=why)


def read_cues(path: Path, call_id: CallId, opens: Sealing) -> CueTrace:
    """The log of a call, as far as it was written. ``opens`` undoes the sealing.

    Raises:
        InvalidInputError: the file is no cue log of this call, or was changed; or the key that
            it was sealed with is gone.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        blocks = [
            _inflated(opens(sealed, _place(call_id, number)))
            for number, sealed in enumerate(_sealed_blocks(file))
        ]
    return decode(b"".join(blocks))


def reseal(path: Path, call_id: CallId, renew: Sealing) -> bool:
    """Seal the log of a finished call again; whether that changed it.

    ``renew``: a block as it is to be sealed now, the very same if it is already. What a crash
    broke off at the end is left out. The file is replaced at once or not at all. Blocking.

    Raises:
        InvalidInputError: the file is no cue log of this call, or was changed; or the key that
            it was sealed with is gone.
        BlockingIOError: the call goes on.
        OSError: the file cannot be read, or the new one not written.
    """
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        old = list(_sealed_blocks(file))
        new = [renew(sealed, _place(call_id, number)) for number, sealed in enumerate(old)]
        if new == old:
            return False
        draft = path.with_name(path.name + DRAFT)
        with open_for_us_alone(draft) as written:
            written.write(MAGIC)
            for sealed in new:
                _write_block(written, sealed)
            written.flush()
            os.fsync(written.fileno())
        draft.replace(path)
    return True


def _sealed_blocks(file: BinaryIO) -> Iterator[bytes]:
    """The whole blocks of a log, sealed. Raises InvalidInputError: it is none."""
    if file.read(len(MAGIC)) != MAGIC:
        raise InvalidInputError(f"{Path(file.name).name} is no cue log.", field="call")
    while sealed := _next_block(file):
        yield sealed


def _write_block(file: BinaryIO, sealed: bytes) -> None:
    file.write(_LENGTH.pack(len(sealed)) + sealed)


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
