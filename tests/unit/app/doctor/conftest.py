"""A clean environment for the doctor's checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bare_environment import move_into


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but a data folder, and no .env nearby."""
    move_into(tmp_path, monkeypatch)
