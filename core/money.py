"""Money: whole micro-dollars and decimal prices, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NewType

from core.usage import Unit

Micros = NewType("Micros", int)  # one millionth of a US dollar

MICROS_PER_USD: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What ``per`` units of ``unit`` cost, where that was read, and when.

    ``sku`` names what is bought ("twilio/voice/gb-mobile-out", "groq/openai/gpt-oss-120b").
    """

    sku: str
    unit: Unit
    usd: Decimal
    per: int
    source: str
    read_on: date

    def __post_init__(self) -> None:
        if self.per < 1:
            raise ValueError("a price is per one unit or more")
        if self.usd < 0:
            raise ValueError("a price is not negative")


def charge(quantity: int, price: Price) -> Micros:
    """The cost of ``quantity`` units in micro-dollars, rounded half-even once."""
    if quantity < 0:
        raise ValueError("a quantity is not negative")
    exact = price.usd * quantity * MICROS_PER_USD / price.per
    return Micros(int(exact.to_integral_value(ROUND_HALF_EVEN)))
