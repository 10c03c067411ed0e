"""The rounds of the doctor: every group of checks, in the order of the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.doctor import brain, carrier, hearing, machine, services, settings, voice
from app.doctor.check import Group
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Extent:
    """How far to go. ``asks_paid_models``: also those that charge for an answer."""

    measures_whisper: bool = True
    asks_paid_models: bool = False


def every_group(given: Settings, env_file: Path, extent: Extent) -> list[Group]:
    """All checks for these settings."""
    return [
        Group("Settings", settings.checks(given, env_file)),
        Group("Machine", machine.checks()),
        Group("Services", services.checks(given)),
        Group("Brain", brain.checks(given, asks_paid_models=extent.asks_paid_models)),
        Group("Hearing", hearing.checks(given, measures=extent.measures_whisper)),
        Group("Voice", voice.checks(given)),
        Group("Carrier", carrier.checks(given)),
    ]
