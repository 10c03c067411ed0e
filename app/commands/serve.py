"""``parley serve``: run the server until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import typer

from app.commands.telling import errors_told, settings_of


def serve_until_stopped(env_file: Path) -> None:
    """Serve; ends with exit code 0 after a signal to stop."""
    with errors_told():
        settings = settings_of(env_file, quiet=False)
        # Loaded after the settings are known to be right: it takes seconds. What is loaded stays
        # for good, so collecting garbage in between, and looking at it ever again, is wasted.
        gc.disable()
        from app.server import run_server  # noqa: PLC0415  as said above

        gc.freeze()
        gc.enable()
        asyncio.run(run_server(settings, typer.echo))
