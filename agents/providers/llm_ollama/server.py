"""The Ollama server: does it answer, and does it have each model?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from agents.vendor import Checkup, Condition
from agents.vendor_http import CONNECT_S, KEEP_ALIVE_S

NAME: Final = "ollama"
SLACK: Final = 1.25  # tokens are counted by a rule of thumb


@dataclass(frozen=True, slots=True)
class OllamaConfig:
    """How to reach Ollama and how much of it to use. ``models``: all that agents use.

    At most ``parallel`` answers are made at a time; ``queue`` turns may wait ``wait_s`` for one.
    """

    models: tuple[str, ...]
    base_url: str = "http://127.0.0.1:11434"
    context_tokens: int = 4000
    max_tokens: int = 400
    parallel: int = 2
    queue: int = 8
    wait_s: float = 0.4
    keep_alive: str = "30m"  # loading takes seconds; calls may be far apart
    connect_s: float = CONNECT_S

    @property
    def window(self) -> int:
        """The tokens of the model's context: the prompt and its answer, with some slack."""
        return int((self.context_tokens + self.max_tokens) * SLACK)


@asynccontextmanager
async def ollama_transport() -> AsyncIterator[httpx.AsyncHTTPTransport]:
    """One pool of connections for the check and for all models."""
    limits = httpx.Limits(keepalive_expiry=KEEP_ALIVE_S)
    async with httpx.AsyncHTTPTransport(limits=limits) as transport:
        yield transport


async def check(config: OllamaConfig) -> Checkup:
    """Ask the server whether it would answer. Raises nothing; the caller bounds the time."""
    start = "Start it with `ollama serve`, or set OLLAMA_BASE_URL."
    try:
        async with httpx.AsyncClient(timeout=config.connect_s, trust_env=False) as client:
            response = await client.get(f"{config.base_url}/api/tags")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
        problem = f"Ollama does not answer at {shown(config.base_url)} ({type(error).__name__})."
        return Checkup(NAME, Condition.UNREACHABLE, problem, start)
    known = _names(response)
    if known is None:
        problem = f"{shown(config.base_url)} does not answer as Ollama ({response.status_code})."
        return Checkup(NAME, Condition.UNREACHABLE, problem, start)
    missing = sorted({model for model in config.models if full_name(model) not in known})
    if not missing:
        return Checkup(NAME, Condition.READY)
    return Checkup(
        NAME,
        Condition.NO_MODEL,
        f"Ollama does not have {', '.join(missing)}.",
        f"Run {' and '.join(f'`ollama pull {model}`' for model in missing)}.",
    )


def full_name(model: str) -> str:
    """The name with its tag; without one, Ollama means ``latest``."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def shown(address: str) -> str:
    """The address without a user name and password; one that is none is not shown."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return "OLLAMA_BASE_URL"
    return str(url.copy_with(username=None, password=None)) if url.userinfo else address


def _names(response: httpx.Response) -> set[str] | None:
    """The names in a list of models; None when it is no list."""
    if response.status_code != HTTPStatus.OK:
        return None
    try:
        listed: Any = response.json()
        return {full_name(str(model["name"])) for model in listed["models"]}
    except (ValueError, TypeError, KeyError):
        return None
