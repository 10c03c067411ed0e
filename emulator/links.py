"""The media socket as a port, and its implementation over a real WebSocket."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake

from emulator.faults import Code, FaultError

CONNECT_TIMEOUT_S: Final = 10.0  # our choice; Twilio names no figure for 31901
MESSAGE_LIMIT: Final = 2**24  # bytes; ten minutes of sound in one message fit
CLOSE_TIMEOUT_S: Final = 2.0  # a server that does not answer a close is left behind


class LinkClosedError(ConnectionError):
    """The socket is gone. ``clean``: the server said goodbye by a close frame."""

    def __init__(self, *, clean: bool) -> None:
        super().__init__("The media socket is closed.")
        self.clean = clean


class MediaLink(Protocol):
    """One open media socket, seen from Twilio."""

    async def send(self, text: str) -> None:
        """Send one text frame. Raises LinkClosedError. Cancel-safe: no."""
        ...

    async def receive(self) -> str | bytes:
        """The server's next frame. Raises LinkClosedError. Cancel-safe: yes."""
        ...

    async def close(self) -> None:
        """Say goodbye; returns within seconds whatever the server does. Never raises."""
        ...

    def abort(self) -> None:
        """Cut the socket without a word, as a failing network does."""
        ...


class LinkOpener(Protocol):
    """Opens media sockets."""

    async def __call__(self, url: str, headers: Mapping[str, str]) -> MediaLink:
        """Open ``url``.

        Raises:
            FaultError: 31920, the upgrade was refused; 31901, nobody answered.
        """
        ...


def stream_url(url: str) -> str:
    """The URL that Twilio really opens for a ``<Stream url>``: without query and fragment.

    Only wss is let through, and ws to this machine, where this Twilio runs.

    Raises:
        FaultError: 31922.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "wss" and not (parts.scheme == "ws" and _is_loopback(host)):
        raise FaultError(Code.STREAM_BAD_URL, "Stream url must be wss (ws only to loopback)")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def open_websocket(url: str, headers: Mapping[str, str]) -> MediaLink:
    """Open a real WebSocket; see ``LinkOpener``. Proxies of the environment are not used."""
    try:
        connection = await connect(
            url,
            additional_headers=headers,
            compression=None,
            open_timeout=CONNECT_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
            max_size=MESSAGE_LIMIT,
            proxy=None,
        )
    except TimeoutError as error:
        raise FaultError(Code.STREAM_CONNECT_TIMEOUT, "Stream connection timed out") from error
    except InvalidHandshake as error:
        raise FaultError(Code.STREAM_HANDSHAKE, f"Stream handshake refused: {error}") from error
    except OSError as error:
        raise FaultError(
            Code.STREAM_CONNECT_TIMEOUT, f"Stream server not reached: {error}"
        ) from error
    return _WebSocketLink(connection)


class _WebSocketLink:
    """A ``MediaLink`` over the websockets library."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def close(self) -> None:
        await self._connection.close()

    def abort(self) -> None:
        self._connection.transport.abort()


def _closed(error: ConnectionClosed) -> LinkClosedError:
    clean = isinstance(error, ConnectionClosedOK) or error.rcvd is not None
    return LinkClosedError(clean=clean)
