"""The commands ``parley bench``: their options. Light, so that every command starts fast."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile

bench = typer.Typer(
    name="bench", help="Measure this program on this machine.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(bench)


@bench.callback()
def _bench() -> None:
    """Measure this program on this machine."""


@bench.command("graph")
def graph(
    calls: Annotated[
        int, typer.Option(min=1, max=1000, help="How many calls at once; 1: one turn at a time.")
    ] = 1,
    turns: Annotated[
        int, typer.Option(min=3, max=200, help="Turns of each call, with its opening.")
    ] = 21,
    seconds: Annotated[
        float, typer.Option(min=1, help="How long to measure several calls.")
    ] = 30.0,
    measured_calls: Annotated[
        int, typer.Option(min=1, help="How many calls to measure one by one, with --calls 1.")
    ] = 20,
    use_services: Annotated[
        bool,
        typer.Option(
            "--use-services",
            help="Use the services of the settings instead of own ones in a temporary folder. "
            "The bench leaves its calls there: take a database made for it.",
        ),
    ] = False,
    as_json: AsJson = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Measure a turn of the conversation, all but the voice and the language model.

    Runs whole calls through the graph, on a real Postgres and a real cache, with a chat model
    that costs nothing. With several calls each thinks 1.5 to 4.5 s between its turns, as people
    do. What the parts mean is in docs/performance.md.
    """
    from app.bench.graph_turns import Plan  # noqa: PLC0415  seconds of imports
    from app.commands.bench import run_graph_bench  # noqa: PLC0415  seconds of imports

    plan = Plan(calls, turns, seconds, measured_calls)
    run_graph_bench(env_file, plan, own_services=not use_services, as_json=as_json)


@bench.command("serve")
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8090,
    stt_ms: Annotated[
        float, typer.Option(min=0, help="From the last sound of a word to its text.")
    ] = 0.0,
    llm_first_ms: Annotated[float, typer.Option(min=0, help="To the model's first token.")] = 0.0,
    llm_tokens: Annotated[
        int, typer.Option(min=0, max=1000, help="Tokens of a reply; 0: two sentences of 30.")
    ] = 0,
    llm_token_ms: Annotated[float, typer.Option(min=0, help="From token to token.")] = 0.0,
    tts_first_ms: Annotated[
        float, typer.Option(min=0, help="To the first sound of an utterance.")
    ] = 0.0,
    cores: Annotated[
        str, typer.Option(help="Processors for this process, as in 0 or 0,2; else all.")
    ] = "",
    deaf: Annotated[
        bool, typer.Option("--deaf", help="The ears hear no words in any sound: for noise.")
    ] = False,
    use_services: Annotated[
        bool,
        typer.Option(
            "--use-services",
            help="Use the services of the settings instead of own ones in a temporary folder. "
            "The bench leaves its calls and a number there: take a database made for it.",
        ),
    ] = False,
    env_file: EnvFile = ENV_FILE,
) -> None:
    """Run the real gateway on engines of exactly these delays, to be measured by any caller.

    The webhook is /twilio/voice, unsigned and for this machine only; calls to the number that is
    printed get a short opening, and every turn goes to the model. Ctrl-C stops it.
    """
    from app.commands.bench_serve import run_bench_serve  # noqa: PLC0415  seconds of imports

    delays = (stt_ms, llm_first_ms, llm_tokens, llm_token_ms, tts_first_ms)
    run_bench_serve(env_file, port, delays, cores, own_services=not use_services, is_deaf=deaf)
