"""The account at Groq: does the server answer, is the key right, is there each model?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import httpx

from agents.vendor import Checkup, Condition
from agents.vendor_http import CONNECT_S, KEEP_ALIVE_S, SILENCE_S, note_response

NAME: Final = "groq"
NEW_KEY: Final = "Set GROQ_API_KEY to a valid key from console.groq.com."
CONNECTIONS: Final = 1000  # one for each answer under way: more than calls that a server holds


@dataclass(frozen=True, slots=True)
class GroqConfig:
    """How to reach Groq. ``models``: every model that an agent uses."""

    api_key: str = field(repr=False)
    models: tuple[str, ...]
    base_url: str = "https://api.groq.com"
    max_tokens: int = 400
    connect_s: float = CONNECT_S


@asynccontextmanager
async def groq_client(config: GroqConfig) -> AsyncIterator[httpx.AsyncClient]:
    """One pool of connections for the check and for all models."""
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(SILENCE_S, connect=config.connect_s),
        limits=httpx.Limits(
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=KEEP_ALIVE_S,
        ),
        event_hooks={"response": [note_response]},
        follow_redirects=True,
    ) as client:
        yield client


async def check(config: GroqConfig) -> Checkup:
    """Ask the server whether it would answer. Raises nothing; the caller bounds the time."""
    async with groq_client(config) as client:
        return await look(client, config)


async def look(client: httpx.AsyncClient, config: GroqConfig) -> Checkup:
    """What the list of models says."""
    if not config.api_key.isascii():  # no header can hold it
        problem = "The key for Groq has a letter that no key has."
        return Checkup(NAME, Condition.WRONG_KEY, problem, NEW_KEY)
    try:
        response = await client.get(
            f"{config.base_url}/openai/v1/models",
            headers={"Authorization": f"Bearer {config.api_key}"},
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
        return _unreachable(f"Groq does not answer at {config.base_url} ({type(error).__name__}).")
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        problem = f"Groq does not take the key ({response.status_code})."
        return Checkup(NAME, Condition.WRONG_KEY, problem, NEW_KEY)
    known = _ids(response)
    if known is None:
        return _unreachable(f"{config.base_url} does not answer as Groq ({response.status_code}).")
    missing = sorted(set(config.models) - known)
    if not missing:
        return Checkup(NAME, Condition.READY)
    return Checkup(
        NAME,
        Condition.NO_MODEL,
        f"Groq has no model {', '.join(missing)}.",
        "Set GROQ_MODEL and GROQ_AGENT_MODELS to models of console.groq.com/docs/models.",
    )


def _unreachable(problem: str) -> Checkup:
    remedy = "See groqstatus.com, and check the network and GROQ_BASE_URL."
    return Checkup(NAME, Condition.UNREACHABLE, problem, remedy)


def _ids(response: httpx.Response) -> set[str] | None:
    """The ids of the models in a list; None when it is no list."""
    if response.status_code != HTTPStatus.OK:
        return None
    try:
        listed: Any = response.json()
        return {str(model["id"]) for model in listed["data"]}
    except (ValueError, TypeError, KeyError):
        return None
