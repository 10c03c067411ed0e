"""Dated prices, and the one in force at a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime

from core.money import Price
from core.usage import Unit
from costs.seed_prices import SHIPPED_PRICES

__all__ = ["SHIPPED_PRICES", "PriceBook"]


class PriceBook:
    """Every price that was ever read; immutable.

    A price is in force from the day (UTC) it was read until the next one of its sku and unit.

    Raises:
        ValueError: two prices of one sku and unit were read on the same day.
    """

    def __init__(self, prices: Iterable[Price]) -> None:
        self._by_name: dict[tuple[str, Unit], list[Price]] = {}
        for price in sorted(prices, key=lambda entry: entry.read_on):
            known = self._by_name.setdefault((price.sku, price.unit), [])
            if known and known[-1].read_on == price.read_on:
                raise ValueError(f"{price.sku} has two prices per {price.unit} of {price.read_on}")
            known.append(price)

    def price_at(self, moment: datetime, sku: str, unit: Unit) -> Price | None:
        """The price in force at ``moment`` (aware); None when none was known by then.

        Raises:
            ValueError: the moment is naive.
        """
        if moment.tzinfo is None:
            raise ValueError("a price is asked for at an aware moment")
        known = self._by_name.get((sku, unit), [])
        day = moment.astimezone(UTC).date()
        position = bisect_right(known, day, key=lambda entry: entry.read_on)
        return known[position - 1] if position else None

    def all_prices(self) -> tuple[Price, ...]:
        """Every price, by sku, unit and day."""
        return tuple(price for name in sorted(self._by_name) for price in self._by_name[name])
