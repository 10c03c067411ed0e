"""An environment in which nothing of ours is set, whatever the developer's own shell holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import ENVIRONMENT_NAMES


def unset_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting is given."""
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)


def move_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in ``folder``, with no setting but a data folder in it, and no .env; the data folder."""
    unset_all(monkeypatch)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(folder / "data"))
    return folder / "data"
