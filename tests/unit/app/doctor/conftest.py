"""A clean environment for the doctor's checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import ENVIRONMENT_NAMES


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but a data folder, and no .env nearby."""
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path / "data"))
