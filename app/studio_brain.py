"""The models of LangGraph Studio: the script brain, or what LLM_PROVIDER asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from agents.brief import Brief
from agents.lineup import LineUp, Rung
from agents.ports import ModelPiece
from app.brain import rung_of, script_brain
from app.brain_vendors import Candidate, candidates
from app.settings_brain import BrainSettings, LlmProvider
from core.breaker import Breaker

# Nobody waits on a telephone, and each answer begins with a new connection.
PATIENCE_S: Final = 15.0


class StudioSettings(BrainSettings, BaseSettings):
    """The settings of the brain, except that no model is asked unless LLM_PROVIDER is set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    llm_provider: LlmProvider = Field(
        LlmProvider.SCRIPT,
        alias="LLM_PROVIDER",
        description="one of: auto, groq, ollama, script",
    )


@dataclass(frozen=True, slots=True)
class AskedAfresh:
    """A vendor's models, opened for one answer: a run in Studio leaves nothing open behind it."""

    settings: BrainSettings
    candidate: Candidate

    @property
    def name(self) -> str:
        """The vendor and its usual model."""
        return f"{self.candidate.provider}/{self.candidate.usual}"

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """As the vendor's model of that agent answers."""
        async with self.candidate.open() as vendor:
            model = rung_of(self.settings, self.candidate, vendor).for_agent(brief.agent.role).model
            async with aclosing(cast("Any", model.answer(brief))) as pieces:
                async for piece in pieces:
                    yield piece


def studio_settings() -> BrainSettings:
    """What the environment and .env say about the brain. Raises pydantic's ValidationError."""
    given: dict[str, Any] = {}  # nothing: all of it is read from there
    return StudioSettings(**given)


def studio_models(settings: BrainSettings) -> LineUp:
    """The models that the settings ask for. Asks nobody before a turn does."""
    rungs = []
    for each in candidates(settings):
        # Now: where the product loads it, an SDK would hold up the other runs of Studio's server.
        import_module(f"agents.providers.llm_{each.provider}.models")
        asked = AskedAfresh(settings, each)
        rungs.append(Rung(asked, Breaker(each.provider), first_s=PATIENCE_S, stall_s=PATIENCE_S))
    return LineUp(last=script_brain(), rungs=tuple(rungs))
