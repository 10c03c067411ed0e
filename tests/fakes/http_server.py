"""A small HTTP/1.1 server that writes every byte itself: chunks, silences, cut connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int  # counts the connections from 1

    def json(self) -> dict[str, Any]:
        """The body, parsed."""
        parsed = json.loads(self.body or b"{}")
        assert isinstance(parsed, dict)
        return parsed


class CutError(Exception):
    """The server ends the connection here, without a word."""


class Answer:
    """The answer to one request, written piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def whole(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Status, headers and body at once."""
        self._head(status, {**headers, "content-length": str(len(body))})
        self._writer.write(body)
        await self._writer.drain()

    async def begin(self, headers: dict[str, str]) -> None:
        """The head of an answer in chunks."""
        self._head(HTTPStatus.OK, {**headers, "transfer-encoding": "chunked"})
        await self._writer.drain()

    async def chunk(self, piece: bytes) -> None:
        """One chunk, sent at once."""
        self._writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await self._writer.drain()

    async def end(self) -> None:
        """The chunk that ends the answer."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def wait(self, seconds: float | None) -> None:
        """Say nothing for so long, or for ever. Raises CutError when the client goes."""
        try:
            async with asyncio.timeout(seconds):
                if not await self._reader.read(1):
                    raise CutError
        except TimeoutError:
            return

    def _head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in _KNOWN else 'Odd'}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


_KNOWN = {status.value for status in HTTPStatus}

Respond = Callable[[Request, Answer], Awaitable[None]]


@dataclass
class HttpServer:
    """Serves ``respond`` on a free port of this machine while it is entered."""

    respond: Respond
    requests: list[Request] = field(default_factory=list)
    left: int = 0  # answers whose client went away before their end
    url: str = ""
    _connections: int = 0
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()

    async def has_left(self, count: int = 1) -> None:
        """Wait until clients have gone away from so many answers."""
        async with asyncio.timeout(5):
            while self.left < count:
                await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        try:
            await self._requests(self._connections, reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over: asyncio logs a cancelled connection as an error
        except (CutError, ConnectionError):
            self.left += reader.at_eof() or writer.transport.is_closing()
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _requests(
        self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except asyncio.IncompleteReadError:
                return
            first, *lines = head.strip().split("\r\n")
            method, path, _ = first.split(" ")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(method, path, headers, body, connection)
            self.requests.append(request)
            await self.respond(request, Answer(reader, writer))
