"""Greeting: who we are, what we are, and whether the right person is on the line."""

from __future__ import annotations

from typing import Final

from agents.agent import Agent, Role, Stage, prompt_beside
from agents.tools.specs import TALKING

GREETING: Final = Agent(
    role=Role.GREETING,
    stage=Stage.GREETING,
    prompt=prompt_beside("agents.greeting"),
    tools=TALKING,
)
