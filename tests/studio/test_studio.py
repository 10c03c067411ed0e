"""LangGraph Studio opens the conversation: the true server, asked what the Studio page asks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fakes.model_plays import says
from tests.fakes.ollama_server import ollama_server
from tests.studio.studio_server import LANGGRAPH, ROOT, Event, Studio, environment, served

AGENTS: Final = ("greeting", "qualification", "objection", "scheduler")
CONTEXT: Final = {"lead_name": "Emma Carter", "now": "2026-11-23T09:30"}

pytestmark = pytest.mark.skipif(
    not LANGGRAPH.exists(), reason="no .venv-studio: `make .venv-studio/.studio` makes it"
)


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    checked = subprocess.run(
        [LANGGRAPH, "validate", "--config", ROOT / "langgraph.json"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    show(checked.stdout.strip())
    assert checked.returncode == 0, checked.stderr


def test_studio_shows_and_runs_the_conversation(tmp_path: Path) -> None:
    with served(tmp_path) as studio:
        shows_the_graph(studio)
        thread = studio.post("/threads", {})["thread_id"]
        hears_the_opening(studio, thread)
        answers_what_is_typed(studio, thread)
        goes_back_and_asks_again(studio, thread)
        says_what_is_wrong(studio)
        assert "BlockingError" not in studio.log.read_text()


async def test_a_language_model_answers_where_the_settings_say_so(tmp_path: Path) -> None:
    async with ollama_server(lambda _asked: says("How lovely. ", "Do you own it?")) as ollama:
        settings = {"LLM_PROVIDER": "ollama", "OLLAMA_BASE_URL": ollama.url}
        await asyncio.to_thread(hears_the_model, tmp_path, settings)
    [asked] = ollama.chats
    assert asked["messages"][-1]["content"] == "Yes speaking"


def hears_the_model(folder: Path, settings: dict[str, str]) -> None:
    with served(folder, **settings) as studio:
        thread = studio.post("/threads", {})["thread_id"]
        sound(studio.run(thread, {}, CONTEXT))
        typed = {"messages": [{"role": "user", "content": "Yes speaking"}]}
        reply = said(sound(studio.run(thread, typed, CONTEXT)))
        show(f"model:   {reply}")
        log = studio.log.read_text()
        assert "BlockingError" not in log, log
        assert "How lovely." in reply, log


def shows_the_graph(studio: Studio) -> None:
    [assistant] = studio.post("/assistants/search", {})
    assert assistant["graph_id"] == "conversation"
    drawn = studio.get(f"/assistants/{assistant['assistant_id']}/graph")
    assert {node["id"] for node in drawn["nodes"]} == {"__start__", "__end__", *AGENTS}
    edges = {(edge["source"], edge["target"]) for edge in drawn["edges"]}
    for agent in AGENTS:
        others = {("__start__", agent), (agent, "__end__")}
        assert others | {(agent, other) for other in AGENTS if other != agent} <= edges
    show(f"graph: {len(drawn['nodes'])} nodes, {len(edges)} edges")
    schemas = studio.get(f"/assistants/{assistant['assistant_id']}/schemas")
    for name in ("input", "output", "state"):
        assert "messages" in schemas[f"{name}_schema"]["properties"], name
    asked = schemas["context_schema"]["properties"]
    assert sorted(asked) == ["lead_name", "now", "script"]  # and nothing of a live call
    assert "estate_agency_inbound" in asked["script"]["enum"]
    assert sorted(schemas["config_schema"]["properties"]) == sorted(asked)
    show(f"context: {', '.join(sorted(asked))}")


def hears_the_opening(studio: Studio, thread: str) -> None:
    events = sound(studio.run(thread, {}, CONTEXT))
    spoken = said(events)
    show(f"agent:   {spoken}")
    assert "automated assistant" in spoken
    assert "Am I speaking with Emma Carter?" in spoken
    state = studio.get(f"/threads/{thread}/state")
    assert state["next"] == []
    assert texts(state) == [("ai", spoken)]


def answers_what_is_typed(studio: Studio, thread: str) -> None:
    typed = {"messages": [{"role": "user", "content": "Yes speaking"}]}
    events = sound(studio.run(thread, typed, CONTEXT))
    show("caller:  Yes speaking")
    show(f"agent:   {said(events)}")
    state = studio.get(f"/threads/{thread}/state")
    assert state["next"] == []
    assert state["values"]["turn"] == 2
    assert state["values"]["active_agent"] == "qualification"
    kinds = [kind for kind, _ in texts(state)]
    assert kinds == ["ai", "human", "ai"]  # what was typed is there, and once
    assert texts(state)[-1][1] == said(events)


def goes_back_and_asks_again(studio: Studio, thread: str) -> None:
    history = studio.post(f"/threads/{thread}/history", {"limit": 20})
    assert len(history) >= 4  # the input and the end of two runs
    before = next(
        each for each in history if each["values"].get("turn") == 1 and each["next"] == []
    )
    typed = {"messages": [{"role": "user", "content": "Stop calling me"}]}
    events = sound(
        studio.run(thread, typed, CONTEXT, checkpoint_id=before["checkpoint"]["checkpoint_id"])
    )
    state = studio.get(f"/threads/{thread}/state")
    show("back to turn 1, and then")
    show("caller:  Stop calling me")
    show(f"agent:   {texts(state)[-1][1]}")
    assert [text for _, text in texts(state)[1:-1]] == ["Stop calling me"]
    assert state["values"]["thread"]["outcome"] == "opted_out"
    # On a call these words wait until the opt-out is stored. Nothing is stored here.
    assert said(events) == ""
    assert texts(state)[-1][1]


def says_what_is_wrong(studio: Studio) -> None:
    thread = studio.post("/threads", {})["thread_id"]
    events = studio.run(thread, {}, {"now": "teatime"})
    assert events[-1].kind == "error"
    told = "'teatime' is not a time. Write it like 2026-11-23T09:30."
    assert told in studio.log.read_text()  # the server tells the page only that something failed
    show(f"log:     {told}")


def sound(events: list[Event]) -> list[Event]:
    """The events of a run that went well."""
    kinds = {event.kind for event in events}
    assert "error" not in kinds, [event.data for event in events if event.kind == "error"]
    assert {"metadata", "messages", "updates"} <= kinds
    return events


def said(events: list[Event]) -> str:
    """The sentences as a caller would hear them at once."""
    return " ".join(event.data["text"] for event in events if event.kind == "custom")


def texts(state: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what so far."""
    return [(each["type"], each["content"]) for each in state["values"]["messages"]]


def show(line: str) -> None:
    """For whoever runs this with -s."""
    sys.stdout.write(f"{line}\n")
