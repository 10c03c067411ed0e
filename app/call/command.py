"""The command ``parley call``: its options. Light, so that every command starts fast."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from core.call import Direction


def call(
    who: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="The same as --scenario.")
    ] = "booking",
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            "-s",
            help="Who is on the phone: a name of --list or a YAML file.",
            show_default="booking",
        ),
    ] = None,
    wav_dir: Annotated[
        Path | None,
        typer.Option(
            help="Speak with your own recordings instead: the .wav files of this folder by name, "
            "one at each of the caller's turns (16 bit PCM, 8 to 48 kHz)."
        ),
    ] = None,
    direction: Annotated[
        Direction, typer.Option(help="With --wav-dir: who calls whom, seen from Parley.")
    ] = Direction.INBOUND,
    voice: Annotated[str, typer.Option(help="The caller's espeak-ng voice.")] = "en-us",
    rate: Annotated[int, typer.Option(min=80, max=300, help="Words a minute of the caller.")] = 140,
    html: Annotated[
        Path, typer.Option(help="Where the report goes; the recording goes beside it as .wav.")
    ] = Path("call.html"),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the result as JSON to this file too.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Ring a server that runs already, such as http://127.0.0.1:8080 "
            "(inbound only; needs --api-key and --auth-token)."
        ),
    ] = None,
    api_key: Annotated[str, typer.Option(help="With --server: a key to its API.")] = "",
    account_sid: Annotated[str, typer.Option(help="With --server: its TWILIO_ACCOUNT_SID.")] = "",
    auth_token: Annotated[str, typer.Option(help="With --server: its TWILIO_AUTH_TOKEN.")] = "",
    network_delay_ms: Annotated[
        float, typer.Option(min=0, max=5000, help="Delay of the network, each way.")
    ] = 0,
    jitter_ms: Annotated[
        float, typer.Option(min=0, max=5000, help="Up to so much more delay, at random.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Makes the jitter repeatable.")] = 1,
    limit: Annotated[
        float, typer.Option(min=5, max=3600, help="Seconds after which the call has failed.")
    ] = 120,
    list_: Annotated[bool, typer.Option("--list", help="List the scenarios and stop.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    run_matrix: Annotated[
        bool, typer.Option("--matrix", hidden=True, help="All scenarios with five voices.")
    ] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=50, hidden=True, help="With --matrix: calls at a time.")
    ] = 2,
) -> None:
    """Play a whole phone call on this machine, hear and read it, and see what it cost.

    A caller with a mind of their own talks to a really running server over Twilio's own protocol.
    The call is shown as it happens. It ends with exit code 0 if it came to what the scenario
    says, and 1 if it did not; call.html holds the recording, the words and the figures.
    """
    from app.call import play  # noqa: PLC0415  seconds of imports

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the server too, as Ctrl-C
    if list_:
        play.show_scenarios()
        return
    options = play.Options(
        scenario=scenario or who,
        wav_dir=wav_dir,
        direction=direction,
        voice=voice,
        rate=rate,
        html=html,
        json_file=json_file,
        server=play.Server(server, api_key, account_sid, auth_token) if server else None,
        network_delay_ms=network_delay_ms,
        jitter_ms=jitter_ms,
        seed=seed,
        limit_s=limit,
        quiet=quiet,
    )
    raise typer.Exit(play.play_matrix(options, at_once) if run_matrix else play.play_one(options))


def register(app: typer.Typer) -> None:
    """Add the command to Parley's command line."""
    app.command("call")(call)
