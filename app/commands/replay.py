"""``parley replay``: a recorded call decided again, for people and programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final
from uuid import UUID

import typer

from app.commands.stored import ready_database
from app.commands.tables import show_table
from app.commands.telling import FAILED, errors_told, settings_of
from app.recordings import folder_of
from app.replay.changes import changed
from app.replay.check import Difference, first_difference
from app.replay.history import Hushed, TurnSeen
from app.replay.what_if import TurnPair, WhatIf, what_if
from app.settings import Settings
from app.storage import keyring_of
from core.effects import Json
from core.errors import InvalidInputError, NotFoundError
from core.ids import CallId, CallSid
from voice.commands import Command
from voice.cue_codec import CueTrace
from voice.cue_track import SUFFIX, read_cues

NOTHING: Final = "-"
SHOWN: Final = 40  # characters of what was said, in a row of the table
HEADS: Final = ("at", "caller", "decided", "would be", "v2v", "would be", "")


def replay_call(env_file: Path, call: str, settings: Sequence[str], *, as_json: bool) -> None:
    """Decide the call again; with ``settings``, tell what would have differed."""
    with errors_told():
        found = settings_of(env_file)
        trace = _read(found, asyncio.run(_call_id(found, call)))
        other = changed(trace.state, settings)
        difference = first_difference(trace)
        is_broken = difference is not None and bool(difference.broke)
        compared = what_if(trace, other) if settings and not is_broken else None
        if as_json:
            typer.echo(json.dumps(_told(trace, difference, compared), ensure_ascii=False))
        else:
            _show_check(trace, difference)
            if compared is not None:
                _show_what_if(compared)
            elif settings:
                typer.echo("A call that cannot be decided again cannot be imagined otherwise.")
        if difference is not None:
            raise typer.Exit(FAILED)


async def _call_id(settings: Settings, call: str) -> CallId:
    """The call's id. A CallSid is looked up in the database."""
    try:
        return CallId(UUID(call))
    except ValueError:
        pass
    async with ready_database(settings) as storage:
        found = await storage.views.one(CallSid(call))
    if found is None:
        raise NotFoundError("call", call)
    return CallId(UUID(str(found["call_id"])))


def _read(settings: Settings, call_id: CallId) -> CueTrace:
    path = folder_of(settings.data_dir) / f"{call_id}{SUFFIX}"
    try:
        return read_cues(path, call_id, keyring_of(settings).open)
    except FileNotFoundError:
        raise InvalidInputError(
            f"There is no cue log of call {call_id} here ({path}). Calls are logged while "
            "RECORD_CALLS is true, on the machine that held them, and kept for "
            f"RECORDINGS_KEPT_DAYS ({settings.recordings_kept_days}).",
            field="call",
        ) from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.", field="call") from None


def _show_check(trace: CueTrace, difference: Difference | None) -> None:
    if difference is None:
        digest = f", digest {trace.digest[:16]}" if trace.is_whole else ""
        cues = len(trace.taken)
        typer.echo(f"identical: {cues:,} cues, {trace.decisions:,} decisions{digest}")
    else:
        seconds = difference.cue.at_ms / 1000
        typer.echo(f"different at cue {difference.number:,}, {seconds:.3f} s: {difference.cue}")
        typer.echo(f"  in the call: {_commands(difference.then)}")
        typer.echo(f"  now:         {difference.broke or _commands(difference.now)}")
        typer.echo(f"  The call was held by version {trace.program}.")
    if not trace.is_whole:
        typer.echo("The log has no end: the process was killed, or the disk was full.")


def _commands(commands: tuple[Command, ...]) -> str:
    return ", ".join(str(command) for command in commands) or "nothing"


def _show_what_if(compared: WhatIf) -> None:
    show_table(HEADS, [_row(pair) for pair in compared.turns])
    for pair in compared.hushed:
        then, now = _yielding(pair.then), _yielding(pair.now)
        typer.echo(f"{pair.at_ms / 1000:.1f} s, the caller over the agent: {then}; now {now}")
    if not compared.differs:
        typer.echo("The same turns and interruptions.")
    if compared.error_ms is not None:
        typer.echo(
            "Estimated from the log's own answers; without a change the estimate misses v2v by "
            f"{compared.error_ms:.0f} ms in the middle."
        )
    if not compared.is_faithful:
        typer.echo("Even without a change the estimate takes other turns than the call did.")
    typer.echo("After the first difference the caller might have gone on otherwise than they did.")


def _row(pair: TurnPair) -> tuple[str, ...]:
    turn = pair.then or pair.now
    said = turn.text if turn is not None else ""
    said = said if len(said) <= SHOWN else f"{said[:SHOWN]}..."
    then, now = pair.then, pair.now
    return (
        f"{pair.at_ms / 1000:.1f} s",
        said or NOTHING,
        _ms(then.waited_ms if then is not None else None),
        _ms(now.waited_ms if now is not None else None),
        _ms(then.v2v_ms if then is not None else None),
        _ms(now.v2v_ms if now is not None else None),
        pair.note,
    )


def _ms(value: int | None) -> str:
    return NOTHING if value is None else f"{value} ms"


def _yielding(hushed: Hushed | None) -> str:
    if hushed is None:
        return "not silenced"
    return "an interruption" if hushed.yielded else "silenced, then spoke on"


def _told(
    trace: CueTrace, difference: Difference | None, compared: WhatIf | None
) -> dict[str, Json]:
    """Everything, for programs."""
    told: dict[str, Json] = {
        "identical": difference is None,
        "cues": len(trace.taken),
        "decisions": trace.decisions,
        "digest": trace.digest or None,
        "program": trace.program,
    }
    if difference is not None:
        told["difference"] = {
            "cue": difference.number,
            "at_ms": difference.cue.at_ms,
            "what": str(difference.cue),
            "then": [str(command) for command in difference.then],
            "now": [str(command) for command in difference.now],
            "broke": difference.broke or None,
        }
    if compared is not None:
        told["what_if"] = {
            "turns": [
                {
                    "at_ms": pair.at_ms,
                    "then": _turn(pair.then),
                    "now": _turn(pair.now),
                    "note": pair.note,
                }
                for pair in compared.turns
            ],
            "interruptions": [
                {
                    "at_ms": pair.at_ms,
                    "then": None if pair.then is None else asdict(pair.then),
                    "now": None if pair.now is None else asdict(pair.now),
                }
                for pair in compared.hushed
            ],
            "v2v_error_ms": compared.error_ms,
            "is_faithful": compared.is_faithful,
        }
    return told


def _turn(turn: TurnSeen | None) -> Json:
    if turn is None:
        return None
    return {
        "text": turn.text,
        "speech_end_ms": turn.speech_end_ms,
        "decided_ms": turn.decided_ms,
        "waited_ms": turn.waited_ms,
        "v2v_ms": turn.v2v_ms,
    }
