"""How the script's lines are said in this call: variables filled, times in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agents.language.spoken import spoken_time
from agents.script import Question, Script
from agents.script_lines import fill
from agents.thread import Thread, Topic
from core.effects import Json


@dataclass(frozen=True, slots=True)
class Wording:
    """The script's voice in one call. ``now`` is aware, on the script's wall clock."""

    script: Script
    variables: Mapping[str, str]
    slots: Mapping[str, Json]
    now: datetime

    def say(self, line: str, **more: str) -> str:
        """``line`` with its variables filled in."""
        if "{" not in line:
            return line.strip()
        return fill(line, self.script, {**self.variables, **self._answers(), **more})

    def _answers(self) -> dict[str, str]:
        """The answers so far, as they are said."""
        said: dict[str, str] = {}
        for key, value in self.slots.items():
            question = self.script.question(key)
            option = question.option(str(value)) if question is not None else None
            said[key] = option.label if option is not None else "" if value is None else str(value)
        return said

    def when(self, at: datetime) -> str:
        """A time in words, on the script's wall clock."""
        return spoken_time(at.astimezone(self.now.tzinfo), self.now)

    def offer(self, times: tuple[datetime, ...]) -> str:
        """The sentence that offers these times."""
        booking = self.script.booking
        if not times:
            return self.say(booking.ask_when)
        first = self.when(times[0])
        if len(times) == 1:
            return self.say(booking.offer_one, first=first)
        return self.say(booking.offer_two, first=first, second=self.when(times[1]))

    def greeting(self) -> str:
        """What the opening says beyond what must be heard; often how we can help."""
        return " ".join(self.say(line.say) for line in self.script.opening if not line.must_hear)

    def ask(self, thread: Thread, *, again: bool) -> str:
        """What the caller was asked last, put to them anew (``again``: as a retry)."""
        question = self.script.question(thread.asked)
        if question is not None:
            return self.question(question, again=again)
        if thread.asked == Topic.TIME:
            return self.offer(thread.offers)
        return self._topic(thread, again=again)

    def questions(self, thread: Thread) -> tuple[str, ...]:
        """The sentences that may have asked what is open: as at first, and as a retry."""
        variants = (self.ask(thread, again=again) for again in (False, True))
        return tuple({_last_question(text) for text in variants} - {""})

    def question(self, question: Question, *, again: bool) -> str:
        """A question of the script."""
        return self.say(question.retry if again else question.text)

    def _topic(self, thread: Thread, *, again: bool) -> str:
        script = self.script
        said = "" if thread.proposal is None else thread.proposal.said
        person = script.right_person
        if thread.asked == Topic.PURPOSE:
            return _last_question(self.greeting()) or self.say(script.lines.anything_else)
        lines = {
            Topic.CONFIRM: script.booking.confirm_retry if again else script.booking.confirm,
            Topic.CALLBACK_TIME: script.callback.retry if again else script.callback.ask,
            Topic.CALLBACK_CONFIRM: script.callback.confirm,
            Topic.MORE: script.lines.anything_else,
        }
        if person is not None:
            lines[Topic.RIGHT_PERSON] = person.retry if again else person.ask
        line = lines.get(Topic(thread.asked)) if thread.asked else None
        return self.say(line, time=said) if line else ""


def _last_question(text: str) -> str:
    """The last sentence of the text that asks something; a request may have no question mark."""
    asking = re.findall(r"[^.!?]+\?", text) or re.findall(r"[^.!?]+[.!]", text)
    return asking[-1].strip() if asking else text.strip()
