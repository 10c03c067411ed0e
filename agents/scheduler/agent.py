"""Scheduler: offers free times, reads the chosen one back, books it after a yes."""

from __future__ import annotations

from typing import Final

from agents.agent import Agent, Role, Stage, prompt_beside
from agents.tools.specs import Tool

SCHEDULER: Final = Agent(
    role=Role.SCHEDULER,
    stage=Stage.CLOSING,
    prompt=prompt_beside("agents.scheduler"),
    tools=tuple(Tool),
)
