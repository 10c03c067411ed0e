"""The API of a running server, as the player uses it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from app.call.seen import SeenCall
from core.errors import ParleyError
from core.events import LiveEvent, LiveKind

ANSWER_S: Final = 15.0  # a server on this machine that takes longer is not well
FIRST_EVENT_S: Final = 30.0  # a call that rings has no event yet


class ServerRefusedError(ParleyError):
    """The server said no, or nothing sensible. ``status`` is the HTTP status, 0 without one."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class _Placed(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    call_id: str
    call_sid: str | None = None


class ServerClient:
    """Talks to one server. An asynchronous context manager.

    ``transport``: the way there, if it is not the network.
    """

    def __init__(
        self, base_url: str, api_key: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=httpx.Timeout(ANSWER_S),
            transport=transport,
            trust_env=False,  # a proxy has nothing to do with a server on this machine
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._http.__aexit__(kind, error, trace)

    async def place(self, to: str, ours: str, variables: Mapping[str, str]) -> str:
        """Have the server call ``to`` from its number ``ours``; the id of the call.

        Raises:
            ServerRefusedError: with every reason the server gave.
        """
        body = {"to": to, "from": ours, "variables": dict(variables)}
        return _Placed.model_validate(await self._json("POST", "/api/calls", body)).call_id

    async def engines(self) -> list[str]:
        """The engines that hear, think and speak. Raises ServerRefusedError."""
        ready = await self._json("GET", "/readyz")
        named = ready.get("engines") if isinstance(ready, dict) else None
        return [str(name) for name in named or ()]

    async def call(self, sid: str) -> SeenCall:
        """What the server knows of a call, by its CallSid or id. Raises ServerRefusedError."""
        try:
            return SeenCall.model_validate(await self._json("GET", f"/api/calls/{sid}"))
        except ValidationError as error:
            raise ServerRefusedError(f"The server describes the call wrongly: {error}") from None

    async def live(self, sid: str) -> AsyncIterator[LiveEvent]:
        """The call as it happens, from its first event; ends with the call.

        Cancel-safe: yes. Raises:
            ServerRefusedError: there is no such call (yet).
        """
        timeout = httpx.Timeout(ANSWER_S, read=None)
        try:
            async with self._http.stream(
                "GET", f"/api/calls/{sid}/live", timeout=timeout
            ) as answer:
                if answer.status_code != HTTPStatus.OK:
                    await answer.aread()
                    raise _refusal(answer)
                async for line in answer.aiter_lines():
                    event = read_event(line)
                    if event is not None:
                        yield event
        except httpx.HTTPError as error:
            raise _unreachable(error) from error

    async def recording(self, sid: str) -> bytes:
        """The server's own recording: a WAV file, the caller left. Raises ServerRefusedError."""
        return (await self._ask("GET", f"/api/calls/{sid}/recording")).content

    async def _json(self, method: str, path: str, body: object = None) -> object:
        try:
            return (await self._ask(method, path, body)).json()
        except ValueError:
            raise ServerRefusedError("The server's answer is no JSON.") from None

    async def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if answer.is_error:
            raise _refusal(answer)
        return answer


def read_event(line: str) -> LiveEvent | None:
    """One line of the live feed; None for what is no event (comments, ids, other kinds)."""
    text = line.removeprefix("data:").strip()
    if not text.startswith("{"):
        return None
    try:
        content = json.loads(text)
        return LiveEvent(
            LiveKind(content["kind"]), int(content["at_ms"]), dict(content.get("data") or {})
        )
    except (ValueError, KeyError, TypeError):
        return None


def _unreachable(error: httpx.HTTPError) -> ServerRefusedError:
    reason = str(error) or type(error).__name__
    return ServerRefusedError(f"The server cannot be reached: {reason}.")


def _refusal(answer: httpx.Response) -> ServerRefusedError:
    """What a problem document says, in one sentence; else the status and the first words."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    said = answer.text.strip()[:200]
    if isinstance(problem, dict):
        parts = [str(problem[key]) for key in ("title", "detail") if problem.get(key)]
        parts += [
            str(reason.get("message") or reason.get("code") or reason)
            if isinstance(reason, dict)
            else str(reason)
            for reason in problem.get("reasons") or ()
        ]
        said = " ".join(dict.fromkeys(parts)) or said
    return ServerRefusedError(
        f"The server refused ({answer.status_code}): {said}", answer.status_code
    )
