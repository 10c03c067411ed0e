"""The command ``parley reseal``: its arguments and help."""

from __future__ import annotations

import typer

from app.cli_options import ENV_FILE, EnvFile


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reseal)


def reseal(env_file: EnvFile = ENV_FILE) -> None:
    """Seal personal data again with the newest key of PARLEY_KEY, so that the others can go.

    Put a new key in front of the old one and start every server and worker again before this.
    It seals the database, and the cue logs in the data directory of this machine: run it on each
    machine that records calls. Calls go on meanwhile. Exit code 1: something is left under an old
    key; it is named.
    """
    from app.commands.reseal import reseal_everything  # noqa: PLC0415  seconds of imports

    reseal_everything(env_file)
