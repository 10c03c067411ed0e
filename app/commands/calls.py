"""``parley calls``: the calls there have been, for people and programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import typer
from rich.console import Console
from rich.text import Text

from api.schemas.calls import CallDetail, CallSummary
from app.commands.stored import ready_database
from app.commands.tables import show_table
from app.commands.telling import errors_told, settings_of
from app.commands.waterfall import HEADS, waterfall
from app.settings import Settings
from app.turn_notes import answer_notes, evidence_note, hearing_notes
from core.effects import Json
from core.errors import NotFoundError
from core.ids import CallId, CallSid
from core.money import MICROS_PER_USD

NOTHING: Final = "-"


def print_list(env_file: Path, limit: int, *, as_json: bool) -> None:
    """The newest calls first."""
    with errors_told():
        found = asyncio.run(_recent(settings_of(env_file), limit))
        if as_json:
            typer.echo(json.dumps({"calls": list(found)}, ensure_ascii=False))
        elif not found:
            typer.echo("There has been no call yet. Try 'parley call booking'.")
        else:
            _show_list([CallSummary.model_validate(call) for call in found])


def print_one(env_file: Path, sid: str, *, as_json: bool) -> None:
    """One call in full."""
    with errors_told():
        settings = settings_of(env_file)
        found = asyncio.run(_one(settings, sid))
        if found is None:
            raise NotFoundError("call", sid)
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            _show_one(CallDetail.model_validate(found), settings.stt_confidence_floor)


async def _recent(settings: Settings, limit: int) -> Sequence[Mapping[str, Json]]:
    async with ready_database(settings) as storage:
        return await storage.views.recent(limit)


async def _one(settings: Settings, sid: str) -> Mapping[str, Json] | None:
    try:
        name: CallId | CallSid = CallId(UUID(sid))
    except ValueError:
        name = CallSid(sid)
    async with ready_database(settings) as storage:
        return await storage.views.one(name)


def _show_list(calls: Sequence[CallSummary]) -> None:
    rows = []
    for call in calls:
        outbound = call.direction == "outbound"
        who = f"to {call.to or NOTHING}" if outbound else f"from {call.from_ or 'withheld'}"
        seconds = NOTHING if call.duration_s is None else f"{call.duration_s:.0f}"
        name = call.call_sid or str(call.call_id)
        rows.append((name, _when(call.opened_at), who, call.outcome or call.state, seconds))
    show_table(("call", "opened", "who", "outcome", "seconds"), rows)


def _show_one(call: CallDetail, floor: float) -> None:
    console = Console()
    console.print(Text(f"{call.direction} call {call.call_sid or call.call_id}", style="bold"))
    facts = {
        "brand": call.brand,
        "script": f"{call.script.name}, version {call.script.version}",
        "from, to": f"{call.from_ or 'withheld'} to {call.to or NOTHING}",
        "opened": _when(call.opened_at),
        "state": f"{call.state} ({call.end_reason or 'not ended'})",
        "outcome": call.outcome or NOTHING,
        "engines": ", ".join(call.engines) or NOTHING,
        "cost": f"${call.cost.total_micros / MICROS_PER_USD:.4f}",
    }
    for booking in call.bookings:
        facts["booked"] = f"{_when(booking.starts_at)}, {booking.minutes} minutes"
    for callback in call.callbacks:
        facts["call back"] = callback.wording
    for name, value in facts.items():
        console.print(Text(f"  {name:<9} {value}"))
    for turn in call.turns:
        if turn.caller_said:
            console.print(Text(f"\n  caller    {turn.caller_said}", style="cyan"))
        _show_notes(
            console,
            hearing_notes(
                confidence=turn.confidence,
                language=turn.language,
                language_probability=turn.language_probability,
                floor=floor,
            ),
        )
        console.print(Text(f"  {turn.agent:<9} {turn.reply}"))
        if turn.unheard:
            _show_notes(console, (f"not heard: {turn.unheard}",))
        _show_notes(
            console,
            [
                evidence_note(what=proof.what, mark=proof.mark, at_ms=proof.at_ms)
                for proof in call.evidence
                if proof.turn == turn.number
            ],
        )
        _show_notes(
            console,
            answer_notes(model=turn.model, faults=turn.faults, engines=call.engines),
        )
    rows = list(waterfall(call.turns))
    if rows:
        console.print(Text("\n  Milliseconds from the caller's last sound:", style="bold"))
        show_table(HEADS, rows)


def _show_notes(console: Console, notes: Sequence[str]) -> None:
    for note in notes:
        console.print(Text(f"            {note}", style="dim"))


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
