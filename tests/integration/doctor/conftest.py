"""A machine without settings, and services that run already."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import ENVIRONMENT_NAMES


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LLM_PROVIDER", "script")


@pytest.fixture
def given(fresh_database: str, redis_url: str) -> dict[str, str]:
    """Services that run already: the embedded ones of this test run."""
    return {"DATABASE_URL": fresh_database, "REDIS_URL": redis_url}
