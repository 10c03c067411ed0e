"""A reply in the making: sentences and tool calls, in the order in which they take place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from agents.agent import Role
from agents.brief import Brief
from agents.language.reading import Reading
from agents.thread import Thread, Topic
from agents.tools.call import ToolCall
from agents.tools.specs import Tool
from agents.wording import Wording
from core.call import Outcome
from core.effects import Json

Step: TypeAlias = "str | ToolCall"

OWNERS = {
    Topic.RIGHT_PERSON.value: Role.GREETING,
    Topic.PURPOSE.value: Role.GREETING,
    Topic.TIME.value: Role.SCHEDULER,
    Topic.CONFIRM.value: Role.SCHEDULER,
    Topic.CALLBACK_TIME.value: Role.SCHEDULER,
    Topic.CALLBACK_CONFIRM.value: Role.SCHEDULER,
}


@dataclass
class Reply:
    """One answer of the script brain to one brief.

    ``thread`` and ``slots`` follow the calls made here, so that later sentences of the same
    reply know what earlier ones did.
    """

    brief: Brief
    steps: list[Step] = field(default_factory=list)
    thread: Thread = field(init=False)
    slots: dict[str, Json] = field(init=False)

    def __post_init__(self) -> None:
        self.thread = self.brief.thread
        self.slots = dict(self.brief.slots)

    @property
    def wording(self) -> Wording:
        """The script's voice, with the answers so far."""
        brief = self.brief
        return Wording(brief.script, brief.variables, self.slots, brief.now)

    def say(self, line: str, **more: str) -> Reply:
        """Say a line of the script."""
        text = self.wording.say(line, **more)
        if text:
            self.steps.append(text)
        return self

    def do(self, tool: Tool, **arguments: Json) -> Reply:
        """Call a tool."""
        self.steps.append(ToolCall(tool.value, arguments))
        return self

    def record(self, question: str, value: Json) -> Reply:
        """Keep an answer."""
        self.slots[question] = value
        return self.do(Tool.RECORD_ANSWER, question=question, value=value)

    def ask(self, topic: str, line: str | None = None) -> Reply:
        """Put ``topic`` to the caller, in its own words unless ``line`` says it."""
        self.thread = self.thread.ask(topic)
        self.do(Tool.ASK, topic=topic)
        if line is not None:
            return self.say(line)
        text = self.wording.ask(self.thread, again=self.thread.tries > 0)
        if text:
            self.steps.append(text)
        return self

    def back(self) -> Reply:
        """Return to what was asked before a digression."""
        if not self.thread.asked or self.thread.asked == Topic.CLOSED:
            return self
        text = self.wording.ask(self.thread, again=False)
        if text:
            self.steps.append(text)
        return self

    def drop_times(self) -> Reply:
        """Forget the times that were offered or read back."""
        self.thread = replace(self.thread, proposal=None, offers=())
        return self.do(Tool.DROP_TIMES)

    def offer(self, times: tuple[datetime, ...]) -> Reply:
        """Offer free times."""
        self.thread = replace(self.thread, offers=times, proposal=None).ask(Topic.TIME)
        self.do(Tool.OFFER_TIMES, times=[start.isoformat() for start in times])
        self.steps.append(self.wording.offer(times))
        return self

    def end(self, outcome: Outcome, line: str | None = None) -> Reply:
        """Say goodbye; the call ends when that has been heard."""
        if line is not None:
            self.say(line)
        self.thread = self.thread.came_to(outcome).ask(Topic.CLOSED)
        return self.do(Tool.END_CALL, outcome=outcome.value)

    def finished(self) -> tuple[Step, ...]:
        """The steps, with a handoff when another agent takes the next turn. Never without words."""
        if not any(isinstance(step, str) for step in self.steps):
            self.say(self.brief.script.lines.clarify[0])
        owner = self._owner()
        if owner is not None and owner is not self.brief.from_agent:
            self.do(Tool.HAND_OFF, to=owner.value, reason=f"asked {self.thread.asked.strip('@')}")
        return tuple(self.steps)

    def _owner(self) -> Role | None:
        """Who answers the next turn, by what was asked; None: whoever did so far."""
        if self.brief.script.question(self.thread.asked) is not None:
            return Role.QUALIFICATION
        return OWNERS.get(self.thread.asked)


def gave_value(reading: Reading) -> bool:
    """Whether the turn holds something that can be kept: a time, a name, a number ..."""
    values = (reading.when, reading.name, reading.number, reading.postcode, reading.choice)
    return any(value is not None for value in values)
