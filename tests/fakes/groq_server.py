"""A Groq on this machine: chat completions as server-sent events, models, rate-limit headers."""

from __future__ import annotations

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

KEY = "gsk_the_right_key"
LIMITS = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "15000",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-remaining-tokens": "14997",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-reset-tokens": "7.66s",
}
STREAM = {"content-type": "text/event-stream", "cache-control": "no-cache", **LIMITS}
JSON = {"content-type": "application/json", **LIMITS}


@dataclass
class GroqServer:
    """A running fake. ``handler`` decides what each completion does; it may be replaced."""

    handler: Handler
    models: tuple[str, ...]
    http: HttpServer = field(init=False)
    chats: list[dict[str, Any]] = field(default_factory=list)  # the bodies of all completions

    def __post_init__(self) -> None:
        self.http = HttpServer(self._respond)

    @property
    def url(self) -> str:
        """For GROQ_BASE_URL."""
        return self.http.url

    async def _respond(self, request: Request, answer: Answer) -> None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            await self._refuse(answer, Refuses(401, "invalid_api_key", "Invalid API Key"))
        elif (request.method, request.path) == ("GET", "/openai/v1/models"):
            listed = [
                {"id": name, "object": "model", "created": 1, "owned_by": "o", "active": True}
                for name in self.models
            ]
            body = json.dumps({"object": "list", "data": listed}).encode()
            await answer.whole(200, JSON, body)
        elif (request.method, request.path) == ("POST", "/openai/v1/chat/completions"):
            await self._complete(request.json(), answer)
        else:
            await self._refuse(answer, Refuses(404, "unknown_url", "Unknown request URL"))

    async def _complete(self, asked: dict[str, Any], answer: Answer) -> None:
        self.chats.append(asked)
        if asked["model"] not in self.models:
            play: Any = Refuses(404, "model_not_found", f"The model `{asked['model']}` ...")
        else:
            play = refusal_of(asked) or self.handler(asked)
        match play:
            case Refuses():
                await self._refuse(answer, play)
            case Silent():
                await answer.wait(None)
            case Streams():
                if play.first_s:
                    await answer.wait(play.first_s)
                await answer.begin(STREAM)
                await _Stream(asked["model"], play, answer).run()

    async def _refuse(self, answer: Answer, play: Refuses) -> None:
        kind = "tokens" if play.status == 429 else "invalid_request_error"
        error = {"message": play.message, "type": kind, "code": play.code}
        after = {} if play.retry_after is None else {"retry-after": play.retry_after}
        body = json.dumps({"error": error}).encode()
        await answer.whole(play.status, {**JSON, **after}, body)


class _Stream:
    """One completion on its way."""

    def __init__(self, model: str, play: Streams, answer: Answer) -> None:
        self._model = model
        self._play = play
        self._answer = answer
        self._calls = 0

    async def run(self) -> None:
        """Everything up to the end mark, or to where the play breaks off."""
        await self._send({"role": "assistant", "content": ""}, x_groq={"id": "req_1"})
        for step in self._play.steps:
            if await self._step(step):
                return
        asked, made = self._play.prompt_tokens, self._play.completion_tokens
        usage: dict[str, Any] = {
            "queue_time": 0.01,
            "prompt_tokens": asked,
            "prompt_time": 0.004,
            "completion_tokens": made,
            "completion_time": 0.02,
            "total_tokens": asked + made,
            "total_time": 0.024,
        }
        if self._play.cached_tokens:
            usage["prompt_tokens_details"] = {"cached_tokens": self._play.cached_tokens}
        ends = "tool_calls" if self._calls else "stop"
        finish = ends if self._play.finish == "stop" else self._play.finish
        await self._send({}, finish=finish, x_groq={"id": "req_1", "usage": usage})
        if not self._play.stays:
            raise CutError
        await self._answer.chunk(b"data: [DONE]\n\n")
        await self._answer.end()

    async def _step(self, step: Step) -> bool:
        """One step; whether it was the last."""
        match step:
            case Text(words):
                await self._send({"content": words})
            case Thought(words):
                await self._send({"reasoning": words})
            case Together(words, calls):
                await self._send({"content": words, "tool_calls": [self._whole(c) for c in calls]})
            case Call(parts=parts):
                await self._call(step, parts)
            case Pause(seconds):
                await self._answer.wait(seconds)
            case Cut(politely=True):
                await self._answer.end()
                return True
            case Cut():
                raise CutError
            case Fails(message):
                error = {"error": {"message": message, "type": "server_error", "code": "oops"}}
                await self._answer.chunk(f"event: error\ndata: {json.dumps(error)}\n\n".encode())
                await self._answer.end()
                return True
        return False

    def _whole(self, call: Call) -> dict[str, Any]:
        index, self._calls = self._calls, self._calls + 1
        written = json.dumps(dict(call.arguments)) if call.raw is None else call.raw
        return {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": written},
        }

    async def _call(self, call: Call, parts: int) -> None:
        whole = self._whole(call)
        written = whole["function"]["arguments"]
        step = -(-len(written) // parts)
        pieces = [written[at : at + step] for at in range(0, len(written), step)]
        whole["function"]["arguments"] = pieces[0]
        await self._send({"tool_calls": [whole]})
        for piece in pieces[1:]:
            part = {"index": whole["index"], "function": {"arguments": piece}}
            await self._send({"tool_calls": [part]})

    async def _send(
        self, delta: dict[str, Any], *, finish: str | None = None, x_groq: Any = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self._model,
            "system_fingerprint": "fp_1",
            "choices": [choice],
        }
        if x_groq is not None:
            chunk["x_groq"] = x_groq
        await self._answer.chunk(f"data: {json.dumps(chunk)}\n\n".encode())


def refusal_of(asked: dict[str, Any]) -> Refuses | None:
    """What the real server refuses: empty messages, calls without results, unknown options."""
    pending: list[str] = []
    for message in asked["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in pending:
                return Refuses(400, "invalid_request", "a result without a call")
            pending.remove(message["tool_call_id"])
            continue
        if pending:
            return Refuses(400, "invalid_request", "a call without its result")
        pending = [call["id"] for call in message.get("tool_calls") or []]
        if not message.get("content") and not pending:
            return Refuses(400, "invalid_request", "an empty message")
    if asked.get("reasoning_effort") not in (None, "low", "medium", "high"):
        return Refuses(400, "invalid_request", "reasoning_effort")
    if asked.get("reasoning_effort") and "gpt-oss" not in asked["model"]:
        return Refuses(400, "invalid_request", "this model does not reason")
    return None


@asynccontextmanager
async def groq_server(
    handler: Handler, models: Sequence[str] = ("openai/gpt-oss-120b", "openai/gpt-oss-20b")
) -> AsyncIterator[GroqServer]:
    """Serve completions as ``handler`` says, until the end of the block."""
    server = GroqServer(handler, tuple(models))
    async with server.http:
        yield server
