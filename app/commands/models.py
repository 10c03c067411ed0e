"""``parley models``: which Whisper models are on this machine, and how to get one."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from app.commands.tables import show_table
from app.commands.telling import errors_told, settings_of
from app.ears import models_dir, whisper_config
from core.errors import InvalidInputError
from voice.providers.stt_whisper import WhisperConfig, weights
from voice.providers.stt_whisper.download import Hub


@dataclass(frozen=True, slots=True)
class Model:
    """One line of the list. ``folder`` and ``size_bytes`` are of an installed model."""

    name: str
    installed: bool
    configured: bool
    size_bytes: int = 0
    folder: str = ""


class Bar:
    """The progress of a download on a terminal, or a line at its start where there is none."""

    def __init__(self, console: Console, name: str) -> None:
        self._name = name
        self._console = console
        self.shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def began(self, total: int, there: int) -> None:
        """The download is so large, and so much of it is there from an earlier time."""
        if self.shown.disable:
            kept = f", {there / 1e6:.0f} MB of it already here" if there else ""
            self._console.print(f"Fetching {self._name}: {total / 1e6:.0f} MB{kept}")
        self._task = self.shown.add_task(self._name, total=total, completed=there)

    def came(self, count: int) -> None:
        """So many more bytes."""
        if self._task is not None:
            self.shown.update(self._task, advance=count)


def print_models(env_file: Path, *, as_json: bool) -> None:
    """Show what there is; what is not on this machine has no size."""
    with errors_told():
        config = whisper_config(settings_of(env_file))
        found = listed(config)
        if as_json:
            typer.echo(json.dumps([asdict(model) for model in found]))
            return
        show_table(
            ("MODEL", "ON DISK", "INSTALLED", "WHISPER_MODEL", "FOLDER"),
            [
                (
                    model.name,
                    f"{model.size_bytes / 1e6:.0f} MB" if model.installed else "",
                    "yes" if model.installed else "no",
                    "this one" if model.configured else "",
                    model.folder,
                )
                for model in found
            ],
        )


def listed(config: WhisperConfig) -> list[Model]:
    """All sizes, and the configured folder if it is no size."""
    names = list(weights.REPOSITORIES)
    if weights.is_folder(config.model):
        names.append(config.model)
    chosen = weights.full_name(config.model)
    return [_looked_at(replace(config, model=name), configured=name == chosen) for name in names]


def pull(env_file: Path, size: str | None, endpoint: str | None, *, again: bool) -> None:
    """Fetch a model; says where it is, and which setting makes use of it.

    ``again``: also when its files are here, which may be damaged all the same.
    """
    with errors_told():
        settings = settings_of(env_file)
        config = whisper_config(settings)
        if size is None and weights.is_folder(config.model):
            raise InvalidInputError(
                f"WHISPER_MODEL is {config.model}, which is no size. Say which model to fetch, "
                "such as: parley models pull medium",
                field="size",
            )
        wanted = weights.full_name(size or config.model)
        weights.repository_of(wanted)
        there = None if again else weights.find(replace(config, model=wanted))
        if there is not None:
            typer.echo(f"{wanted} is here already: {there}")
        else:
            folder = models_dir(settings)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise unusable(settings.data_dir, error) from error
            bar = Bar(Console(file=sys.stderr), wanted)
            with bar.shown:
                there = Hub(endpoint).pull(wanted, folder, bar)
            typer.echo(f"{wanted} is in {there}")
        if wanted != weights.full_name(config.model):
            typer.echo(f"WHISPER_MODEL is {config.model}: set it to {wanted} to hear with it.")


def unusable(data_dir: Path, error: OSError) -> InvalidInputError:
    """What to do about a data folder that takes no folder or file."""
    return InvalidInputError(
        f"{error.filename or data_dir} cannot be made ({error.strerror}). Set PARLEY_DATA_DIR to "
        "a folder that you may write to.",
        field="PARLEY_DATA_DIR",
    )


def _looked_at(config: WhisperConfig, *, configured: bool) -> Model:
    folder = weights.find(config)
    if folder is None:
        return Model(config.model, installed=False, configured=configured)
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    return Model(
        config.model, installed=True, configured=configured, size_bytes=size, folder=str(folder)
    )
