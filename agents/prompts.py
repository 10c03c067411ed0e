"""The agents' prompts, filled from the brief of one turn."""

from __future__ import annotations

import json
from typing import Final

from agents.brief import Brief
from agents.script import QuestionKind
from agents.wording import Wording

TIMES_SHOWN: Final = 6  # enough to choose from, few enough to stay short


def rendered(brief: Brief) -> str:
    """The prompt of the agent for this turn."""
    return brief.agent.render(prompt_values(brief))


def prompt_values(brief: Brief) -> dict[str, str]:
    """Every name that a prompt may use."""
    script = brief.script
    wording = Wording(script, brief.variables, brief.slots, brief.now)
    free = () if brief.diary is None else brief.diary.spread(TIMES_SHOWN, part=None)
    return {
        "agent_name": script.brand.agent_name,
        "brand_name": script.brand.name,
        "lead_name": wording.say("{lead_name}"),
        "purpose": script.purpose,
        "now": f"{brief.now:%A %d %B %Y, %H:%M}",
        "asked": brief.thread.asked or "nothing yet",
        "slots": json.dumps(dict(brief.slots), ensure_ascii=False),
        "free": _lines([f"{at.isoformat()}: {wording.when(at)}" for at in free]),
        "facts": _lines([wording.say(fact.answer) for fact in script.facts]),
        "questions": _lines([_question(brief, key.id) for key in script.questions]),
        "objections": _lines([f"{o.id}: {wording.say(o.answer)}" for o in script.objections]),
    }


def _question(brief: Brief, key: str) -> str:
    question = brief.script.question(key)
    assert question is not None
    options = ", ".join(option.id for option in question.options)
    kind = f"{question.kind}: {options}" if question.kind is QuestionKind.CHOICE else question.kind
    return f"{question.id} ({kind}): {question.text}"


def _lines(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "- none"
