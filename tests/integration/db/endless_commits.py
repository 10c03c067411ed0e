"""A process that commits turns with bookings until it is killed; run by the crash test."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from itertools import count

from db.crypto import Keyring
from db.engine import DatabaseConfig, make_engine
from db.unit_of_work import Units
from tests.integration.db.scene import NOON, Desk, HandClock, booking, record


async def main(url: str, key: str) -> None:
    """Hold one call and commit to it for ever."""
    keyring = Keyring.parse(key)
    engine = make_engine(DatabaseConfig(url), keyring)
    desk = Desk(url, engine, Units(engine), keyring, HandClock())
    card = await desk.talking()
    for number in count(1):
        at = NOON + timedelta(hours=number)
        await desk.turns().commit(
            card.call_id, record(number, booking(card, number, at)), None, None
        )
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


asyncio.run(main(*sys.argv[1:]))
