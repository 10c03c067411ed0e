"""A file that grows with a call: in order, private, locked; a bad disk never holds up the call."""

from __future__ import annotations

import asyncio
import fcntl
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.virtual_time import virtual_time
from voice import call_file
from voice.call_file import HANGS, CallFile

EVERY_S = 2.0


class Words:
    """What a call has to say for its file."""

    def __init__(self) -> None:
        self.waiting = b""
        self.stopped: list[str] = []
        self.fault: OSError | None = None
        self.hang: threading.Event | None = None

    def takes(self, last: bool) -> bytes:
        taken, self.waiting = self.waiting + b"." * last, b""
        return taken

    def puts(self, file: BinaryIO, taken: bytes) -> None:
        if self.hang is not None:
            self.hang.wait()
        if self.fault is not None:
            raise self.fault
        file.write(taken)

    def file(self, path: Path) -> CallFile:
        return CallFile(
            path, b"HEAD", EVERY_S, takes=self.takes, puts=self.puts, stopped=self.stopped.append
        )


@virtual_time
async def test_what_gathers_is_written_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    words, path = Words(), tmp_path / "deep" / "call.txt"
    async with words.file(path):
        words.waiting = b" one"
        await asyncio.sleep(EVERY_S + 0.1)
        assert path.read_bytes() == b"HEAD one"
        words.waiting = b" two"
    assert path.read_bytes() == b"HEAD one two."
    assert path.stat().st_mode & 0o777 == 0o600
    assert words.stopped == []


@virtual_time
async def test_a_call_that_ends_by_an_error_keeps_its_file(tmp_path: Path) -> None:
    words, path = Words(), tmp_path / "call.txt"

    async def hold_call() -> None:
        async with words.file(path):
            words.waiting = b" one"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await hold_call()
    assert path.read_bytes() == b"HEAD one."


@virtual_time
async def test_after_a_fault_nothing_more_is_written(tmp_path: Path) -> None:
    words, path = Words(), tmp_path / "call.txt"
    async with words.file(path):
        words.waiting, words.fault = b" one", OSError(5, "Input/output error")
        await asyncio.sleep(EVERY_S + 0.1)
        words.waiting, words.fault = b" two", None
        await asyncio.sleep(EVERY_S)
        assert words.waiting == b""  # taken, so that it does not pile up
    assert words.stopped == ["Input/output error"]
    assert path.read_bytes() == b"HEAD"


@virtual_time
async def test_a_file_is_locked_for_as_long_as_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "call.txt"
    async with Words().file(path):
        with path.open("rb") as ours, pytest.raises(BlockingIOError):
            fcntl.flock(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open("rb") as ours:
        fcntl.flock(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)


@virtual_time
async def test_a_place_that_takes_no_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    with pytest.raises(OSError, match="in the way"):
        async with Words().file(tmp_path / "in the way" / "call.txt"):
            pass
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_disk_that_hangs_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_file, "CLOSE_S", 0.01)  # a thread at work stops virtual time
    words = Words()
    words.waiting, words.hang = b" one", threading.Event()
    try:
        async with words.file(tmp_path / "call.txt"):
            pass
        assert words.stopped == [HANGS]
    finally:
        words.hang.set()
