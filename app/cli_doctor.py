"""The command ``parley doctor``: its options and help."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(doctor)


def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure nothing of Whisper: done in a few seconds.")
    ] = False,
    try_models: Annotated[
        bool,
        typer.Option(
            "--try-models",
            help="Ask the language model at Groq for one word, to measure how soon it answers. "
            "It costs next to nothing, but not nothing.",
        ),
    ] = False,
    as_json: AsJson = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Check settings, services, models and this machine, and say what to do.

    Each line says what was really tried: services are connected to, models are asked, and Whisper
    is measured here, to name the size that keeps up. No settings and no data are changed; without
    DATABASE_URL and REDIS_URL the embedded services are started, asked and stopped again.

    Exit codes: 0 nothing failed, 1 something did, 2 wrong settings, all of them named.
    """
    from app.commands.doctor import run_doctor  # noqa: PLC0415  seconds of imports

    run_doctor(env_file, quick=quick, try_models=try_models, as_json=as_json)
