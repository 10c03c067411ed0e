"""Which moments a tool call may be about: near, free, within the hours in which we call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from agents.brief import Brief
from agents.tools.diary import Fit
from agents.tools.specs import Arguments
from agents.tools.wishes import may_call
from core.errors import InvalidInputError

A_DAY: Final = timedelta(days=1)  # a time named just after midnight may be of the day before
A_YEAR: Final = timedelta(days=366)  # longer than any diary is kept


def is_free(brief: Brief, starts_at: datetime) -> bool:
    """Whether the diary could be read and has nothing then."""
    return brief.diary is not None and brief.diary.fit(starts_at) is Fit.FREE


def must_be_free(brief: Brief, starts_at: datetime) -> None:
    """Raises InvalidInputError when the diary has something else then, or cannot be read."""
    if not is_free(brief, starts_at):
        raise InvalidInputError("That time is not free.", field="starts_at")


def must_be_callable(brief: Brief, at: datetime) -> None:
    """Raises InvalidInputError when nobody is called at that time."""
    zone = brief.now.tzinfo
    if not may_call(at.astimezone(zone), brief.script.callback, brief.now):
        raise InvalidInputError("We do not call people at that time.", field="starts_at")


def must_be_near(arguments: Arguments, now: datetime) -> None:
    """Refuse every moment that no call can be about.

    Raises:
        InvalidInputError: it is over, or more than a year away.
    """
    for name, value in arguments:
        for moment in value if isinstance(value, tuple) else (value,):
            if isinstance(moment, datetime) and not now - A_DAY <= moment <= now + A_YEAR:
                raise InvalidInputError(f"{moment:%Y-%m-%d} is too far away.", field=name)
