"""Traces: sent when the settings ask, never otherwise, and never waited for."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import pytest

from app.settings_brain import BrainSettings
from app.tracing import open_tracing
from graph.chat import Chat
from graph.context import Watchers
from tests.fakes.langsmith_server import LangSmith, langsmith, mute_langsmith
from tests.unit.conversations import CALL, House, card

PARLEY: Final = Path(sys.executable).with_name("parley")
LINES: Final = ("Yes speaking", "Yes I do")


def settings(url: str) -> BrainSettings:
    given: dict[str, Any] = {
        "LANGSMITH_TRACING": True,
        "LANGSMITH_API_KEY": "a-key",
        "LANGSMITH_ENDPOINT": url,
        "LANGSMITH_PROJECT": "agency",
    }
    return BrainSettings(**given)


async def talk(watchers: Watchers | None) -> list[str]:
    """The replies of one short call."""
    house = House().another(watchers)
    chat = await Chat.open(house, card(), House().clock)
    return [(await chat.begin()).reply, *[(await chat.say(line)).reply for line in LINES]]


def roots(taken: LangSmith) -> list[dict[str, Any]]:
    """The whole turns, in order; their steps hang below them."""
    found = [run for run in taken.runs.values() if run.get("parent_run_id") is None]
    return sorted(found, key=lambda run: str(run["start_time"]))


async def test_each_turn_arrives_under_its_call() -> None:
    with langsmith() as taken:
        async with open_tracing(settings(taken.url)) as watchers:
            replies = await talk(watchers)
    assert set(taken.asked) == {"POST /runs/multipart"}  # it is not asked for anything
    assert taken.keys == {"a-key"}
    turns = roots(taken)
    assert [turn["name"] for turn in turns] == [
        "turn 1, greeting",
        "turn 2, greeting",
        "turn 3, qualification",
    ]
    for number, turn in enumerate(turns, start=1):
        assert turn["session_name"] == "agency"
        told = turn["extra"]["metadata"]
        assert (told["call_id"], told["thread_id"]) == (str(CALL), str(CALL))
        assert told["turn"] == number
        assert turn["outputs"]["messages"][-1]["content"] == replies[number - 1]
        assert turn["end_time"]
        assert not turn.get("error")


async def test_a_trace_holds_words_and_no_numbers_and_no_script() -> None:
    with langsmith() as taken:
        async with open_tracing(settings(taken.url)) as watchers:
            await talk(watchers)
    assert b"Yes speaking" in taken.raw
    theirs = card().theirs
    assert theirs is not None
    for number in (card().ours.e164, theirs.e164):
        assert number[-10:].encode() not in taken.raw
    assert b'"brief"' not in taken.raw
    steps = {run["name"] for run in taken.runs.values()}
    assert {"greeting", "qualification", "ScriptBrain"} <= steps


async def test_nobody_watches_unless_it_is_asked_for() -> None:
    async with open_tracing(BrainSettings(**dict[str, Any]())) as watchers:
        assert watchers is None


async def test_a_mute_langsmith_is_not_waited_for() -> None:
    with mute_langsmith() as url:
        async with open_tracing(settings(url)) as watchers:
            assert await talk(watchers) == await talk(None)
        sending = [each for each in threading.enumerate() if "tracing" in each.name]
        assert sending  # it still tries, behind everybody's back
        assert all(each.daemon for each in sending)  # and keeps no process from ending


async def beside(work: Callable[[], Coroutine[Any, Any, list[str]]]) -> list[str]:
    """What ``work`` gives on a loop of its own: one that blocks fails the test, not hangs it."""
    done: Future[list[str]] = Future()

    def run() -> None:
        done.set_result(asyncio.run(work()))

    threading.Thread(target=run, daemon=True).start()
    async with asyncio.timeout(60):
        return await asyncio.wrap_future(done)


async def test_what_is_not_sent_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.tracing.QUEUED_MOST", 5)
    monkeypatch.setattr("app.tracing.ANSWER_MS", 3_600_000)  # it does not give up in between
    monkeypatch.setattr("app.tracing.LEAVE_S", 0.01)
    with mute_langsmith() as url:
        async with open_tracing(settings(url)) as watchers:
            assert watchers is not None
            [tracer] = watchers()
            queue = tracer.client.tracing_queue  # type: ignore[attr-defined]  LangChain's own

            async def is_stuck() -> bool:
                """Whether the queue stays full: a batch was taken whole and is not delivered."""
                if not queue.full():
                    return False
                await asyncio.sleep(0.3)  # while a batch is being taken, room is made at once
                return bool(queue.full())

            async def talk_on() -> list[str]:
                while not await is_stuck():
                    await talk(watchers)
                return await talk(watchers)

            assert await beside(talk_on) == await talk(None)
            assert queue.qsize() == 5


def chat(folder: Path, **environment: str) -> list[str]:
    """The replies of `parley chat`, run as a program with these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [PARLEY, "chat", "--in-memory", "--json"],
        input="\n".join(LINES),
        env={**kept, "LLM_PROVIDER": "script", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["reply"] for line in done.stdout.splitlines()]


def test_libraries_do_not_trace_by_themselves(tmp_path: Path) -> None:
    with langsmith() as taken:
        switches = dict.fromkeys(("LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"), "true")
        theirs = {"LANGCHAIN_ENDPOINT": taken.url, "LANGCHAIN_API_KEY": "theirs"}
        assert len(chat(tmp_path, **theirs, **switches)) == 1 + len(LINES)
    assert taken.asked == []


def test_the_setting_traces_each_turn_once(tmp_path: Path) -> None:
    with langsmith() as taken:
        kept = {"LANGSMITH_API_KEY": "ours", "LANGSMITH_ENDPOINT": taken.url}
        (tmp_path / ".env").write_text("".join(f"{k}={v}\n" for k, v in kept.items()))
        replies = chat(tmp_path, LANGSMITH_TRACING="true")
    assert taken.keys == {"ours"}
    assert [turn["outputs"]["messages"][-1]["content"] for turn in roots(taken)] == replies


def test_a_program_ends_although_langsmith_is_mute(tmp_path: Path) -> None:
    with mute_langsmith() as url:
        replies = chat(
            tmp_path, LANGSMITH_TRACING="true", LANGSMITH_API_KEY="k", LANGSMITH_ENDPOINT=url
        )
    assert len(replies) == 1 + len(LINES)
