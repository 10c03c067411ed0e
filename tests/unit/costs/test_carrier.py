"""The carrier's price follows direction and number, and every price it names is in the book."""

from __future__ import annotations

import pytest

from core.call import Direction
from core.phone import PhoneNumber
from core.usage import Unit
from costs.carrier import INBOUND, LANDLINE, MINUTE_S, MOBILE, started_minute, voice_sku
from costs.seed_prices import SHIPPED_PRICES


@pytest.mark.parametrize(
    ("direction", "number", "sku"),
    [
        (Direction.INBOUND, "+447911123456", INBOUND),
        (Direction.INBOUND, None, INBOUND),
        (Direction.OUTBOUND, "+447911123456", MOBILE),
        (Direction.OUTBOUND, "+442079460123", LANDLINE),
        (Direction.OUTBOUND, None, INBOUND),
    ],
)
def test_the_price_follows_the_number(direction: Direction, number: str | None, sku: str) -> None:
    assert voice_sku(direction, None if number is None else PhoneNumber(number)) == sku


def test_a_started_minute_is_one_minute_of_the_leg_and_of_the_stream() -> None:
    leg, stream = started_minute(Direction.INBOUND, None)
    assert (leg.unit, leg.quantity) == (Unit.CARRIER_MINUTE, 1)
    assert (stream.unit, stream.quantity) == (Unit.STREAM_SECOND, MINUTE_S)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("number", ["+447911123456", "+442079460123"])
def test_everything_it_names_has_a_price(direction: Direction, number: str) -> None:
    known = {(price.sku, price.unit) for price in SHIPPED_PRICES}
    for usage in started_minute(direction, PhoneNumber(number)):
        assert (usage.sku, usage.unit) in known
