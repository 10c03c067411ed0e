"""A scenario: a caller as data. What the person wants, and how they react to what they hear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.call import Direction, Outcome
from core.errors import InvalidInputError, NotFoundError

SHIPPED: Final = files("app.call") / "scenarios"
ORDER: Final = (
    "booking",
    "objection",
    "not-interested",
    "opt-out",
    "barge-in",
    "silence",
    "call-me-later",
    "inbound",
)  # simplest first, as a newcomer tries them

PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLACEHOLDERS: Final = frozenset({"choice", "wish", "agreed"})


class TimesHeard(StrEnum):
    """What a sentence's times mean to the caller."""

    OFFERED = "offered"  # it names at least one time
    AS_AGREED = "as_agreed"  # it names the agreed time and no other
    NOT_AS_AGREED = "not_as_agreed"  # it names one time, and not the agreed one


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wish(_Part):
    """The time that the caller would like best, on the brand's wall clock."""

    day: Annotated[str, Field(pattern="^(mon|tues|wednes|thurs|fri|satur|sun)day$")]
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Expected(_Part):
    """How the call must end to be called a success."""

    outcome: Outcome
    barge_in: bool = False  # the agent must also have been interrupted


class Rule(_Part):
    """One reaction. It applies when ``agent`` is found in the agent's latest words.

    ``agent``: a regular expression, searched without regard to case.
    ``times``: what the times in these words must mean to the caller, besides.
    ``say``: the caller's words, one after the other at each use, the last one again and again;
    none: the caller stays silent and goes on listening.
    ``at_most``: how often the rule may be used; then the next matching rule is tried.
    ``barge_in_ms``: start speaking so long after the agent began, without waiting for the end.
    """

    agent: str = ""
    times: TimesHeard | None = None
    say: tuple[str, ...] = ()
    at_most: Annotated[int, Field(ge=1)] | None = None
    barge_in_ms: Annotated[int, Field(ge=0, le=20_000)] | None = None
    hang_up: bool = False

    @field_validator("say", mode="before")
    @classmethod
    def _one_or_many(cls, say: object) -> object:
        return (say,) if isinstance(say, str) else say

    @field_validator("agent")
    @classmethod
    def _compiles(cls, agent: str) -> str:
        try:
            re.compile(agent)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return agent

    @field_validator("say")
    @classmethod
    def _known_placeholders(cls, say: tuple[str, ...]) -> tuple[str, ...]:
        unknown = {name for text in say for name in PLACEHOLDER.findall(text)} - PLACEHOLDERS
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            raise ValueError(f"unknown {{{sorted(unknown)[0]}}}; known are {known}")
        return say

    @model_validator(mode="after")
    def _has_a_trigger(self) -> Rule:
        if not self.agent and self.times is None:
            raise ValueError("give agent (a pattern) or times, or both")
        return self


class Scenario(_Part):
    """One caller: who, what for, and how the call must end."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    title: str
    direction: Direction = Direction.OUTBOUND
    like: str | None = None  # a shipped scenario, whose rules follow these
    lead: dict[str, str] = {}  # the script's variables for this person
    expects: Expected
    wish: Wish | None = None
    silent: bool = False  # never says a word
    rules: tuple[Rule, ...] = ()
    otherwise: tuple[str, ...] = ("Sorry, could you say that again?",)
    nobody_there: str = "Hello? Are you still there?"
    patience_s: Annotated[float, Field(gt=0, le=60)] = 12.0  # of dead air, before nobody_there
    gives_up_after: Annotated[int, Field(ge=1)] = 5  # times "otherwise" in a row, then hangs up

    @model_validator(mode="after")
    def _wish_is_there(self) -> Scenario:
        says = " ".join(text for rule in self.rules for text in rule.say)
        if (
            self.wish is None
            and self.like is None
            and any(f"{{{name}}}" in says for name in PLACEHOLDERS)
        ):
            raise ValueError("a rule speaks of times, so wish (day, at) is needed")
        return self


def names() -> tuple[str, ...]:
    """The shipped scenarios, simplest first."""
    found = {entry.name.removesuffix(".yaml") for entry in SHIPPED.iterdir()}
    return tuple(sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else 99, name)))


def load(name_or_path: str) -> Scenario:
    """A shipped scenario by name, or the user's own by the path of its YAML file.

    Raises:
        NotFoundError: neither a shipped name nor a file.
        InvalidInputError: the file is wrong; the message names line and key.
    """
    if name_or_path in names():
        shipped = SHIPPED / f"{name_or_path}.yaml"
        return _complete(parse(shipped.read_text(encoding="utf-8"), name_or_path))
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return _complete(parse(path.read_text(encoding="utf-8"), str(path)))
    raise NotFoundError("scenario", f"{name_or_path!r} (known: {', '.join(names())})")


def _complete(scenario: Scenario) -> Scenario:
    """``scenario`` with what it borrows from the one that it is like."""
    if scenario.like is None:
        return scenario
    if scenario.like not in names():
        raise InvalidInputError(
            f"{scenario.name}: like: there is no shipped scenario {scenario.like!r} "
            f"(known: {', '.join(names())})"
        )
    model = load(scenario.like)
    borrowed = {
        "rules": scenario.rules + model.rules,
        "lead": model.lead | scenario.lead,
        "wish": scenario.wish or model.wish,
    }
    return scenario.model_copy(update=borrowed)


def parse(text: str, source: str) -> Scenario:
    """The scenario in ``text`` (YAML). ``source`` names it in error messages.

    Raises:
        InvalidInputError: with every mistake, each on its own line with line and key.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}, line {mark.line + 1}" if mark else source
        reason = getattr(error, "problem", None) or "cannot be read"
        raise InvalidInputError(f"{place}: no valid YAML: {reason}") from None
    if not isinstance(content, dict):
        raise InvalidInputError(f"{source}: a scenario is a mapping with name, title, rules ...")
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{source}, line {_line(node, fault['loc'])}: "
            f"{'.'.join(map(str, fault['loc'])) or 'scenario'}: {_reason(fault['msg'])}"
            for fault in error.errors()
        ]
        raise InvalidInputError("\n".join(lines)) from None


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ")


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line of the innermost node on the way to ``place``, counted from one."""
    line = 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
