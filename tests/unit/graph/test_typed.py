"""Runs that bring no surroundings: they are made once, and what was typed becomes a turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from agents.agent import Role
from agents.brief import Brief
from agents.lineup import LineUp
from agents.ports import ModelPiece
from agents.tools.call import ToolCall
from app.studio import surroundings_for
from core.errors import BrokenInvariantError
from graph.build import build_call_graph
from graph.context import CallContext, Surroundings
from graph.state import CallState
from graph.typed import RUNS_KEPT


@dataclass
class HandsOver:
    """A model that first hands over without a word, and then speaks."""

    name: str = "hands-over"
    asked: list[tuple[Role, str]] = field(default_factory=list)

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """One completion."""
        self.asked.append((brief.agent.role, brief.turn.text))
        if len(self.asked) == 1:
            call = ToolCall("handoff", {"to": "objection", "reason": "a worry"})
            yield ModelPiece(tool_calls=(call,))
        else:
            yield ModelPiece(text="I see.")


@dataclass
class StandIn:
    """Makes surroundings as Studio's, with a model of the test; counts how often."""

    model: HandsOver = field(default_factory=HandsOver)
    made: int = 0

    async def __call__(self, state: CallState, context: CallContext) -> Surroundings:
        """The surroundings of one run."""
        self.made += 1
        return replace(await surroundings_for(state, context), models=LineUp(last=self.model))


STATE: Any = {
    "turn": 3,
    "active_agent": "qualification",
    "thread": {"asked": "owner", "disclosed": True},
    "messages": [AIMessage("Do you own it?", id="t3-agent"), HumanMessage("Hm well", id="foreign")],
}


async def test_a_run_through_two_agents_is_one_turn() -> None:
    stand_in = StandIn()
    graph = build_call_graph(stand_in=stand_in)
    state = await graph.ainvoke(STATE, {"run_id": uuid4()}, context=CallContext())
    assert stand_in.made == 1
    assert stand_in.model.asked == [(Role.QUALIFICATION, "Hm well"), (Role.OBJECTION, "Hm well")]
    assert [message.id for message in state["messages"]] == ["t3-agent", "t4-caller", "t4-agent"]


async def test_each_run_is_a_turn_of_its_own() -> None:
    stand_in = StandIn()
    graph = build_call_graph(stand_in=stand_in)
    for _ in range(RUNS_KEPT + 1):
        await graph.ainvoke(STATE, {"run_id": uuid4()}, context=CallContext())
    assert stand_in.made == RUNS_KEPT + 1


async def test_a_graph_without_a_stand_in_is_told_its_surroundings() -> None:
    with pytest.raises(BrokenInvariantError, match="brings its surroundings"):
        await build_call_graph().ainvoke(STATE, context=CallContext())
