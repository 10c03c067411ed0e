"""The doors on a stored installation: all that a route may call, on the real database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from api.services import Services
from api.stream_token import StreamTokens
from api.twilio_signature import Doorkeeper
from app.clock import machine_entropy
from app.keys import Keys
from app.storage import Storage, secret_of
from campaigns.dialer import Dialer
from core.phone import PhoneNumber
from tests.fakes.call_desk import ListeningDesk
from tests.fakes.call_orders import ToldOrders
from tests.fakes.call_placer import TakingPlacer
from tests.fakes.live_lines import WrittenLines

BASE: Final = "http://127.0.0.1:8080"


def services_on(storage: Storage, data_dir: Path, *own_numbers: PhoneNumber) -> Services:
    """No call is held and none is placed. ``own_numbers``: those that may be dialled."""
    return Services(
        clock=storage.clock,
        keys=Keys(storage.keys, machine_entropy),
        register=storage.calls,
        views=storage.views,
        desk=ListeningDesk(),
        dialer=Dialer(
            storage.brands,
            storage.calls,
            TakingPlacer(),
            frozenset(own_numbers),
            storage.clock,
            machine_entropy,
        ),
        tokens=StreamTokens(
            secret_of(storage.keyring, "stream token"),
            storage.tokens,
            storage.clock,
            machine_entropy,
        ),
        door=Doorkeeper(BASE, None),
        live=WrittenLines(),
        orders=ToldOrders(),
        checks={},
        engines=tuple,
        data_dir=data_dir,
        public_base_url=BASE,
        test_numbers_allowed=True,
    )
