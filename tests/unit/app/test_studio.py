"""The graph that Studio loads, without its server: drawn, described, and run."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from packaging.requirements import Requirement

from app.studio import SCRIPTS, graph, surroundings_for
from core.errors import InvalidInputError
from core.speech import TurnKind
from graph.build import build_call_graph
from graph.context import CallContext
from graph.state import CallState

ROOT: Final = Path(__file__).resolve().parents[3]
CONFIG: Final[dict[str, Any]] = json.loads((ROOT / "langgraph.json").read_text())
MONDAY: Final = CallContext(now="2026-11-23T09:30")

# What a booking by the shortest way takes, from an empty calendar on a Monday morning.
BOOKING: Final = (
    "Yes speaking",
    "Yes I do",
    "Three bedrooms",
    "Within three months",
    "Today at twelve o'clock please",
    "Yes please",
)


@pytest.mark.parametrize("name", CONFIG["graphs"])
def test_each_graph_of_the_configuration_can_be_loaded(name: str) -> None:
    file, _, attribute = CONFIG["graphs"][name]["path"].partition(":")
    module = file.removeprefix("./").removesuffix(".py").replace("/", ".")
    loaded = getattr(importlib.import_module(module), attribute)
    assert isinstance(loaded, Pregel)
    assert loaded.checkpointer is None  # the server brings its own and refuses another


def test_the_server_runs_a_python_that_the_product_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = Requirement(f"python{project['requires-python']}").specifier
    assert asked.contains(f"{CONFIG['python_version']}.0")


def test_every_hand_over_is_drawn() -> None:
    edges = {(edge.source, edge.target) for edge in graph.get_graph().edges}
    agents = {node for node in graph.get_graph().nodes if not node.startswith("__")}
    assert edges == (
        {("__start__", agent) for agent in agents}
        | {(agent, "__end__") for agent in agents}
        | {(one, other) for one in agents for other in agents if one != other}
    )


def test_what_can_be_set_is_described_and_what_is_live_is_not() -> None:
    schema = graph.get_context_jsonschema()
    assert schema is not None
    assert sorted(schema["properties"]) == ["lead_name", "now", "script"]
    assert schema["properties"]["script"]["enum"] == list(SCRIPTS)
    assert all(each["description"] for each in schema["properties"].values())
    assert "messages" in graph.get_input_jsonschema()["properties"]


async def test_a_whole_booking_leaves_the_state_of_a_call() -> None:
    studio = build_call_graph(checkpointer=InMemorySaver(), stand_in=surroundings_for)
    place: Any = {"configurable": {"thread_id": "1"}}
    state = await studio.ainvoke({}, place, context=MONDAY)
    for number, words in enumerate(BOOKING, start=2):
        given: Any = {"messages": [{"role": "user", "content": words}]}
        state = await studio.ainvoke(given, place, context=MONDAY)
        assert [message.id for message in state["messages"][-2:]] == [
            f"t{number}-caller",
            f"t{number}-agent",
        ]
    assert len(state["messages"]) == 2 * len(BOOKING) + 1
    assert state["thread"]["outcome"] == "booked"
    # On a call the announcement waits for the booking; in the state it is there.
    assert "booked" in state["messages"][-1].text


async def test_studio_may_leave_the_context_out() -> None:
    state = await graph.ainvoke({})
    assert "Am I speaking with Sam Taylor?" in state["messages"][-1].text


async def test_the_other_script() -> None:
    state = await graph.ainvoke({}, context=CallContext(script="estate_agency_inbound"))
    assert "How can I help you?" in state["messages"][-1].text


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        ({}, TurnKind.OPENING, ""),
        ({"messages": [HumanMessage("Hello?", id="x")]}, TurnKind.SPEECH, "Hello?"),
        ({"turn": 3, "messages": []}, TurnKind.SILENCE, ""),
        ({"turn": 3, "messages": [HumanMessage("  ", id="x")]}, TurnKind.SILENCE, ""),
        (
            {"messages": [HumanMessage("Yes"), HumanMessage([{"type": "text", "text": "I do"}])]},
            TurnKind.SPEECH,
            "I do",
        ),
    ],
)
async def test_what_makes_the_turn_come(state: CallState, kind: TurnKind, text: str) -> None:
    turn = (await surroundings_for(state, MONDAY)).turn
    assert (turn.number, turn.kind, turn.text) == (state.get("turn", 0) + 1, kind, text)
    assert turn.at.isoformat() == "2026-11-23T09:30:00+00:00"


@pytest.mark.parametrize("wrong", [{"now": "teatime"}, {"script": "mine"}])
async def test_a_wrong_setting_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=r"Write it like|There is no script"):
        await graph.ainvoke({}, context=CallContext(**wrong))


def test_loading_it_opens_no_connection_and_needs_little() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\n"
        "import app.studio\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"db", "api", "voice", "sqlalchemy", "fastapi", "redis", "typer"} & set(loaded)
