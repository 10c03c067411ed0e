"""``parley doctor``: run every check and tell what was found."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from app.commands.telling import FAILED, WRONG_INPUT, errors_told
from app.doctor.check import perform
from app.doctor.finding import Findings, fail
from app.doctor.report import Report, console_for_report, secrets_of, show_group
from app.doctor.rounds import Extent, every_group
from app.logs import configure_logs
from app.settings import Settings, SettingsError, load_settings
from core.errors import InvalidInputError


def run_doctor(env_file: Path, *, quick: bool, try_models: bool, as_json: bool) -> None:
    """Check everything; the exit code says whether something failed."""
    with errors_told():
        if env_file != Path(".env") and not env_file.is_file():
            raise InvalidInputError(f"There is no settings file {env_file}.", field="env_file")
        configure_logs("CRITICAL")  # what goes wrong becomes a finding
        try:
            settings = load_settings(env_file)
        except SettingsError as error:
            _tell_wrong(error, env_file, as_json=as_json)
            raise typer.Exit(WRONG_INPUT) from None
        extent = Extent(measures_whisper=not quick, asks_paid_models=try_models)
        report = asyncio.run(_examine(settings, env_file, extent, as_json=as_json))
        if report.has_failed:
            raise typer.Exit(FAILED)


async def _examine(settings: Settings, env_file: Path, extent: Extent, *, as_json: bool) -> Report:
    report, console = Report(secrets_of(settings)), console_for_report()

    def tell(group: str, findings: Findings) -> None:
        shown = report.add(group, findings)
        if not as_json:
            show_group(console, group, shown)

    if as_json or not console.is_terminal:
        await perform(every_group(settings, env_file, extent), tell)
    else:
        with console.status("Checking this machine and its services ..."):
            await perform(every_group(settings, env_file, extent), tell)
    if as_json:
        typer.echo(report.as_json())
    else:
        console.print(f"\n{report.last_line}", markup=False, soft_wrap=True)
    return report


def _tell_wrong(error: SettingsError, env_file: Path, *, as_json: bool) -> None:
    """Every wrong setting, and nothing else: with wrong settings nothing can be tried."""
    report, console = Report(), console_for_report()
    found = [
        fail("Settings", problem, f"Set it in the environment or in {env_file}.")
        for problem in error.problems
    ]
    shown = report.add("Settings", found)
    if as_json:
        typer.echo(report.as_json())
        return
    show_group(console, "Settings", shown)
    console.print(f"\n{report.last_line}", markup=False, soft_wrap=True)
