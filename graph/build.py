"""The graph of a conversation: one superstep per turn.

    START -- route --> greeting | qualification | objection | scheduler --> END

An agent goes to another one in the same turn only when it said nothing itself.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agents.roster import ROSTER
from graph.briefing import chosen_route
from graph.context import CallContext, StandIn
from graph.nodes.speak import speaking
from graph.state import CallState
from graph.typed import answering_typed, finder

CallGraph: TypeAlias = CompiledStateGraph[CallState, CallContext, CallState, CallState]


def build_call_graph(
    *,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    stand_in: StandIn | None = None,
) -> CallGraph:
    """Build and compile, once per process: it takes milliseconds and is shared by all calls.

    ``stand_in`` makes the surroundings of runs that bring none, as LangGraph Studio's do.
    """

    surroundings = finder(stand_in)

    async def enter(state: CallState, runtime: Runtime[CallContext]) -> str:
        return chosen_route(state, await surroundings(state, runtime)).role.value

    builder = StateGraph(CallState, context_schema=CallContext)
    names = [role.value for role in ROSTER]
    for role in ROSTER:
        others = [name for name in names if name != role.value]
        node = speaking(role, surroundings)
        answer = node if stand_in is None else answering_typed(node)
        builder.add_node(role.value, answer, destinations=(*others, END))
    builder.add_conditional_edges(START, enter, names)
    return builder.compile(checkpointer=checkpointer, name="call")
