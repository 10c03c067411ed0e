"""What an agent is: a speaking role with its prompt, its tools and its stage, as data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from string import Template

from agents.tools.specs import Tool


class Role(StrEnum):
    """The agents of this house; also the names of the graph's nodes."""

    GREETING = "greeting"
    QUALIFICATION = "qualification"
    OBJECTION = "objection"
    SCHEDULER = "scheduler"


class Stage(StrEnum):
    """Where a call stands, as people who follow it say it."""

    GREETING = "greeting"
    INTRODUCTION = "introduction"
    QUESTIONS = "questions"
    OBJECTION_HANDLING = "objection_handling"
    CLOSING = "closing"
    FAREWELL = "farewell"


@dataclass(frozen=True, slots=True)
class Agent:
    """One speaking role. ``prompt`` is Markdown in which $names are filled for each turn."""

    role: Role
    stage: Stage
    prompt: str
    tools: tuple[Tool, ...]

    @property
    def prompt_version(self) -> str:
        """Twelve hex digits that change whenever the prompt does."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:12]

    def render(self, values: Mapping[str, str]) -> str:
        """The prompt with its names filled in. Raises KeyError for a name without a value."""
        return Template(self.prompt).substitute(values)


def prompt_beside(package: str) -> str:
    """The text of ``prompt.md`` in that package."""
    return files(package).joinpath("prompt.md").read_text(encoding="utf-8")
