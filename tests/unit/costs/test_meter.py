"""Adding up one call: quantities first, one rounding, and nothing unknown for free."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Price
from core.usage import Unit, Usage
from costs.meter import Meter
from costs.price_book import PriceBook

OPENED = datetime(2026, 7, 1, 10, tzinfo=UTC)
DAY = date(2026, 1, 1)
BOOK = PriceBook(
    [
        Price("talk", Unit.CARRIER_MINUTE, Decimal("0.03"), 1, "a list", DAY),
        Price("mind", Unit.LLM_INPUT_TOKEN, Decimal("0.15"), 1_000_000, "a list", DAY),
        Price("ear", Unit.STT_MILLISECOND, Decimal(0), 1, "own", DAY),
    ]
)

USAGES = st.lists(
    st.builds(
        Usage,
        sku=st.sampled_from(["talk", "mind", "ear", "nobody knows"]),
        unit=st.sampled_from([Unit.CARRIER_MINUTE, Unit.LLM_INPUT_TOKEN, Unit.STT_MILLISECOND]),
        quantity=st.integers(0, 10_000),
        turn=st.none() | st.integers(1, 5),
        speculative=st.booleans(),
    ),
    max_size=30,
)


def metered(*usages: Usage) -> Meter:
    meter = Meter(BOOK, OPENED)
    for usage in usages:
        meter.add(usage)
    return meter


def test_an_unused_call_costs_nothing() -> None:
    bill = metered().bill()
    assert (bill.lines, bill.total, bill.complete) == ((), 0, True)


def test_quantities_are_added_before_they_are_priced() -> None:
    # 0.15 micro-dollars a token: each alone would round to nothing
    bill = metered(*[Usage("mind", Unit.LLM_INPUT_TOKEN, 1, turn=n) for n in range(1, 21)]).bill()
    assert bill.total == 3
    assert [(line.sku, line.quantity) for line in bill.lines] == [("mind", 20)]


def test_an_unknown_sku_is_reported_and_not_free() -> None:
    bill = metered(
        Usage("talk", Unit.CARRIER_MINUTE, 2), Usage("new", Unit.TTS_CHARACTER, 9, turn=1)
    ).bill()
    assert bill.total == 60_000
    assert not bill.complete
    assert [(line.sku, line.micros) for line in bill.unpriced] == [("new", None)]


def test_a_free_engine_is_priced_at_nothing_and_is_complete() -> None:
    bill = metered(Usage("ear", Unit.STT_MILLISECOND, 5_000, turn=2)).bill()
    assert bill.complete
    assert bill.lines[0].micros == 0


def test_turns_and_waste_are_told_apart() -> None:
    meter = metered(
        Usage("talk", Unit.CARRIER_MINUTE, 1),
        Usage("mind", Unit.LLM_INPUT_TOKEN, 100, turn=1),
        Usage("mind", Unit.LLM_INPUT_TOKEN, 200, turn=3, speculative=True),
    )
    assert meter.turns() == (1, 3)
    assert meter.bill_of_turn(1).total == 15
    assert meter.bill_of_turn(3).total == meter.wasted().total == 30
    assert meter.bill_of_turn(None).total == 30_000
    assert meter.bill_of_turn(2).lines == ()


def test_a_negative_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        metered(Usage("talk", Unit.CARRIER_MINUTE, -1))


@given(USAGES)
def test_the_parts_make_the_whole(usages: list[Usage]) -> None:
    meter = metered(*usages)
    whole = meter.bill()
    parts = [meter.bill_of_turn(turn) for turn in (None, *meter.turns())]
    counted = sum(line.quantity for part in parts for line in part.lines)
    assert counted == sum(usage.quantity for usage in usages)
    assert sum(line.quantity for line in whole.lines) == counted
    lines = sum(len(part.lines) for part in parts) + len(whole.lines)
    assert abs(sum(part.total for part in parts) - whole.total) <= lines  # one rounding each
    assert whole.total == sum(line.micros or 0 for line in whole.lines)
