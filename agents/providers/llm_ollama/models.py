"""Ollama's chat models through LangChain, the queue before them, and what its errors mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Final, Literal

import httpx
import ollama
from langchain_core.language_models import BaseChatModel
from langchain_ollama import ChatOllama

from agents.providers.llm_ollama.server import NAME, OllamaConfig, ollama_transport
from agents.vendor_http import SILENCE_S, closing_responses, note_response
from core.errors import BusyError, ProviderError

LOADING_S: Final = 600.0  # a large model from a slow disk


class Gate:
    """Lets ``parallel`` answers be made at a time and ``places`` turns wait, in their order."""

    def __init__(self, parallel: int, places: int, wait_s: float) -> None:
        self._free = asyncio.Semaphore(parallel)
        self._places = places
        self._wait_s = wait_s
        self.waiting = 0

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[bool]:
        """One answer; whether it had to wait.

        Raises:
            BusyError: the queue is full, or does not move in time.
        """
        waits = self._free.locked()
        await self._enter()
        try:
            yield waits
        finally:
            self._free.release()

    async def _enter(self) -> None:
        if self._free.locked() and self.waiting >= self._places:
            raise BusyError(NAME, f"busy, and {self.waiting} turns wait already")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise BusyError(NAME, f"busy for {self._wait_s:g} s") from None
        finally:
            self.waiting -= 1


class OllamaVendor:
    """All models of one server, on one pool of connections and behind one gate."""

    name = NAME
    end_mark = "done"
    reason_mark = "done_reason"

    def __init__(self, config: OllamaConfig, transport: httpx.AsyncBaseTransport) -> None:
        self._config = config
        self._transport = transport
        self._gate = Gate(config.parallel, config.queue, config.wait_s)

    def model(self, name: str, temperature: float) -> BaseChatModel:
        """The model of that name, streaming."""
        return ChatOllama(
            model=name,
            temperature=temperature,
            base_url=self._config.base_url,
            num_ctx=self._config.window,
            num_predict=self._config.max_tokens,
            keep_alive=self._config.keep_alive,
            reasoning=_reasoning(name),
            client_kwargs={"trust_env": False},  # it is near: no proxy between
            sync_client_kwargs={"transport": httpx.BaseTransport()},  # never called
            async_client_kwargs={
                "transport": self._transport,
                "timeout": httpx.Timeout(SILENCE_S, connect=self._config.connect_s),
                "event_hooks": {"response": [note_response]},
            },
        )

    def turn(self) -> AbstractAsyncContextManager[bool]:
        """Waits for its place; closes the connection of an answer not read to its end."""
        return self._turn()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[bool]:
        async with self._gate.admitted() as waited, closing_responses():
            yield waited

    def fault(self, error: Exception, model: str) -> ProviderError:
        """What the SDK raised, in our words."""
        match error:
            case ollama.ResponseError():
                return _refusal(error, model)
            case httpx.TimeoutException():
                return ProviderError(NAME, "no answer in time", retryable=True)
            case httpx.TransportError() | OSError():
                return ProviderError(NAME, "the connection failed or was cut", retryable=True)
        return ProviderError(NAME, f"an odd answer ({type(error).__name__})", retryable=True)

    async def warm_up(self) -> None:
        """Load the models, with the context that calls use: another would load them again."""
        client = httpx.AsyncClient(transport=self._transport, timeout=LOADING_S, trust_env=False)
        for model in dict.fromkeys(self._config.models):
            asked = {
                "model": model,
                "messages": [],
                "stream": False,
                "keep_alive": self._config.keep_alive,
                "options": {"num_ctx": self._config.window},
            }
            try:
                response = await client.post(f"{self._config.base_url}/api/chat", json=asked)
            except (httpx.HTTPError, OSError) as error:
                raise self.fault(error, model) from None
            if response.is_error:
                raise _refusal(ollama.ResponseError("", response.status_code), model)


@asynccontextmanager
async def open_ollama(config: OllamaConfig) -> AsyncIterator[OllamaVendor]:
    """The server, until the end of the block."""
    async with ollama_transport() as transport:
        yield OllamaVendor(config, transport)


def _reasoning(model: str) -> bool | Literal["low"]:
    """Thoughts cost time: none, or few where the model cannot do without."""
    return "low" if "gpt-oss" in model else False


def _refusal(error: ollama.ResponseError, model: str) -> ProviderError:
    """An answer with an error. Its text is not passed on: it may quote the caller."""
    status = error.status_code
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return ProviderError(
            NAME, f"it does not have the model. Run: ollama pull {model}", retryable=False
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ProviderError(
            NAME,
            f"access was refused ({status}). Check user and password in OLLAMA_BASE_URL.",
            retryable=False,
        )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:  # its own queue is full
        return BusyError(NAME, "busy (503)")
    if "does not support tools" in error.error:
        return ProviderError(
            NAME,
            f"{model} cannot call tools. Set OLLAMA_MODEL to one that can: llama3.1:8b",
            retryable=False,
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ProviderError(NAME, "rate limit reached (429)", retryable=True)
    if status < 0:  # a line of the stream, after a good status
        return ProviderError(NAME, "the answer broke off", retryable=True)
    # The fault of the moment, or of this request alone: another turn may fare better.
    return ProviderError(NAME, f"error {status}", retryable=True)
