"""A machine without settings, and services that run already."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bare_environment import move_into


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    move_into(tmp_path, monkeypatch)
    monkeypatch.setenv("LLM_PROVIDER", "script")


@pytest.fixture
def given(fresh_database: str, redis_url: str) -> dict[str, str]:
    """Services that run already: the embedded ones of this test run."""
    return {"DATABASE_URL": fresh_database, "REDIS_URL": redis_url}
