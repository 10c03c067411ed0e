"""The media socket in memory: drives the WebSocket of an ASGI application without a network.

With ``httpx.ASGITransport`` for the webhooks, a whole gateway runs in the emulator's own loop,
so a call can be played in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from emulator.faults import Code, FaultError
from emulator.links import LinkClosedError, MediaLink

_Event: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[_Event]],
        Callable[[_Event], Awaitable[None]],
    ],
    Awaitable[None],
]

QUEUE_LIMIT: Final = 3000  # frames; then the sender waits, as it would on a full socket
NORMAL: Final = 1000
LOST: Final = 1006


class AsgiLinks:
    """Opens in-memory media sockets to ``app`` while it is entered; a ``LinkOpener``.

    An error that leaves the application is raised out of the ``async with``.
    ``state``: the lifespan state of the application, handed to each connection.
    """

    def __init__(self, app: AsgiApp, state: Mapping[str, Any] | None = None) -> None:
        self._app = app
        self._state = dict(state or {})
        self._group = asyncio.TaskGroup()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> AsgiLinks:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the connections; an error of the body passes as it is and ends them."""
        if error is not None and not isinstance(error, asyncio.CancelledError):
            for task in self._connections:
                task.cancel()
            kind = error = trace = None
        await self._group.__aexit__(kind, error, trace)

    async def __call__(self, url: str, headers: Mapping[str, str]) -> MediaLink:
        """See ``LinkOpener``."""
        link = _AsgiLink()
        scope = {**_scope(url, headers), "state": dict(self._state)}
        task = self._group.create_task(self._serve(scope, link), name="asgi media socket")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await link.opened()
        return link

    async def _serve(self, scope: _Event, link: _AsgiLink) -> None:
        try:
            await self._app(scope, link.to_app, link.from_app)
        finally:
            link.app_left()


def _scope(url: str, headers: Mapping[str, str]) -> _Event:
    parts = urlsplit(url)
    default_port = 443 if parts.scheme == "wss" else 80
    raw = [(b"host", parts.netloc.encode())]
    raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": raw,
        "subprotocols": [],
        "client": ("127.0.0.1", 40000),
        "server": (parts.hostname, parts.port or default_port),
    }


class _AsgiLink:
    """Both ends of one socket: a ``MediaLink`` for us, receive and send for the application."""

    def __init__(self) -> None:
        self._to_app: asyncio.Queue[_Event] = asyncio.Queue(QUEUE_LIMIT)
        self._to_us: asyncio.Queue[str | bytes | LinkClosedError] = asyncio.Queue(QUEUE_LIMIT)
        self._answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._is_closed = False
        self._to_app.put_nowait({"type": "websocket.connect"})

    async def opened(self) -> None:
        if not await self._answer:
            raise FaultError(Code.STREAM_HANDSHAKE, "Stream handshake refused")

    async def send(self, text: str) -> None:
        if self._is_closed:
            raise LinkClosedError(clean=True)
        await self._to_app.put({"type": "websocket.receive", "text": text})

    async def receive(self) -> str | bytes:
        item = await self._to_us.get()
        if isinstance(item, LinkClosedError):
            self._is_closed = True
            raise item
        return item

    async def close(self) -> None:
        self._disconnect(NORMAL)
        await asyncio.sleep(0)

    def abort(self) -> None:
        self._disconnect(LOST)

    def _disconnect(self, code: int) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._to_app.full():
            self._to_app.get_nowait()  # the farewell matters more than the oldest frame
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})

    async def to_app(self) -> _Event:
        """ASGI ``receive``."""
        return await self._to_app.get()

    async def from_app(self, event: _Event) -> None:
        """ASGI ``send``."""
        match event["type"]:
            case "websocket.accept":
                self._decide(accepted=True)
            case "websocket.send" if self._is_closed:
                raise OSError("the other side has left")
            case "websocket.send":
                text = event.get("text")
                await self._to_us.put(event["bytes"] if text is None else text)
            case "websocket.close" | "websocket.http.response.start":
                self._decide(accepted=False)
                await self._to_us.put(LinkClosedError(clean=True))

    def app_left(self) -> None:
        """The application has returned."""
        self._decide(accepted=False)
        if not self._to_us.full():
            self._to_us.put_nowait(LinkClosedError(clean=False))

    def _decide(self, *, accepted: bool) -> None:
        if not self._answer.done():
            self._answer.set_result(accepted)
