"""The command ``parley worker``: its arguments and help."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli_options import ENV_FILE, EnvFile


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Only ask whether the workers of this machine live: exit code 0 or 1.",
        ),
    ] = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Run the work of the background, without a web server.

    It closes calls whose server died, and removes used stream tokens and the checkpoints of calls
    that ended more than an hour ago. Any number of workers may run; a server runs well without
    one, but only closes calls. Ctrl-C stops it at once; nothing is left half done.
    """
    if check:
        from app.commands.worker_check import check_workers  # noqa: PLC0415  seconds of imports

        check_workers(env_file)
    else:
        from app.commands.worker import work_until_stopped  # noqa: PLC0415  seconds of imports

        work_until_stopped(env_file)
