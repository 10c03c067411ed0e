"""The graph that LangGraph Studio loads: a call's own, with surroundings made up for each run.

Studio's server runs in an environment of its own, without a database or a telephone. So this
imports no more of the house than the graph needs; the group ``studio`` in pyproject.toml names it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from langchain_core.messages import AIMessage

from agents.script import Script
from agents.script_loader import SHIPPED, shipped_script
from agents.thread import Thread
from app.clock import MachineClock
from app.studio_brain import studio_models, studio_settings
from app.unsaved import UnsavedDiary
from core.card import CallCard, ScriptRef
from core.errors import InvalidInputError
from core.ids import BrandId, CallId
from core.phone import PhoneNumber
from core.speech import CallerTurn, Heard, TurnKind
from graph.build import build_call_graph
from graph.context import CallContext, Surroundings
from graph.limits import Limits
from graph.making import Making
from graph.reading import read_turn
from graph.state import CallState
from graph.typed import next_turn, typed

# Nothing is stored under these; the numbers are reserved for drama by Ofcom.
CALL: Final = CallId(UUID(int=0))
BRAND: Final = BrandId(UUID(int=0))
OURS: Final = PhoneNumber("+442079460100")
NOBODY: Final = PhoneNumber("+447700900999")

# Read here, once: a file that is read in a node would hold up every other run.
SCRIPTS: Final = {name: shipped_script(name) for name in SHIPPED}
ZONES: Final = {name: ZoneInfo(script.timezone) for name, script in SCRIPTS.items()}
MODELS: Final = studio_models(studio_settings())


async def surroundings_for(state: CallState, context: CallContext) -> Surroundings:
    """The surroundings of a run from Studio: an empty calendar, and nobody at the telephone.

    Raises:
        InvalidInputError: the context names no script that there is, or no time.
    """
    if context.script not in SCRIPTS:
        raise InvalidInputError(
            f"There is no script {context.script}. Take {' or '.join(SCRIPTS)}.", field="script"
        )
    script, zone = SCRIPTS[context.script], ZONES[context.script]
    now = _moment(context.now, zone)
    turn = CallerTurn(next_turn(state), _kind(state), typed(state), confidence=1.0, at=now)
    return Surroundings(
        card=_card(context, script, now),
        script=script,
        zone=zone,
        models=MODELS,
        calendar=UnsavedDiary(),
        cache=None,
        limits=Limits(),
        turn=turn,
        reading=read_turn(turn, script, Thread.from_json(state.get("thread", {})), zone),
        heard=_heard(state),
        making=Making(CALL),
    )


def _kind(state: CallState) -> TurnKind:
    """What made the turn come: something was typed, nothing was, or nothing has been said yet."""
    if typed(state):
        return TurnKind.SPEECH
    return TurnKind.SILENCE if state.get("turn") else TurnKind.OPENING


def _heard(state: CallState) -> Heard | None:
    """Nobody interrupts in Studio: all of the last reply was heard."""
    for message in reversed(state.get("messages", [])):
        if isinstance(message, AIMessage):
            return Heard(state.get("turn", 0), str(message.text), "", heard_ms=0)
    return None


def _card(context: CallContext, script: Script, now: datetime) -> CallCard:
    given = {"lead_name": context.lead_name}
    return CallCard(
        call_id=CALL,
        brand=BRAND,
        direction=script.direction,
        script=ScriptRef(context.script, 0),
        ours=OURS,
        theirs=NOBODY,
        opened_at=now,
        variables={each.id: given[each.id] for each in script.variables if each.id in given},
    )


def _moment(text: str | None, zone: ZoneInfo) -> datetime:
    """The moment that the context names; a time without offset is on the script's clock."""
    if not text:
        return MachineClock().now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is not a time. Write it like 2026-11-23T09:30.", field="now"
        ) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC)


graph = build_call_graph(stand_in=surroundings_for)
