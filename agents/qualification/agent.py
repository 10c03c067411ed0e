"""Qualification: the script's questions, one at a time, and facts about the company."""

from __future__ import annotations

from typing import Final

from agents.agent import Agent, Role, Stage, prompt_beside
from agents.tools.specs import TALKING

QUALIFICATION: Final = Agent(
    role=Role.QUALIFICATION,
    stage=Stage.QUESTIONS,
    prompt=prompt_beside("agents.qualification"),
    tools=TALKING,
)
