"""The web process: opens the house, serves it, and leaves without dropping a live call."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog
import uvicorn

from api.application import make_application
from app.engine_room import OpensEngines, engines_of
from app.settings import Settings
from app.stream_protocol import MediaProtocol, PatientProtocol
from app.wiring import House, open_house
from core.errors import InvalidInputError
from voice.desk import Desk
from voice.wire.fields import MAX_MESSAGE_CHARS

DRAIN_S: Final = 30.0  # how long live calls may go on after the signal to stop
LEAVE_S: Final = 5  # then, how long open connections may take to close
BACKLOG: Final = 2048  # uvicorn's own default

log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """Uvicorn, but the first signal to stop drains the desk before any socket is closed."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._loop = asyncio.get_running_loop()
        self._signals = 0
        self._leaving = asyncio.Event()
        self._hurried = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal: the first asks to drain, the second ends the live calls as well."""
        self._signals += 1
        told = self._leaving if self._signals == 1 else self._hurried
        self._loop.call_soon_threadsafe(told.set)

    async def leave_when_told(self, desk: Desk) -> None:
        """Wait for the signal, let live calls finish, then stop the server."""
        await self._leaving.wait()
        if desk.live:
            log.info("waiting for live calls", calls=desk.live, at_most_s=DRAIN_S)
        async with asyncio.TaskGroup() as group:
            draining = group.create_task(desk.drain(DRAIN_S), name="drain")
            hurried = group.create_task(self._hurried.wait(), name="second signal")
            await asyncio.wait({draining, hurried}, return_when=asyncio.FIRST_COMPLETED)
            if not draining.done():
                await desk.drain(0)
            hurried.cancel()
        self.should_exit = True


async def run_server(
    settings: Settings,
    say: Callable[[str], None],
    open_engines: OpensEngines = engines_of,
) -> None:
    """Serve until told to stop. ``say`` shows a line to whoever started the server.

    Raises:
        InvalidInputError: the address is taken, or a setting does not fit.
        ProviderError: a service cannot be had.
    """
    _allow_many_sockets()
    listening = bind(settings.host, settings.port)
    with listening:
        async with open_house(settings, open_engines) as house:
            config = uvicorn.Config(
                make_application(house.services),
                lifespan="off",  # the house is opened before the socket listens
                http=PatientProtocol,
                ws=MediaProtocol,
                ws_max_size=MAX_MESSAGE_CHARS,
                ws_per_message_deflate=False,  # mu-law does not compress, and it costs time
                log_config=None,
                log_level="warning",  # our own lines say what happened
                access_log=False,
                proxy_headers=False,  # the peer's own address decides, never a header
                server_header=False,
                timeout_graceful_shutdown=LEAVE_S,
                backlog=BACKLOG,
            )
            server = DrainingServer(config, lambda: _announce(settings, house, say))
            async with asyncio.TaskGroup() as group:
                leaving = group.create_task(
                    server.leave_when_told(house.desk), name="leave when told"
                )
                await server.serve(sockets=[listening])
                leaving.cancel()


def bind(host: str, port: int) -> socket.socket:
    """The address, taken but not listening yet: nothing is started for a port in use.

    Raises:
        InvalidInputError: the address is in use or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise InvalidInputError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            "Set PARLEY_HOST and PARLEY_PORT to a free address of this machine.",
            field="PARLEY_PORT",
        ) from error
    return taken


def _allow_many_sockets() -> None:
    """Raise the limit of open files to what the system allows us: each call is one, or two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _announce(settings: Settings, house: House, say: Callable[[str], None]) -> None:
    services = house.services
    say(f"Parley listens at http://{settings.host}:{settings.port}")
    say(f"  webhook  {services.public_base_url}/twilio/voice")
    say(f"  engines  {', '.join(services.engines())}")
    if house.note:
        say(f"  hearing  {house.note}")
    say(f"  data     {settings.data_dir}{_own_servers(house)}")
    if settings.twilio_auth_token is None:
        served = "anyone" if settings.allow_unsigned else "this machine only"
        say(f"  carrier  no TWILIO_AUTH_TOKEN: webhooks are served to {served}")
    else:
        say(f"  carrier  {settings.twilio_api_base_url}, signatures are checked")
    if house.first_key is not None:
        say(f"  API key  {house.first_key}")
        say("           (an admin's key, shown only this once; 'parley key' makes another)")


def _own_servers(house: House) -> str:
    return f" (with its own {' and '.join(house.embedded)})" if house.embedded else ""
