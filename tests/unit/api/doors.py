"""The doors with fakes behind them: an HTTP client, and sockets without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI

from api.application import make_application
from api.services import Services
from api.stream_token import StreamTokens
from api.twilio_signature import Doorkeeper, sign
from campaigns.dialer import Dialer
from core.phone import PhoneNumber
from tests.fakes.api_keys import MemoryApiKeys
from tests.fakes.call_desk import ListeningDesk
from tests.fakes.call_orders import ToldOrders
from tests.fakes.call_placer import TakingPlacer
from tests.fakes.call_register import MemoryCallRegister
from tests.fakes.call_views import ToldCallViews
from tests.fakes.clock import RepeatableEntropy, ToldClock
from tests.fakes.line_book import OneLineBook
from tests.fakes.live_lines import WrittenLines
from tests.fakes.token_book import MemoryTokenBook

BASE = "https://calls.example.com"
TOKEN = "12345"
ACCOUNT = "AC" + "1" * 32
CALL_SID = "CA" + "a" * 32
OWN = PhoneNumber("+447700900123")


@dataclass
class Doors:
    """The application and every fake behind it."""

    data_dir: Path
    clock: ToldClock = field(default_factory=ToldClock)
    register: MemoryCallRegister = field(default_factory=MemoryCallRegister)
    views: ToldCallViews = field(default_factory=ToldCallViews)
    desk: ListeningDesk = field(default_factory=ListeningDesk)
    placer: TakingPlacer = field(default_factory=TakingPlacer)
    lines: OneLineBook = field(default_factory=OneLineBook)
    live: WrittenLines = field(default_factory=WrittenLines)
    orders: ToldOrders = field(default_factory=ToldOrders)
    checks: dict[str, Any] = field(default_factory=dict)
    auth_token: str | None = TOKEN
    allow_unsigned: bool = False

    def __post_init__(self) -> None:
        entropy = RepeatableEntropy()
        self.services = Services(
            clock=self.clock,
            keys=MemoryApiKeys(),
            register=self.register,
            views=self.views,
            desk=self.desk,
            dialer=Dialer(
                self.lines, self.register, self.placer, frozenset({OWN}), self.clock, entropy
            ),
            tokens=StreamTokens(b"secret", MemoryTokenBook(), self.clock, entropy),
            door=Doorkeeper(BASE, self.auth_token, self.allow_unsigned),
            live=self.live,
            orders=self.orders,
            checks=self.checks,
            engines=lambda: ("ears/1", "tongue/1", "brain/1"),
            data_dir=self.data_dir,
            public_base_url=BASE,
            account_sid=ACCOUNT,
            test_numbers_allowed=True,
        )
        self.app: FastAPI = make_application(self.services)

    def client(self, key: str | None = None, peer: str = "203.0.113.9") -> httpx.AsyncClient:
        """A client, with the API key of a role."""
        transport = httpx.ASGITransport(self.app, client=(peer, 40000), raise_app_exceptions=False)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)

    async def webhook(
        self, path: str, fields: Mapping[str, str], *, signature: str | None = None
    ) -> httpx.Response:
        """POST a form as the carrier does, signed unless another ``signature`` is given."""
        if signature is None:
            signature = sign(TOKEN, BASE + path, fields.items())
        async with self.client() as client:
            return await client.post(
                path,
                content=urlencode(fields),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Twilio-Signature": signature,
                },
            )

    @property
    def socket(self) -> FakeSocket:
        """A new upgrade to the media socket, signed."""
        return FakeSocket(self.app)


@dataclass
class FakeSocket:
    """One WebSocket connection to the application, without a network."""

    app: FastAPI
    path: str = "/twilio/stream"
    signature: str | None = None
    received: list[dict[str, Any]] = field(default_factory=list)
    to_app: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def run(self, *messages: object, hang_up: bool = True) -> FakeSocket:
        """Connect, send ``messages`` (JSON, or text and bytes as they are), and disconnect."""
        self.to_app.put_nowait({"type": "websocket.connect"})
        for message in messages:
            self.to_app.put_nowait(_frame(message))
        if hang_up:
            self.to_app.put_nowait({"type": "websocket.disconnect", "code": 1006})
        url = BASE.replace("https", "wss") + self.path
        signature = sign(TOKEN, url) if self.signature is None else self.signature
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "scheme": "ws",
            "http_version": "1.1",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"inside:8080"), (b"x-twilio-signature", signature.encode())],
            "client": ("203.0.113.9", 40000),
            "server": ("inside", 8080),
            "subprotocols": [],
            "state": {},
        }
        await self.app(scope, self.to_app.get, self._take)
        return self

    async def _take(self, message: Any) -> None:
        self.received.append(message)

    @property
    def accepted(self) -> bool:
        """Whether the upgrade was let in."""
        return any(message["type"] == "websocket.accept" for message in self.received)

    @property
    def close_code(self) -> int | None:
        """The code that the application closed with."""
        closes = [m["code"] for m in self.received if m["type"] == "websocket.close"]
        return closes[0] if closes else None


def _frame(message: object) -> dict[str, Any]:
    if isinstance(message, bytes):
        return {"type": "websocket.receive", "bytes": message}
    text = message if isinstance(message, str) else json.dumps(message)
    return {"type": "websocket.receive", "text": text}
