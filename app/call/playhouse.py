"""Where calls are played: carrier, server and the line between them, set up and taken down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from app.call.house import House, credentials, free_port, open_house
from app.call.player import Player
from app.call.server_client import ServerClient
from core.clock import Clock
from core.errors import ParleyError
from emulator.carrier import EmulatedTwilio
from emulator.network import Delay, Network


@asynccontextmanager
async def open_player(
    clock: Clock, zone: ZoneInfo, network: Network, numbers: Sequence[str]
) -> AsyncIterator[Player]:
    """A player with a server of its own, which ends with it. Raises ServerDiedError."""
    account = credentials()
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    with TemporaryDirectory(prefix="parley-call-") as folder, _plain_errors():
        async with (
            EmulatedTwilio(*account, base_url, clock=clock, network=network) as carrier,
            open_house(
                port=port,
                rest_url=carrier.rest_url,
                account=account,
                own_numbers=numbers,
                log=Path(folder) / "server.log",
            ) as house,
            ServerClient(house.base_url, house.api_key) as client,
        ):
            yield Player(house, carrier, client, clock, zone, numbers)


@asynccontextmanager
async def join_server(
    house: House, clock: Clock, zone: ZoneInfo, network: Network, numbers: Sequence[str]
) -> AsyncIterator[Player]:
    """A player against a server that runs already; calls come in to it."""
    with _plain_errors():
        async with (
            EmulatedTwilio(
                house.account_sid,
                house.auth_token,
                house.base_url,
                clock=clock,
                network=network,
                serves_rest=False,
            ) as carrier,
            ServerClient(house.base_url, house.api_key) as client,
        ):
            yield Player(house, carrier, client, clock, zone, numbers)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """The emulator's task group wraps what is raised in it; a plain error says it better."""
    try:
        yield
    except BaseExceptionGroup as group:
        ours, others = group.split(ParleyError)
        if ours is None or others is not None:
            raise
        error = ours.exceptions[0]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


def network_of(delay_ms: float, jitter_ms: float, seed: int) -> Network:
    """The way between carrier and server, the same in both directions."""
    way = Delay(delay_ms, jitter_ms)
    return Network(up=way, down=way, seed=seed)
