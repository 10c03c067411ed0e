"""Loops of the background: they begin at once, come again, and outlive what fails in them."""

from __future__ import annotations

import asyncio

import pytest

from app.loops import PASS_S, Loop, keep_doing
from core.errors import ProviderError
from tests.virtual_time import virtual_time

EVERY_S = 30.0


class Work:
    """Notes when it was done; does with each pass what it is told."""

    def __init__(self, *faults: Exception | float) -> None:
        self.at: list[float] = []
        self._faults = list(faults)

    async def __call__(self) -> None:
        self.at.append(asyncio.get_running_loop().time())
        if self._faults:
            fault = self._faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            await asyncio.sleep(fault)


async def passes(work: Work, seconds: float) -> list[float]:
    """When the work was done within ``seconds``, counted from the start."""
    began = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await keep_doing(Loop("test", EVERY_S, work))
    return [at - began for at in work.at]


@virtual_time
async def test_work_begins_at_once_and_comes_again() -> None:
    assert await passes(Work(), 70) == [0, 30, 60]


@virtual_time
async def test_a_fault_ends_nothing() -> None:
    away = ProviderError("postgres", "The database cannot be reached.", retryable=True)
    assert await passes(Work(away, RuntimeError("a bug")), 70) == [0, 30, 60]


@virtual_time
async def test_a_pass_that_hangs_is_given_up() -> None:
    assert await passes(Work(3600.0), PASS_S + EVERY_S + 1) == [0, PASS_S + EVERY_S]


@virtual_time
async def test_a_loop_ends_in_the_middle_of_a_pass() -> None:
    assert await passes(Work(50.0), 10) == [0]
