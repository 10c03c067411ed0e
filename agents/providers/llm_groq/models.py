"""Groq's chat models through LangChain, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import groq
import httpx
from langchain_core.language_models import BaseChatModel
from langchain_groq import ChatGroq

from agents.providers.llm_groq.account import NAME, NEW_KEY, GroqConfig, groq_client, look
from agents.vendor_http import closing_responses
from core.errors import ProviderError

CODE: Final = re.compile(r"[a-z0-9_]{1,40}")  # what an error code of Groq looks like
GONE: Final = frozenset({"model_not_found", "model_decommissioned", "model_terms_required"})
THINK_TAGS: Final = ("qwen/", "deepseek")  # these write their thoughts into the text if let


class GroqVendor:
    """All models of one account, on one pool of connections."""

    name = NAME
    end_mark = reason_mark = "finish_reason"

    def __init__(self, config: GroqConfig, client: httpx.AsyncClient) -> None:
        self._config = config
        self._client = client
        self._groq = groq.AsyncGroq(
            api_key=config.api_key,
            base_url=config.base_url,
            http_client=client,
            timeout=client.timeout,
            max_retries=0,  # the next model answers; a second attempt would be too late
        )

    def model(self, name: str, temperature: float) -> BaseChatModel:
        """The model of that id, streaming."""
        ways: dict[str, Any] = {}
        if "gpt-oss" in name:
            ways["reasoning_effort"] = "low"  # it always reasons; the caller waits meanwhile
        elif name.startswith(THINK_TAGS):
            ways["reasoning_format"] = "parsed"
        completions = self._groq.chat.completions
        return ChatGroq(
            model=name,
            temperature=temperature,
            max_tokens=self._config.max_tokens,
            max_retries=0,
            streaming=True,
            client=completions,  # never called: without it one more client would be built
            async_client=completions,
            **ways,
        )

    def turn(self) -> AbstractAsyncContextManager[bool]:
        """Closes the connection of an answer that was not read to its end; never waits."""
        return self._turn()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[bool]:
        async with closing_responses():
            yield False

    def fault(self, error: Exception, model: str) -> ProviderError:
        """What the SDK raised, in our words."""
        match error:
            case groq.APIStatusError():
                return _refusal(error, model)
            case groq.APITimeoutError() | httpx.TimeoutException():
                return ProviderError(NAME, "no answer in time", retryable=True)
            case groq.APIConnectionError() | httpx.TransportError() | OSError():
                return ProviderError(NAME, "the connection failed or was cut", retryable=True)
            case groq.APIError():
                return ProviderError(
                    NAME, f"the answer broke off{_in_brackets(error)}", retryable=True
                )
        return ProviderError(NAME, f"an odd answer ({type(error).__name__})", retryable=True)

    async def warm_up(self) -> None:
        """Open a connection, which then waits for the first turn."""
        found = await look(self._client, self._config)
        if not found.ok:
            raise ProviderError(
                NAME, f"{found.problem} {found.remedy}", retryable=not found.needs_somebody
            )


@asynccontextmanager
async def open_groq(config: GroqConfig) -> AsyncIterator[GroqVendor]:
    """The account, until the end of the block."""
    async with groq_client(config) as client:
        yield GroqVendor(config, client)


def _refusal(error: groq.APIStatusError, model: str) -> ProviderError:
    """An answer with an error status. Its text is not passed on: it may quote the caller."""
    status, code = error.status_code, _code(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_s = _retry_after_s(error.response)
        return ProviderError(NAME, "rate limit reached (429)", retryable=True, retry_after_s=wait_s)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) and code not in GONE:
        return ProviderError(NAME, f"the key was refused ({status}). {NEW_KEY}", retryable=False)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE) or code in GONE:
        return ProviderError(
            NAME,
            f"no model {model} for this key ({status}). "
            "Set GROQ_MODEL to a model of console.groq.com/docs/models.",
            retryable=False,
        )
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return ProviderError(
            NAME,
            "the prompt is above the account's limit (413). Lower LLM_CONTEXT_TOKENS.",
            retryable=True,
        )
    # The fault of the moment, or of this request alone: another turn may fare better.
    return ProviderError(NAME, f"error {status}{_in_brackets(error)}", retryable=True)


def _retry_after_s(response: httpx.Response) -> float | None:
    """The seconds of the header; None when it has none, or a date."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _code(error: groq.APIError) -> str:
    """The vendor's code for the error; empty when it gave none."""
    body: Any = error.body
    inner = body.get("error", body) if isinstance(body, dict) else None
    code = inner.get("code") if isinstance(inner, dict) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _in_brackets(error: groq.APIError) -> str:
    code = _code(error)
    return f" ({code})" if code else ""
