"""Money: exact, whole micro-dollars, rounded half-even once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MICROS_PER_USD, Price, charge
from core.usage import Unit

DAY = date(2026, 11, 21)
PRICES = st.builds(
    Price,
    sku=st.just("talk"),
    unit=st.sampled_from(Unit),
    usd=st.decimals(0, 100, places=6),
    per=st.sampled_from([1, 60, 1_000, 60_000, 1_000_000, 3_600_000]),
    source=st.just("a list"),
    read_on=st.just(DAY),
)
QUANTITIES = st.integers(0, 10**9)


def price(usd: str, per: int = 1) -> Price:
    return Price("talk", Unit.CARRIER_MINUTE, Decimal(usd), per, "a list", DAY)


@pytest.mark.parametrize(
    ("quantity", "usd", "per", "micros"),
    [
        (3, "0.0305", 1, 91_500),
        (0, "0.0305", 1, 0),
        (180, "0.0040", 60, 12_000),
        (1, "0.0000005", 1, 0),  # half a micro-dollar goes to the even neighbour
        (3, "0.0000005", 1, 2),
        (5, "0.0000005", 1, 2),
        (1, "0", 1, 0),
    ],
)
def test_a_charge_is_rounded_half_even_once(quantity: int, usd: str, per: int, micros: int) -> None:
    assert charge(quantity, price(usd, per)) == micros


@given(QUANTITIES, PRICES)
def test_a_charge_is_within_half_a_micro_of_the_exact_cost(quantity: int, price: Price) -> None:
    exact = Fraction(price.usd) * quantity * MICROS_PER_USD / price.per
    assert abs(charge(quantity, price) - exact) <= Fraction(1, 2)


@given(QUANTITIES, QUANTITIES, PRICES)
def test_more_never_costs_less(one: int, two: int, price: Price) -> None:
    low, high = sorted((one, two))
    assert charge(low, price) <= charge(high, price)


def test_a_negative_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="quantity"):
        charge(-1, price("1"))


def test_a_price_is_for_one_unit_or_more_and_not_negative() -> None:
    with pytest.raises(ValueError, match="one unit or more"):
        price("1", per=0)
    with pytest.raises(ValueError, match="not negative"):
        price("-0.01")
