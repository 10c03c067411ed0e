"""The agents of this house."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agents.agent import Agent, Role
from agents.greeting.agent import GREETING
from agents.objection.agent import OBJECTION
from agents.qualification.agent import QUALIFICATION
from agents.scheduler.agent import SCHEDULER

ROSTER: Final[Mapping[Role, Agent]] = MappingProxyType(
    {agent.role: agent for agent in (GREETING, QUALIFICATION, OBJECTION, SCHEDULER)}
)
