"""A phone number that never prints itself in full."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import InvalidInputError

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SHOWN_DIGITS = 3  # enough for an operator to tell two calls apart, too few to dial


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """One number in E.164 form ("+442079460123"). ``str`` and ``repr`` are masked."""

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise InvalidInputError(
                "A phone number is written as +, country code and number, "
                "digits only (for example +442079460123).",
                field="phone_number",
            )

    def __str__(self) -> str:
        return f"{self.e164[:3]}…{self.e164[-SHOWN_DIGITS:]}"

    def __repr__(self) -> str:
        return f"PhoneNumber({self})"
