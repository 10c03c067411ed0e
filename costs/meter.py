"""What one call has used so far, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.money import Micros, charge
from core.usage import Unit, Usage
from costs.price_book import PriceBook


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing that was bought: the whole quantity, priced once.

    ``micros`` is None when the price book knows no price: unknown is not free.
    """

    sku: str
    unit: Unit
    quantity: int
    micros: Micros | None


@dataclass(frozen=True, slots=True)
class Bill:
    """The cost of a call, line by line. ``unpriced``: the lines without a price."""

    lines: tuple[CostLine, ...]
    total: Micros
    unpriced: tuple[CostLine, ...]

    @property
    def complete(self) -> bool:
        """Whether the total holds everything that was used."""
        return not self.unpriced


class Meter:
    """Adds up the usage of one live call, at the prices in force when the call opened.

    Quantities are added first and the sum is priced, so many small usages round once.
    """

    def __init__(self, book: PriceBook, opened_at: datetime) -> None:
        self._book = book
        self._opened_at = opened_at
        self._usages: list[Usage] = []

    def add(self, usage: Usage) -> None:
        """Count one usage.

        Raises:
            ValueError: the quantity is negative.
        """
        if usage.quantity < 0:
            raise ValueError("a quantity is not negative")
        self._usages.append(usage)

    def bill(self) -> Bill:
        """The whole call so far."""
        return self._priced(self._usages)

    def bill_of_turn(self, turn: int | None) -> Bill:
        """What one turn used; None for what belongs to no turn.

        Each bill rounds on its own, so the turns' totals may differ from the call's by a
        micro-dollar per line.
        """
        return self._priced(usage for usage in self._usages if usage.turn == turn)

    def turns(self) -> tuple[int, ...]:
        """The turns that used something, in order."""
        return tuple(sorted({usage.turn for usage in self._usages if usage.turn is not None}))

    def wasted(self) -> Bill:
        """What speculative work that was thrown away cost; it is part of the whole."""
        return self._priced(usage for usage in self._usages if usage.speculative)

    def _priced(self, usages: Iterable[Usage]) -> Bill:
        quantities: dict[tuple[str, Unit], int] = {}
        for usage in usages:
            name = usage.sku, usage.unit
            quantities[name] = quantities.get(name, 0) + usage.quantity
        lines = tuple(
            CostLine(sku, unit, quantity, self._micros(sku, unit, quantity))
            for (sku, unit), quantity in sorted(quantities.items())
        )
        total = sum(line.micros for line in lines if line.micros is not None)
        unpriced = tuple(line for line in lines if line.micros is None)
        return Bill(lines, Micros(total), unpriced)

    def _micros(self, sku: str, unit: Unit, quantity: int) -> Micros | None:
        price = self._book.price_at(self._opened_at, sku, unit)
        return None if price is None else charge(quantity, price)
