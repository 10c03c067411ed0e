"""The command ``parley``: one small file that starts fast and loads each command on use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from app.call.command import register as register_call
from app.cli_bench import register as register_bench
from app.cli_doctor import register as register_doctor
from app.cli_models import register as register_models
from app.cli_options import ENV_FILE, AsJson, EnvFile
from app.cli_replay import register as register_replay
from app.cli_reseal import register as register_reseal
from app.cli_shelf import numbers, scripts
from app.cli_worker import register as register_worker

EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong input or settings."

app = typer.Typer(
    name="parley",
    help="AI phone calls, self-hosted. Start with 'parley call booking': a whole call on this "
    f"machine, without any account.\n\n{EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
calls = typer.Typer(name="calls", help="Look at the calls there have been.", no_args_is_help=True)
app.add_typer(calls)
app.add_typer(numbers)
app.add_typer(scripts)


class KeyRole(StrEnum):
    """What an API key may do."""

    ADMIN = "admin"
    MANAGER = "manager"
    VIEWER = "viewer"


register_call(app)
register_doctor(app)
register_models(app)
register_worker(app)
register_bench(app)
register_replay(app)
register_reseal(app)


@app.command()
def serve(env_file: EnvFile = ENV_FILE) -> None:
    """Run the server: webhooks, media streams and the API.

    Settings come from the environment and .env; .env.example explains each. Without DATABASE_URL
    and REDIS_URL it runs a Postgres and a Valkey of its own in PARLEY_DATA_DIR and brings the
    database up to date; a database of yours is only checked ('parley migrate').

    At the first start an API key is printed, once. Ctrl-C lets live calls finish for 30 s;
    a second Ctrl-C ends them.
    """
    from app.commands.serve import serve_until_stopped  # noqa: PLC0415  seconds of imports

    serve_until_stopped(env_file)


@app.command()
def migrate(env_file: EnvFile = ENV_FILE) -> None:
    """Bring the database up to date. Safe to repeat, and safe from several machines.

    Uses DATABASE_URL, or the embedded Postgres without it.
    """
    from app.commands.migrate import migrate_now  # noqa: PLC0415  seconds of imports

    migrate_now(env_file)


@app.command()
def key(
    role: Annotated[
        KeyRole,
        typer.Option(
            help="viewer reads; manager also places calls and acts on live ones; admin does all."
        ),
    ] = KeyRole.ADMIN,
    label: Annotated[str, typer.Option(help="What you will know the key by.")] = "made by hand",
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Make an API key and print it: alone on one line of standard output.

    Only its hash is stored, so it cannot be shown again. Send it as
    'Authorization: Bearer KEY'.
    """
    from app.commands.key import make_key  # noqa: PLC0415  seconds of imports

    make_key(env_file, role.value, label)


@calls.command("list")
def list_calls(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 20,
    as_json: AsJson = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """List the newest calls."""
    from app.commands.calls import print_list  # noqa: PLC0415  seconds of imports

    print_list(env_file, limit, as_json=as_json)


@calls.command("show")
def show_call(
    sid: Annotated[str, typer.Argument(help="The call's CallSid (CA...) or call id.")],
    as_json: AsJson = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Show one call: what was said, what came of it, what it cost."""
    from app.commands.calls import print_one  # noqa: PLC0415  seconds of imports

    print_one(env_file, sid, as_json=as_json)


@app.command()
def chat(
    script: Annotated[
        str, typer.Option(help="A script's name, or a YAML file of your own.")
    ] = "estate_agency_outbound",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="Pretend that it is this moment, so that 'next Tuesday' is the same every time.",
            formats=[
                "%Y-%m-%dT%H:%M:%S%z",
                "%Y-%m-%dT%H:%M%z",
                "%Y-%m-%dT%H:%M:%S",
                "%Y-%m-%dT%H:%M",
            ],
        ),
    ] = None,
    in_memory: Annotated[
        bool, typer.Option("--in-memory", help="Keep nothing: no database is used or started.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="For programs: one line in, one JSON object out, with reply, agent, stage, "
            "slots, tools, outcome, ended. The first object is the greeting.",
        ),
    ] = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Talk to the agents in text: the same graph as on the phone, without sound.

    Write what the caller says, one line a turn. An empty line is silence. The chat ends when the
    agent hangs up, or with Ctrl-D.
    """
    from app.commands.chat import run_chat  # noqa: PLC0415  seconds of imports

    run_chat(env_file, script, as_of, in_memory=in_memory, as_json=as_json)


def main() -> None:
    """The entry point of the command."""
    app()
