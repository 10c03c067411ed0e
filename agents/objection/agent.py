"""Objection: honest answers to reasons not to, and knowing when to give up."""

from __future__ import annotations

from typing import Final

from agents.agent import Agent, Role, Stage, prompt_beside
from agents.tools.specs import TALKING

OBJECTION: Final = Agent(
    role=Role.OBJECTION,
    stage=Stage.OBJECTION_HANDLING,
    prompt=prompt_beside("agents.objection"),
    tools=TALKING,
)
