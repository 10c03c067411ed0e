"""Runs that bring no surroundings, such as LangGraph Studio's: what was typed, as a caller's words.

A call gives the caller's words an id of their turn. What somebody types elsewhere has an id of its
own; here it is given ours, so that the state that such a run leaves is the same as a call's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final, cast

from langchain_core.messages import HumanMessage, RemoveMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from core.errors import BrokenInvariantError
from graph.context import CallContext, StandIn, Surroundings
from graph.nodes.speak import Finder, Node
from graph.state import CallState, caller_id

RUNS_KEPT: Final = 64  # at the same time; each is over within seconds


def next_turn(state: CallState) -> int:
    """The number of the turn that a run of this state answers."""
    return state.get("turn", 0) + 1


def typed(state: CallState) -> str:
    """The words that were typed last, unless we answered them; empty when there are none."""
    message = _unanswered(state)
    return "" if message is None else str(message.text).strip()


def finder(stand_in: StandIn | None) -> Finder:
    """Finds the surroundings of a run: those of a call, or what ``stand_in`` makes.

    A run that passes through several nodes keeps its surroundings, as a call's turn does.
    """
    made: OrderedDict[str, Surroundings] = OrderedDict()

    async def surroundings(state: CallState, runtime: Runtime[CallContext]) -> Surroundings:
        # Studio may leave the context out altogether.
        context = cast("CallContext | None", runtime.context) or CallContext()
        if context.live is not None:
            return context.live
        if stand_in is None:
            raise BrokenInvariantError("A run of this graph brings its surroundings.")
        run = None if runtime.execution_info is None else runtime.execution_info.run_id
        if run is None:
            return await stand_in(state, context)
        if run not in made:
            made[run] = await stand_in(state, context)
            while len(made) > RUNS_KEPT:
                made.popitem(last=False)
        return made[run]

    return surroundings


def answering_typed(node: Node) -> Node:
    """``node``, with what was typed turned into the caller's words of the turn."""

    async def answer(state: CallState, runtime: Runtime[CallContext]) -> Command[str]:
        theirs, ours = _unanswered(state), caller_id(next_turn(state))
        if theirs is None or theirs.id == ours:
            return await node(state, runtime=runtime)
        words = HumanMessage(typed(state), id=ours)
        told = {**state, "messages": [*state["messages"][:-1], words]}
        command = await node(cast("CallState", told), runtime=runtime)
        update = cast("dict[str, Any]", command.update)
        if "messages" in update:  # a silent handoff leaves them for the next agent
            update["messages"] = [RemoveMessage(id=str(theirs.id)), *update["messages"]]
        return command

    return answer


def _unanswered(state: CallState) -> HumanMessage | None:
    """The last message, if it is a person's."""
    last = next(reversed(state.get("messages", [])), None)
    return last if isinstance(last, HumanMessage) else None
