"""The vendors of language models that the settings could use, in the order of asking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from agents.agent import Role
from agents.providers.llm_groq import account
from agents.providers.llm_ollama import server
from agents.vendor import Checkup, Vendor
from app.settings_brain import BrainSettings, LlmProvider

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agents.providers.llm_groq.models import GroqVendor
    from agents.providers.llm_ollama.models import OllamaVendor

WAIT_PART: Final = 0.8  # of the time for the first words: our queue is not the vendor's fault


@dataclass(frozen=True, slots=True)
class Candidate:
    """A vendor and the models that are set for it. ``has_key``: somebody signed up for it."""

    provider: LlmProvider
    usual: str
    others: Mapping[Role, str]
    check: Callable[[], Awaitable[Checkup]]
    open: Callable[[], AbstractAsyncContextManager[Vendor]]  # imports the SDK
    has_key: bool

    def model_of(self, role: Role | None) -> str:
        """The id of the agent's model; None: the usual one."""
        return self.usual if role is None else self.others.get(role, self.usual)

    def sku(self, model: str) -> str:
        """What its tokens are called in the usage record."""
        return f"groq/{model}" if self.provider is LlmProvider.GROQ else self.provider.value

    def build(self, vendor: Vendor, model: str, temperature: float) -> BaseChatModel:
        """The model of that id."""
        return cast("GroqVendor | OllamaVendor", vendor).model(model, temperature)


def candidates(settings: BrainSettings) -> list[Candidate]:
    """Groq needs a key; Ollama is always worth a look; ``script`` wants neither."""
    if settings.llm_provider is LlmProvider.SCRIPT:
        return []
    found = [] if settings.groq_api_key is None else [_groq(settings)]
    found.append(_ollama(settings))
    return found[::-1] if settings.llm_provider is LlmProvider.OLLAMA else found


def _groq(settings: BrainSettings) -> Candidate:
    assert settings.groq_api_key is not None
    config = account.GroqConfig(
        api_key=settings.groq_api_key.get_secret_value(),
        models=(settings.groq_model, *settings.groq_agent_models.values()),
        base_url=settings.groq_base_url,
        max_tokens=settings.llm_max_tokens,
    )

    @asynccontextmanager
    async def opened() -> AsyncIterator[Vendor]:
        # Late: the SDK takes longer to import than the rest of Parley, and may not be needed.
        from agents.providers.llm_groq.models import open_groq  # noqa: PLC0415  its SDK is slow to load

        async with open_groq(config) as vendor:
            yield vendor

    return Candidate(
        LlmProvider.GROQ,
        settings.groq_model,
        settings.groq_agent_models,
        partial(account.check, config),
        opened,
        has_key=True,
    )


def _ollama(settings: BrainSettings) -> Candidate:
    config = server.OllamaConfig(
        models=(settings.ollama_model, *settings.ollama_agent_models.values()),
        base_url=settings.ollama_base_url,
        context_tokens=settings.llm_context_tokens,
        max_tokens=settings.llm_max_tokens,
        parallel=settings.ollama_parallel,
        queue=settings.ollama_queue,
        wait_s=settings.llm_first_token_ms / 1000 * WAIT_PART,
    )

    @asynccontextmanager
    async def opened() -> AsyncIterator[Vendor]:
        from agents.providers.llm_ollama.models import open_ollama  # noqa: PLC0415  as above

        async with open_ollama(config) as vendor:
            yield vendor

    return Candidate(
        LlmProvider.OLLAMA,
        settings.ollama_model,
        settings.ollama_agent_models,
        partial(server.check, config),
        opened,
        has_key=False,
    )
