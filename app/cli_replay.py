"""The command ``parley replay``: its arguments and help."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    call: Annotated[str, typer.Argument(help="The call's CallSid (CA...) or call id.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Show what would have differed with another setting, such as "
            "endpointing.extra_pause_ms=200. May be given several times; a name that does not "
            "exist lists those that do.",
        ),
    ] = None,
    as_json: AsJson = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Run a recorded call again: the same cues, and so the same decisions.

    Reads the call's cue log, which is kept beside its recording (RECORD_CALLS), and makes every
    decision of turn-taking anew. Exit code 1: one came out otherwise; the first is shown.

    With --set the caller is met with other settings, on virtual time: what the engines answered,
    and how long they took, is taken from the log. After the first difference that is an estimate.
    """
    from app.commands.replay import replay_call  # noqa: PLC0415  seconds of imports

    replay_call(env_file, call, settings or [], as_json=as_json)
