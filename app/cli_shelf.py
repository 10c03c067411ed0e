"""The commands ``parley numbers`` and ``parley scripts``: their arguments and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile

numbers = typer.Typer(
    name="numbers", help="Your telephone numbers, and what is said on them.", no_args_is_help=True
)
scripts = typer.Typer(
    name="scripts",
    help="What the agents say: look, check, publish. Start from a shipped one: "
    "'parley scripts show estate_agency_inbound > mine.yaml'.",
    no_args_is_help=True,
)

Number = Annotated[
    str,
    typer.Argument(help="Such as +442079460123 or '020 7946 0123'.", metavar="NUMBER"),
]
ScriptFile = Annotated[Path, typer.Argument(help="A script as a YAML file.", metavar="FILE")]


@numbers.command("list")
def list_numbers(as_json: AsJson = False, env_file: EnvFile = ENV_FILE) -> None:
    """List your numbers with their brands and scripts."""
    from app.commands.numbers import print_numbers  # noqa: PLC0415  seconds of imports

    print_numbers(env_file, as_json=as_json)


@numbers.command("add")
def add_number(
    number: Number,
    script: Annotated[
        str,
        typer.Option(
            metavar="FILE_OR_NAME",
            help="What is said when somebody calls: a YAML file, which is checked and published, "
            "or the name of a published script.",
        ),
    ],
    outbound_script: Annotated[
        str | None,
        typer.Option(
            metavar="FILE_OR_NAME",
            help="What is said on calls from the number.",
            show_default="the brand's, if it has one",
        ),
    ] = None,
    freephone: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER", help="The new brand's freephone number.", show_default="the script's"
        ),
    ] = None,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Tell Parley of a number, or give a number another script.

    The script's brand is used if there is one of that name, else it is made. A running server
    uses the change from the next call on; calls of the moment end as they began.
    """
    from app.commands.numbers import add  # noqa: PLC0415  seconds of imports

    add(env_file, number, script, outbound_script, freephone)


@numbers.command("remove")
def remove_number(number: Number, env_file: EnvFile = ENV_FILE) -> None:
    """Forget a number that no call is using. Stored calls, scripts and the brand stay."""
    from app.commands.numbers import remove  # noqa: PLC0415  seconds of imports

    remove(env_file, number)


@scripts.command("list")
def list_scripts(as_json: AsJson = False, env_file: EnvFile = ENV_FILE) -> None:
    """List the published scripts, and on which numbers they are spoken."""
    from app.commands.scripts import print_scripts  # noqa: PLC0415  seconds of imports

    print_scripts(env_file, as_json=as_json)


@scripts.command("show")
def show_script(
    name: Annotated[str, typer.Argument(help="A name of 'parley scripts list'.", metavar="NAME")],
    version: Annotated[
        int | None,
        typer.Option(min=0, help="0 is the file as shipped.", show_default="the newest"),
    ] = None,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Print a script as YAML, exactly as it was published."""
    from app.commands.scripts import print_script  # noqa: PLC0415  seconds of imports

    print_script(env_file, name, version)


@scripts.command("check")
def check_script(file: ScriptFile) -> None:
    """Check a script and name every fault by line and key. Changes nothing."""
    from app.commands.scripts import check  # noqa: PLC0415  seconds of imports

    check(file)


@scripts.command("publish")
def publish_script(file: ScriptFile, env_file: EnvFile = ENV_FILE) -> None:
    """Check a script and publish it as the newest version of its name.

    A text that is already the newest version makes no other one.
    """
    from app.commands.scripts import publish  # noqa: PLC0415  seconds of imports

    publish(env_file, file)
