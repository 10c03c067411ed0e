"""The speaking node: one agent answers one turn. It serves every agent of the roster.

Reads ``messages``, ``slots``, ``thread`` and ``active_agent``; writes all of the state. What it
says leaves for the voice, sentence by sentence, before the node returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.agent import Role
from agents.brief import Brief
from agents.wording import Wording
from core.speech import TurnKind
from graph.briefing import brief_for
from graph.changes import change_of
from graph.context import CallContext, Surroundings
from graph.must_hear import NOT_HEARD, due, is_in_vain
from graph.state import CallState, update_of
from graph.thinking import Thinking


def words_to_relay(brief: Brief) -> str:
    """What an operator has the agent say; without words, a call is ended with the farewell."""
    text = brief.turn.text.replace("\x00", "").strip()
    return text if text or not brief.turn.ends_call else farewell(brief)


def farewell(brief: Brief) -> str:
    """The script's last words."""
    wording = Wording(brief.script, brief.variables, brief.slots, brief.now)
    return wording.say(brief.script.lines.farewell)


class Node(Protocol):
    """One node of the graph, as LangGraph calls it."""

    def __call__(
        self, state: CallState, *, runtime: Runtime[CallContext]
    ) -> Awaitable[Command[str]]:
        """Answer the turn."""
        ...


Finder: TypeAlias = Callable[[CallState, Runtime[CallContext]], Awaitable[Surroundings]]


def speaking(role: Role, surroundings: Finder) -> Node:
    """The node of one agent. ``surroundings`` finds those of the turn."""

    async def speak(state: CallState, runtime: Runtime[CallContext]) -> Command[str]:
        context = await surroundings(state, runtime)
        making, voice = context.making, context.voice or runtime.stream_writer
        brief = brief_for(role, state, context)
        making.start(brief)
        if is_in_vain(brief.thread, state, context) and not context.turn.ends_call:
            making.faults.append(NOT_HEARD)
            *_, script = context.models.for_turn(brief)
            for piece in making.relay(farewell(brief), ends_call=True, by=script.model.name):
                voice(piece)
            return Command(update=update_of(change_of(state, context)), goto=END)
        for piece in making.begin_with(due(state, context)):
            voice(piece)
        if context.turn.kind is TurnKind.OPERATOR:
            for piece in making.relay(words_to_relay(brief), ends_call=context.turn.ends_call):
                voice(piece)
            return Command(update=update_of(change_of(state, context)), goto=END)
        await Thinking(context, voice).answer()
        if making.hands_off_silently and making.handoffs < context.limits.handoffs:
            making.handoffs += 1
            return Command(update={"active_agent": making.next_agent}, goto=making.next_agent)
        for piece in making.finish():
            voice(piece)
        return Command(update=update_of(change_of(state, context)), goto=END)

    return speak
