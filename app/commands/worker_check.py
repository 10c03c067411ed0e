"""``parley worker --check``: whether the workers of this machine live. A container asks often."""

from __future__ import annotations

from pathlib import Path

import typer

from app.clock import MachineClock
from app.commands.telling import FAILED, errors_told, settings_of
from app.heartbeat import STALE_S, ages_s, are_well


def check_workers(env_file: Path) -> None:
    """Say how the workers are; exit code 1 when there is none or one hangs."""
    with errors_told():
        ages = ages_s(settings_of(env_file).data_dir, MachineClock())
    for age_s in ages:
        hangs = "" if are_well([age_s]) else f": it hangs ({STALE_S:.0f} s are allowed)"
        typer.echo(f"A worker gave its last sign of life {age_s:.0f} s ago{hangs}.")
    if not ages:
        typer.echo("No worker of this data directory runs on this machine.")
    if not are_well(ages):
        raise typer.Exit(FAILED)
