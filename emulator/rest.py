"""The REST API over HTTP on this machine: create, show, list and change calls."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeAlias

from aiohttp import web

from core.clock import Clock
from emulator.call import API_VERSION, ChangeCall, LiveCall
from emulator.call_form import ApiRefusalError, Form, NewCall, read_create, read_update
from emulator.resource import account_json, call_json, page_json

_Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

ACCOUNT: Final = f"/{API_VERSION}/Accounts/{{account}}.json"
CALLS: Final = f"/{API_VERSION}/Accounts/{{account}}/Calls.json"
CALL: Final = f"/{API_VERSION}/Accounts/{{account}}/Calls/{{call}}.json"


class CallDesk(Protocol):
    """What the API does to calls."""

    def place(self, new: NewCall) -> LiveCall:
        """Place a call. Raises ApiRefusalError."""
        ...

    def call(self, call_sid: str) -> LiveCall | None:
        """One call, if there is such."""
        ...

    def calls(self) -> Sequence[LiveCall]:
        """All calls, the newest first."""
        ...

    def change(self, call: LiveCall, change: ChangeCall | str) -> None:
        """Change a call. Raises ApiRefusalError."""
        ...


class RestServer:
    """Serves the API on a free port of the loopback interface while it is entered."""

    def __init__(self, desk: CallDesk, clock: Clock, account_sid: str, auth_token: str) -> None:
        self._desk = desk
        self._clock = clock
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._runner: web.AppRunner | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it listens, without a path; to be given to the SDK as its base URL."""
        return self._url

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get(ACCOUNT, self._account)
        app.router.add_post(CALLS, self._create)
        app.router.add_get(CALLS, self._list)
        app.router.add_post(CALL, self._update)
        app.router.add_get(CALL, self._show)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        address = self._runner.addresses[0]
        self._url = f"http://{address[0]}:{address[1]}"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Answer) -> web.StreamResponse:
        try:
            self._authenticate(request)
            return await handler(request)
        except ApiRefusalError as refusal:
            return web.json_response(refusal.body(), status=refusal.status)
        except web.HTTPException as error:
            unknown = ApiRefusalError(error.status, 20404, f"{request.path}: {error.reason}")
            return web.json_response(unknown.body(), status=error.status)

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(secret, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        expected = f"{self._account_sid}:{self._auth_token}"
        if scheme != "Basic" or not hmac.compare_digest(given.encode(), expected.encode()):
            raise ApiRefusalError(401, 20003, "Authenticate")
        if request.match_info.get("account", self._account_sid) != self._account_sid:
            raise _not_found(request)

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response(account_json(self._account_sid))

    async def _create(self, request: web.Request) -> web.Response:
        call = self._desk.place(read_create(await _form(request)))
        return self._answer(call, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        calls = [
            call
            for call in self._desk.calls()
            if request.query.get("To", call.to) == call.to
            and request.query.get("From", call.from_) == call.from_
            and request.query.get("Status", call.status.value) == call.status.value
        ]
        return web.json_response(page_json(calls, self._account_sid, self._clock.now()))

    async def _show(self, request: web.Request) -> web.Response:
        return self._answer(self._find(request))

    async def _update(self, request: web.Request) -> web.Response:
        call = self._find(request)
        self._desk.change(call, read_update(await _form(request)))
        return self._answer(call)

    def _find(self, request: web.Request) -> LiveCall:
        call = self._desk.call(request.match_info["call"])
        if call is None:
            raise _not_found(request)
        return call

    def _answer(self, call: LiveCall, status: int = 200) -> web.Response:
        return web.json_response(call_json(call, self._clock.now()), status=status)


def _not_found(request: web.Request) -> ApiRefusalError:
    return ApiRefusalError(404, 20404, f"The requested resource {request.path} was not found")


async def _form(request: web.Request) -> Form:
    fields = await request.post()
    return Form({name: [str(value) for value in fields.getall(name)] for name in fields})
