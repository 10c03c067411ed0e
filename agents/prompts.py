"""The agents' prompts, filled from the brief of one turn.

What stays the same comes first and what changes with every turn last: vendors read a beginning
that they know faster and for less. Every token costs the caller time, so nothing is shown that
this turn cannot need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from agents.agent import Role
from agents.answers import is_skipped, next_question
from agents.brief import Brief
from agents.script import Question, QuestionKind, Script
from agents.wording import Wording

TIMES_SHOWN: Final = 6  # enough to choose from, few enough to stay short
NEAR_THE_OFFER: Final = 1  # open questions: whoever asks the last may go on to the times


def rendered(brief: Brief) -> str:
    """The prompt of the agent for this turn."""
    return brief.agent.render(prompt_values(brief))


def shows_times(brief: Brief) -> bool:
    """Whether the prompt of this turn tells the free times, so that the diary must be read."""
    return brief.agent.role is Role.SCHEDULER or len(_open(brief)) <= NEAR_THE_OFFER


def prompt_values(brief: Brief) -> dict[str, str]:
    """Every name that a prompt may use."""
    script = brief.script
    wording = _wording(brief)
    first = next_question(script, brief.slots)
    return {
        "agent_name": script.brand.agent_name,
        "brand_name": script.brand.name,
        "lead_name": wording.say("{lead_name}"),
        "purpose": script.purpose,
        "facts": _lines([wording.say(fact.answer) for fact in script.facts]),
        "questions": _questions(script),
        "next_question": _lines([] if first is None else [_question(first)]),
        "objections": _lines([f"{o.id}: {wording.say(o.answer)}" for o in script.objections]),
        "state": _lines(list(_state(brief))),
    }


def _state(brief: Brief) -> Iterator[str]:
    """Where the conversation stands, as this turn begins."""
    thread = brief.thread
    yield f"Local time: {brief.now:%A %d %B %Y, %H:%M}"
    yield f"You asked last: {thread.asked or 'nothing yet'}"
    yield f"Answers so far: {json.dumps(dict(brief.slots), ensure_ascii=False)}"
    open_ids = [q.id for q in _open(brief)]
    yield f"Questions still open: {', '.join(open_ids) or 'none'}"
    if thread.objections:
        yield f"Objections answered already: {', '.join(thread.objections)}"
    if thread.outcome is not None:
        yield f"The call has come to: {thread.outcome}"
    yield from _times(brief)


def _times(brief: Brief) -> Iterator[str]:
    """The times that were said, and those that may be."""
    thread = brief.thread
    if thread.offers:
        yield f"Times you offered: {_said(brief, thread.offers)}"
    if thread.proposal is not None:
        at, said = thread.proposal.starts_at, thread.proposal.said
        yield f"You read back: {at.isoformat()} ({said}); not agreed to yet"
    if thread.wish is not None:
        yield f"They wished for: {_said(brief, (thread.wish,))}"
    if not shows_times(brief):
        return
    if brief.diary is None:
        yield "Free times: the calendar cannot be read now; offer none, a colleague will call back"
    else:
        free = brief.diary.spread(TIMES_SHOWN, part=None)
        yield f"Free times: {_said(brief, tuple(free)) or 'none'}"


def _said(brief: Brief, times: tuple[datetime, ...]) -> str:
    """Times as tools take them, and as they are said."""
    wording = _wording(brief)
    return "; ".join(f"{at.isoformat()} ({wording.when(at)})" for at in times)


def _open(brief: Brief) -> list[Question]:
    """The questions that have no answer yet and need one."""
    slots = brief.slots
    return [q for q in brief.script.questions if q.id not in slots and not is_skipped(q, slots)]


@lru_cache(maxsize=32)
def _questions(script: Script) -> str:
    return _lines([_question(question) for question in script.questions])


def _question(question: Question) -> str:
    options = ", ".join(option.id for option in question.options)
    kind = f"{question.kind}: {options}" if question.kind is QuestionKind.CHOICE else question.kind
    return f"{question.id} ({kind}): {question.text}"


def _wording(brief: Brief) -> Wording:
    return Wording(brief.script, brief.variables, brief.slots, brief.now)


def _lines(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "- none"
