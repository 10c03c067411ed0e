"""A run of the graph in its own task: pieces as they are said, faults as they are, no run left."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from core.errors import ProviderError
from core.speech import ReplyPiece
from graph.context import Voice
from graph.running import pieces_of


class Talk:
    """Says pieces, one each turn of the loop, and notes whether it came to its end."""

    def __init__(self, pieces: int, fault: Exception | None = None) -> None:
        self.pieces = pieces
        self.fault = fault
        self.said = 0
        self.over = False

    async def run(self, voice: Voice) -> None:
        try:
            for at in range(self.pieces):
                await asyncio.sleep(0)
                voice(ReplyPiece(at, f"Sentence {at}.", "greeting"))
                self.said += 1
            if self.fault is not None:
                raise self.fault
        finally:
            self.over = True


async def test_a_piece_comes_before_the_run_is_over() -> None:
    talk = Talk(3)
    left = []
    async for piece in pieces_of(talk.run):
        left.append((piece.index, talk.over))
        await asyncio.sleep(0)
    assert [number for number, _ in left] == [0, 1, 2]
    assert left[0] == (0, False)


async def test_a_fault_comes_as_itself_after_what_was_said() -> None:
    talk = Talk(2, ProviderError("postgres", "away", retryable=True))
    heard: list[int] = []

    async def read() -> None:
        async for piece in pieces_of(talk.run):
            heard.append(piece.index)
            await asyncio.sleep(0)  # the fault comes while the reader is busy elsewhere
            await asyncio.sleep(0)

    with pytest.raises(ProviderError):
        await read()
    assert heard == [0, 1]


async def test_who_reads_no_further_leaves_no_run() -> None:
    talk = Talk(1000)
    async with aclosing(pieces_of(talk.run)) as pieces:
        async for _ in pieces:
            break
    assert talk.over
    assert talk.said < 10


async def test_a_cancelled_reader_leaves_no_run() -> None:
    silent = asyncio.Event()
    over = asyncio.Event()

    async def run(_voice: Voice) -> None:
        try:
            await silent.wait()
        finally:
            over.set()

    async def read() -> None:
        async for _ in pieces_of(run):
            pass

    async with asyncio.TaskGroup() as group:
        reader = group.create_task(read(), name="read")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reader.cancel()
    assert reader.cancelled()
    assert over.is_set()
