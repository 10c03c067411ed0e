"""Admission: who may still come, by loop lag, by playout margin, and by the places kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from core.ids import CallId
from tests.virtual_time import VirtualTimeLoop, virtual_time
from voice.load import CALM_S, LOOK_BACK_S, PLACE_S, LoadGauge, Places

CALL, OTHER = CallId(UUID(int=1)), CallId(UUID(int=2))


@asynccontextmanager
async def running(gauge: LoadGauge) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(gauge.run())
        yield
        task.cancel()


def stall(seconds: float) -> None:
    """The loop is busy for so long, whatever it should have done meanwhile."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.jump(seconds)


@virtual_time
async def test_an_idle_process_has_room() -> None:
    gauge = LoadGauge()
    async with running(gauge):
        await asyncio.sleep(30)
        assert gauge.has_room
        assert gauge.lag_p99_ms < 1


@pytest.mark.parametrize("after_s", [0.1, 15])  # while it starts; when it has long been running
@virtual_time
async def test_one_stall_is_no_load(after_s: float) -> None:
    gauge = LoadGauge()
    async with running(gauge):
        await asyncio.sleep(after_s)
        stall(0.5)
        await asyncio.sleep(1)
        assert gauge.has_room


@virtual_time
async def test_a_loop_that_lags_turns_calls_away_until_it_has_been_well_for_a_while() -> None:
    gauge = LoadGauge()
    async with running(gauge):
        for _ in range(20):
            stall(0.15)
            await asyncio.sleep(0.2)
        assert not gauge.has_room
        assert gauge.reason == "loop lag"
        assert gauge.lag_p99_ms > 100
        await asyncio.sleep(LOOK_BACK_S + CALM_S - 1)
        assert not gauge.has_room
        await asyncio.sleep(1.5)
        assert gauge.has_room


@virtual_time
async def test_margins_that_are_low_twice_turn_calls_away() -> None:
    margins = [400.0, 900.0]
    gauge = LoadGauge(lambda: margins)
    async with running(gauge):
        await asyncio.sleep(1)
        margins[0] = 60.0
        await asyncio.sleep(0.1)
        margins[0] = 400.0
        await asyncio.sleep(6)
        assert gauge.has_room, "once is an accident"
        margins[0] = 60.0
        await asyncio.sleep(0.3)
        assert (gauge.has_room, gauge.reason) == (False, "playout margin")
        margins[0] = 150.0
        await asyncio.sleep(20)
        assert not gauge.has_room, "neither low nor well"
        margins[:] = [300.0]
        await asyncio.sleep(CALM_S - 0.2)
        assert not gauge.has_room
        await asyncio.sleep(0.5)
        assert gauge.has_room


@virtual_time
async def test_a_place_is_kept_for_a_while_and_used_once() -> None:
    places = Places()
    places.reserve(CALL)
    places.reserve(CALL)
    places.reserve(OTHER)
    assert places.kept == 2
    assert places.claim(CALL)
    assert not places.claim(CALL)
    await asyncio.sleep(PLACE_S + 0.1)
    assert places.kept == 0
    assert not places.claim(OTHER)
    places.reserve(OTHER)
    await asyncio.sleep(PLACE_S - 1)
    places.reserve(OTHER)  # the webhook came again
    await asyncio.sleep(PLACE_S - 1)
    assert places.claim(OTHER)
