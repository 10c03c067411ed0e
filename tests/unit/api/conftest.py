"""Fixtures of the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.unit.api.doors import Doors


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    """The doors of a house that checks signatures."""
    return Doors(tmp_path)


@pytest.fixture
async def viewer(doors: Doors) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may read."""
    async with doors.client("viewer") as client:
        yield client


@pytest.fixture
async def manager(doors: Doors) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may place calls."""
    async with doors.client("manager") as client:
        yield client
