"""The commands ``parley bench``: their options. Light, so that every command starts fast."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli_options import ENV_FILE, AsJson, EnvFile


class BenchEars(StrEnum):
    """What the ears of ``bench serve`` take for words."""

    SOUND = "sound"
    SPEECH = "speech"
    NOTHING = "nothing"


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
    turn_model: Annotated[
        bool, typer.Option("--turn-model", help="Ask the turn model, which is an extra: turn.")
    ] = False,
    turn_model_apart: Annotated[
        bool, typer.Option("--turn-model-apart", help="Keep the turn model off --cores.")
    ] = False,
    ears: Annotated[
        BenchEars,
        typer.Option(
            help="What the ears take for words: any loud sound, for callers on a quiet line; only "
            "what is surely speech, for noise; or nothing."
        ),
    ] = BenchEars.SOUND,
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
    run_bench_serve(
        env_file,
        port,
        delays,
        cores,
        own_services=not use_services,
        ears=ears.value,
        has_turn_model=turn_model,
        model_apart=turn_model_apart,
    )


@bench.command("voice")
def voice(
    modes: Annotated[
        list[str] | None,
        typer.Argument(help="single, pauses, bargein, noise, ramp, greeting, or all."),
    ] = None,
    stt_ms: Annotated[float, typer.Option(min=0, help="As in 'parley bench serve'.")] = 0.0,
    llm_first_ms: Annotated[float, typer.Option(min=0, help="As in 'parley bench serve'.")] = 0.0,
    llm_tokens: Annotated[
        int, typer.Option(min=0, max=1000, help="Tokens of a reply; 0: as the mode needs.")
    ] = 0,
    llm_token_ms: Annotated[float, typer.Option(min=0, help="As in 'parley bench serve'.")] = 0.0,
    tts_first_ms: Annotated[float, typer.Option(min=0, help="As in 'parley bench serve'.")] = 0.0,
    turn_model: Annotated[
        bool, typer.Option("--turn-model", help="As in 'parley bench serve'.")
    ] = False,
    serve_option: Annotated[
        list[str] | None,
        typer.Option(
            help="One more word for 'parley bench serve', as in --serve-option=--ears=nothing."
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Call a server that runs already: http://127.0.0.1:8090")
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="The number to call; else that of the bench.")
    ] = None,
    peer: Annotated[
        str | None,
        typer.Option(
            help="Start and measure another Twilio bot beside ours: its command, in which "
            "{port}, {stt_ms}, {llm_first_ms}, {llm_tokens}, {llm_token_ms} and {tts_first_ms} "
            "are filled in."
        ),
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(help="The folder of recordings; else ../shared/speech.")
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Synthetic callers instead of recordings.")
    ] = False,
    turns: Annotated[int, typer.Option(min=1, help="Turns or interruptions to measure.")] = 200,
    at_once: Annotated[int, typer.Option(min=1, help="Calls at once, outside the ramp.")] = 4,
    calls: Annotated[str, typer.Option(help="The steps of the ramp.")] = "1,10,25,50,100",
    seconds: Annotated[float, typer.Option(min=5, help="How long each step lasts.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Who says what when.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all figures to this file as well.")
    ] = None,
) -> None:
    """Measure what callers hear: how soon, how whole, how calm, and how many calls a core holds.

    Starts 'parley bench serve' on a processor of its own and calls it from another one, with
    recordings of people. What the columns mean is in docs/performance.md.
    """
    from app.bench.engines import Delays  # noqa: PLC0415  seconds of imports
    from app.bench.voice_bench import VoicePlan  # noqa: PLC0415  seconds of imports
    from app.commands import bench_voice  # noqa: PLC0415  seconds of imports
    from app.commands.telling import errors_told  # noqa: PLC0415  as above

    with errors_told():
        default = VoicePlan()
        plan = VoicePlan(
            modes=bench_voice.modes_of(modes or ["single"]),
            delays=Delays(stt_ms, llm_first_ms, llm_tokens, llm_token_ms, tts_first_ms),
            options=(*(["--turn-model"] if turn_model else []), *(serve_option or ())),
            url=url,
            number=number or default.number,
            peer=peer,
            speech=speech or default.speech,
            is_synthetic=synthetic,
            turns=turns,
            at_once=at_once,
            calls=bench_voice.numbers_of(calls),
            seconds=seconds,
            seed=seed,
        )
    bench_voice.run_bench_voice(plan, json_file)
