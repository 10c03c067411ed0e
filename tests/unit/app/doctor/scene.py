"""Settings for the doctor's checks, and what they found in short."""

from __future__ import annotations

import pytest

from app.doctor.finding import Finding
from app.settings import Settings, load_settings

GIB = 1024**3


def with_settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings with these set."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings(None)


def states(*findings: Finding) -> list[str]:
    """The state of each finding."""
    return [finding.state.value for finding in findings]
