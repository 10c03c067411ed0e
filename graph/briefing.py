"""Gathers the brief of one answer: prompt, history, diary, and what the caller really heard."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import structlog

from agents.agent import Role
from agents.answers import next_question
from agents.brief import Brief, Said
from agents.language.reading import Intent
from agents.roster import ROSTER
from agents.thread import Thread
from agents.tools.diary import Diary, utc_intervals, window
from core.errors import ParleyError
from core.speech import TurnKind
from graph.context import Surroundings
from graph.must_hear import counted
from graph.routing import Route, route
from graph.state import CallState, active_agent, history, words_of

log = structlog.get_logger(__name__)

HISTORY_LINES: Final = 40  # twenty exchanges: longer than nearly every call
MOST_UNSURE: Final = 2  # times in a row that uncertain words are asked for again


def thread_of(state: CallState, context: Surroundings) -> Thread:
    """The thread as this turn begins."""
    thread = Thread.from_json(state.get("thread", {})).at_turn(context.turn.kind)
    if context.turn.kind in (TurnKind.SPEECH, TurnKind.DTMF):
        unsure = min(thread.unsure + 1, MOST_UNSURE) if _is_faint(context) else 0
        thread = thread if unsure == thread.unsure else replace(thread, unsure=unsure)
    return counted(thread, state, context)


def is_misheard(state: CallState, context: Surroundings) -> bool:
    """Whether the words are too uncertain to act on, and we have not asked twice already.

    A wish not to be called again counts however uncertain it was.
    """
    if not _is_faint(context) or context.reading.has(Intent.OPT_OUT):
        return False
    return Thread.from_json(state.get("thread", {})).unsure < MOST_UNSURE


def _is_faint(context: Surroundings) -> bool:
    turn = context.turn
    heard = turn.kind is TurnKind.SPEECH and bool(turn.text.strip())
    return heard and turn.confidence < context.limits.confidence_floor


def chosen_route(state: CallState, context: Surroundings) -> Route:
    """Who answers this turn, and why."""
    if is_misheard(state, context):
        return Route(active_agent(state), "not heard well")
    return route(
        kind=context.turn.kind,
        reading=context.reading,
        active=active_agent(state),
        asked=Thread.from_json(state.get("thread", {})).asked,
        qualified=next_question(context.script, state.get("slots", {})) is None,
    )


def brief_for(role: Role, state: CallState, context: Surroundings) -> Brief:
    """The brief of ``role`` for this turn, without the diary: see ``diary_of``."""
    said = history(state)
    return Brief(
        agent=ROSTER[role],
        history=_without_turn(said, context)[-HISTORY_LINES:],
        script=context.script,
        variables=context.card.variables,
        slots=state.get("slots", {}),
        thread=thread_of(state, context),
        turn=context.turn,
        reading=context.reading,
        now=context.turn.at.astimezone(context.zone),
        diary=None,
        from_agent=active_agent(state),
        heard=context.heard,
        zone=context.zone,
        misheard=is_misheard(state, context),
    )


def _without_turn(said: tuple[Said, ...], context: Surroundings) -> tuple[Said, ...]:
    """The history before the caller's words of this turn, which the graph already holds."""
    spoke = bool(words_of(context.turn)) and bool(said) and said[-1].by_caller
    return said[:-1] if spoke else said


async def diary_of(context: Surroundings) -> Diary | None:
    """The free times as they are now; None when the calendar does not answer."""
    rules = context.script.booking
    first, last = window(rules, context.turn.at)
    try:
        async with asyncio.timeout(context.limits.calendar_s):
            taken = await context.calendar.taken(context.card.brand, first, last)
    except (ParleyError, TimeoutError, OSError) as error:
        log.warning("calendar unreadable", call_id=str(context.card.call_id), error=repr(error))
        return None
    now = context.turn.at.astimezone(context.zone)
    return Diary(rules, context.zone, now, utc_intervals(taken))
