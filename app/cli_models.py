"""The commands ``parley models``: their arguments and help."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile

models = typer.Typer(
    name="models",
    help="Whisper's weights on this machine. Without them pocketsphinx hears, which understands "
    "little but the answers that the script expects.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(models)


@models.command("list")
def list_models(as_json: AsJson = False, env_file: EnvFile = ENV_FILE) -> None:
    """List the models there are, which of them are on this machine, and which one is set."""
    from app.commands.models import print_models  # noqa: PLC0415  seconds of imports

    print_models(env_file, as_json=as_json)


@models.command("pull")
def pull_model(
    size: Annotated[
        str | None,
        typer.Argument(help="A name of 'parley models list'.", show_default="WHISPER_MODEL"),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(help="A mirror of the Hub.", show_default="HF_ENDPOINT, or huggingface.co"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also if it is here: for weights that cannot be loaded.")
    ] = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Download a model from Hugging Face into PARLEY_DATA_DIR. Safe to stop and to repeat.

    A download that broke off goes on where it stopped. Each file is checked; a model is there as a
    whole or not at all. A running server uses it from its next start on.
    """
    from app.commands.models import pull  # noqa: PLC0415  seconds of imports

    pull(env_file, size, endpoint, again=again)
