"""How commands tell people what happened: plain lines, clear errors, exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from app.logs import configure_logs
from app.settings import Settings, load_settings, strangers
from core.errors import InvalidInputError, NotFoundError, ParleyError, RefusedError

FAILED: Final = 1
WRONG_INPUT: Final = 2  # as click has it for wrong options


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn our errors into one clear message and an exit code; bugs keep their traceback."""
    try:
        yield
    except (InvalidInputError, NotFoundError, RefusedError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(WRONG_INPUT) from None
    except ParleyError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(FAILED) from None


def settings_of(env_file: Path, *, quiet: bool = True) -> Settings:
    """The settings, with logs set up. ``quiet``: a command's logs show only trouble.

    Raises:
        SettingsError: naming all that is wrong.
        InvalidInputError: a settings file was named that is not there.
    """
    if env_file != Path(".env") and not env_file.is_file():
        raise InvalidInputError(f"There is no settings file {env_file}.", field="env_file")
    settings = load_settings(env_file)
    configure_logs("WARNING" if quiet else settings.log_level.value)
    for line in strangers():
        typer.echo(f"Note: {line}", err=True)
    return settings
