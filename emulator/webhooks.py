"""Twilio's requests to the customer's server: signed, retried once, their answers judged."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urldefrag, urlencode, urlsplit

import httpx

from emulator.faults import Code, FaultError
from emulator.signature import SIGNATURE_HEADER, sign
from emulator.twiml import Document, parse

WEBHOOK_TIMEOUT_S: Final = 15.0  # Twilio's total for one request
XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})  # as Twilio takes them

Fields: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CallbackTrouble:
    """What may go wrong with status callbacks, on request.

    ``duplicates``: each comes that many times more. ``is_reordered``: neighbours change places.
    ``late_ms``: each is sent that much later.
    """

    duplicates: int = 0
    is_reordered: bool = False
    late_ms: int = 0


class Webhooks:
    """Sends signed requests."""

    def __init__(self, client: httpx.AsyncClient, auth_token: str) -> None:
        self._client = client
        self._auth_token = auth_token

    async def request(self, url: str, method: str, fields: Fields) -> httpx.Response:
        """Ask ``url``; a fragment in it (connection overrides) is not sent.

        One retry when no connection came about. Cancel-safe: yes.

        Raises:
            FaultError: 11200, no answer, or one that is no success.
        """
        url = urldefrag(url).url
        try:
            async with asyncio.timeout(WEBHOOK_TIMEOUT_S):
                try:
                    response = await self._send(url, method, fields)
                except httpx.ConnectError:
                    response = await self._send(url, method, fields)
        except (TimeoutError, httpx.HTTPError) as error:
            raise FaultError(Code.HTTP_FAILURE, f"{method} {url}: {error!r}") from error
        if not response.is_success:
            raise FaultError(Code.HTTP_FAILURE, f"{method} {url}: HTTP {response.status_code}")
        return response

    async def document(self, url: str, method: str, fields: Fields) -> Document:
        """The TwiML that ``url`` answers.

        Raises:
            FaultError: 11200 as ``request``; 12300, another content; 12100, bad TwiML.
        """
        response = await self.request(url, method, fields)
        content = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content not in XML_TYPES:
            raise FaultError(Code.BAD_CONTENT_TYPE, f"{url}: content type {content!r} is no TwiML")
        return parse(response.content)

    async def _send(self, url: str, method: str, fields: Fields) -> httpx.Response:
        if method == "GET":
            joint = "&" if urlsplit(url).query else "?"
            url = url + joint + urlencode(list(fields)) if fields else url
            headers = {SIGNATURE_HEADER: sign(self._auth_token, url)}
            return await self._client.get(url, headers=headers)
        headers = {
            SIGNATURE_HEADER: sign(self._auth_token, url, fields),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        return await self._client.post(url, content=urlencode(list(fields)), headers=headers)


@dataclass(frozen=True, slots=True)
class _Letter:
    url: str
    method: str
    fields: Fields


class Postman:
    """Delivers the status callbacks of one call, one after the other."""

    def __init__(
        self,
        webhooks: Webhooks,
        trouble: CallbackTrouble,
        fault: Callable[[int, str], None],
    ) -> None:
        self._webhooks = webhooks
        self._trouble = trouble
        self._fault = fault
        self._letters: deque[_Letter] = deque()
        self._news = asyncio.Event()
        self._is_last = False

    def post(self, url: str, method: str, fields: Fields) -> None:
        """Send this after all that was posted before; returns at once."""
        self._letters.append(_Letter(url, method, fields))
        self._news.set()

    def finish(self) -> None:
        """Nothing more will be posted: ``run`` returns once all is delivered."""
        self._is_last = True
        self._news.set()

    async def run(self) -> None:
        """Deliver until finished. Cancel-safe: yes; the rest is then not delivered."""
        while True:
            self._news.clear()
            for letter in self._due():
                await self._deliver(letter)
            if self._is_last and not self._letters:
                return
            if not self._is_last:
                await self._news.wait()

    def _due(self) -> list[_Letter]:
        """The letters to deliver now; a reordering postman waits until there are two."""
        due: list[_Letter] = []
        while self._letters:
            if self._trouble.is_reordered and len(self._letters) >= 2:
                first, second = self._letters.popleft(), self._letters.popleft()
                due += [second, first]
            elif self._trouble.is_reordered and not self._is_last:
                break
            else:
                due.append(self._letters.popleft())
        return due

    async def _deliver(self, letter: _Letter) -> None:
        if self._trouble.late_ms:
            await asyncio.sleep(self._trouble.late_ms / 1000)
        for _ in range(1 + self._trouble.duplicates):
            try:
                await self._webhooks.request(letter.url, letter.method, letter.fields)
            except FaultError as fault:
                self._fault(fault.code, fault.message)
