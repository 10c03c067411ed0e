"""The brief: all that a model may use for one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from agents.agent import Agent, Role
from agents.language.reading import Reading
from agents.script import Script
from agents.thread import Thread
from agents.tools.call import ToolCall
from agents.tools.diary import Diary
from core.effects import Json
from core.speech import CallerTurn, Heard


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the history: the caller's words, or what they heard of ours."""

    by_caller: bool
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """A tool call of this turn, and what became of it: "ok", or why it was refused."""

    call: ToolCall
    result: str = "ok"


@dataclass(frozen=True, slots=True)
class Brief:
    """What one agent needs to answer one turn. Immutable; built anew for every turn.

    ``thread`` is as the turn begins (a silence is already counted). ``heard`` tells how much of
    our last reply was played. ``now`` is aware, on the script's wall clock. ``diary`` is None
    when the calendar could not be read: then no time may be offered or booked. The prompt is
    rendered from all this by ``agents.prompts``, for the models that read one.

    A turn may take a second completion: ``done`` holds the tool calls of the first one with their
    results, ``said_already`` what the caller was told in this turn and must not hear again.
    """

    agent: Agent
    history: tuple[Said, ...]
    script: Script
    variables: Mapping[str, str]
    slots: Mapping[str, Json]
    thread: Thread
    turn: CallerTurn
    reading: Reading
    now: datetime
    diary: Diary | None
    from_agent: Role  # who answered the turn before, or was handed this one
    heard: Heard | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    said_already: str = ""  # of this very reply, by a model that failed or called tools only
    done: tuple[Done, ...] = ()  # the tools that this model called in this turn
    misheard: bool = False  # the words are too uncertain to act on: ask for them again

    @property
    def last_heard(self) -> str:
        """What the caller heard of our last reply; empty when we have not spoken yet."""
        ours = (said.text for said in reversed(self.history) if not said.by_caller)
        return "" if self.heard is not None and not self.heard.text else next(ours, "")

    @property
    def unheard(self) -> str:
        """What the caller did not hear of our last reply."""
        return "" if self.heard is None else self.heard.unheard
