"""An Ollama on this machine: chats as lines of JSON, the list of its models, loading."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.http_server import Answer, CutError, HttpServer, Request
from tests.fakes.model_plays import (
    Call,
    Cut,
    Fails,
    Handler,
    Pause,
    Refuses,
    Silent,
    Step,
    Streams,
    Text,
    Thought,
    Together,
)

LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json; charset=utf-8"}
AT = "2026-11-23T10:00:00.123456789Z"


@dataclass
class OllamaServer:
    """A running fake. ``handler`` decides what each chat does; it may be replaced."""

    handler: Handler
    models: tuple[str, ...]
    http: HttpServer = field(init=False)
    chats: list[dict[str, Any]] = field(default_factory=list)  # the bodies of all chats
    loaded: list[dict[str, Any]] = field(default_factory=list)  # of chats without messages
    at_once: int = 0  # chats under way
    most_at_once: int = 0
    load_s: float = 0.0

    def __post_init__(self) -> None:
        self.http = HttpServer(self._respond)

    @property
    def url(self) -> str:
        """For OLLAMA_BASE_URL."""
        return self.http.url

    async def _respond(self, request: Request, answer: Answer) -> None:
        if (request.method, request.path) == ("GET", "/api/tags"):
            listed = [
                {"name": name, "model": name, "modified_at": AT, "size": 1, "digest": "d"}
                for name in self.models
            ]
            await answer.whole(200, JSON, json.dumps({"models": listed}).encode())
        elif (request.method, request.path) == ("GET", "/api/version"):
            await answer.whole(200, JSON, b'{"version":"0.12.0"}')
        elif (request.method, request.path) == ("POST", "/api/chat"):
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await self._chat(request.json(), answer)
            finally:
                self.at_once -= 1
        else:
            await answer.whole(404, {"content-type": "text/plain"}, b"404 page not found")

    async def _chat(self, asked: dict[str, Any], answer: Answer) -> None:
        model = asked["model"]
        if model not in self.models and f"{model}:latest" not in self.models:
            await _refuse(answer, Refuses(404, message=f"model '{model}' not found"))
            return
        if not asked["messages"]:
            self.loaded.append(asked)
            await asyncio.sleep(self.load_s)
            await answer.whole(200, JSON, json.dumps(_line(model, {}, "load")).encode())
            return
        self.chats.append(asked)
        play: Any = self.handler(asked)
        match play:
            case Refuses():
                await _refuse(answer, play)
            case Silent():
                await answer.wait(None)
            case Streams():
                if play.first_s:
                    await answer.wait(play.first_s)
                await answer.begin(LINES)
                await _Stream(model, play, answer).run()


class _Stream:
    """One chat on its way."""

    def __init__(self, model: str, play: Streams, answer: Answer) -> None:
        self._model = model
        self._play = play
        self._answer = answer

    async def run(self) -> None:
        """Everything up to the last line, or to where the play breaks off."""
        for step in self._play.steps:
            if await self._step(step):
                return
        last = _line(self._model, {}, self._play.finish) | {
            "prompt_eval_count": self._play.prompt_tokens,
            "prompt_eval_duration": 26_000_000,
            "eval_count": self._play.completion_tokens,
            "eval_duration": 90_000_000,
        }
        await self._send(last)
        if not self._play.stays:
            raise CutError
        await self._answer.end()

    async def _step(self, step: Step) -> bool:
        """One step; whether it was the last."""
        match step:
            case Text(words):
                await self._send(_line(self._model, {"content": words}))
            case Thought(words):
                await self._send(_line(self._model, {"thinking": words}))
            case Together(words, calls):
                message = {"content": words, "tool_calls": [_call(call) for call in calls]}
                await self._send(_line(self._model, message))
            case Call():
                await self._send(_line(self._model, {"tool_calls": [_call(step)]}))
            case Pause(seconds):
                await self._answer.wait(seconds)
            case Cut(politely=True):
                await self._answer.end()
                return True
            case Cut():
                raise CutError
            case Fails(message):
                await self._send({"error": message})
                await self._answer.end()
                return True
        return False

    async def _send(self, line: dict[str, Any]) -> None:
        await self._answer.chunk(json.dumps(line).encode() + b"\n")


def _call(call: Call) -> dict[str, Any]:
    """Arguments are an object, and the call has no id."""
    given: Any = dict(call.arguments) if call.raw is None else call.raw
    return {"function": {"name": call.name, "arguments": given}}


def _line(model: str, message: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "model": model,
        "created_at": AT,
        "message": {"role": "assistant", "content": "", **message},
        "done": reason is not None,
    }
    if reason is not None:
        line |= {"done_reason": reason, "total_duration": 130_000_000, "load_duration": 9_000_000}
    return line


async def _refuse(answer: Answer, play: Refuses) -> None:
    body = json.dumps({"error": play.message}).encode()
    await answer.whole(play.status, JSON, body)


@asynccontextmanager
async def ollama_server(
    handler: Handler, models: Sequence[str] = ("llama3.1:8b",)
) -> AsyncIterator[OllamaServer]:
    """Serve chats as ``handler`` says, until the end of the block."""
    server = OllamaServer(handler, tuple(models))
    async with server.http:
        yield server
