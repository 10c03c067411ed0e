"""Which of the offered times the caller means: "the first one", "the later one", "either"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from agents.language.patterns import Phrasebook
from agents.language.reading import WhenSaid

_ONE: Final = r"(?:(?:one|time|slot|option|appointment|choice|offer|of those|of them|of the two) )?"
_MONTH: Final = (  # "the second may be better" speaks of an offer
    r"(?:(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]* |may (?!be |work |suit |not |do ))"
)
# The lookaheads keep "the first of december" a date and "first thing" a part of the day.
_FIRST = re.compile(
    rf"(?<= )(?:the )?(?:first|earlier|earliest|former|sooner|soonest|1st) {_ONE}"
    rf"(?!of |{_MONTH}|thing |time i |bedroom|floor)"
)
_LAST = re.compile(
    rf"(?<= )(?:(?:the )?(?:second|later|latter|2nd|last)|the latest) {_ONE}"
    rf"(?!of |{_MONTH}|thing |on |this |today |please call|opinion|bedroom|floor)"
)
_OPTION = re.compile(r"(?<= )(?:option|number) (one|two|1|2) ")
_WEEKDAY_BEFORE = re.compile(r"(?:[a-z]+day|twenty|thirty|is a|just a|one|a) (?:the )?$")
_OPENS = re.compile(r" (?:(?:yes|yeah|ok|no|well|oh|please|maybe|probably|the|so|then|not) )*")
_NOT_BEFORE = re.compile(r"(?<= )(?:not|except|than|but not) (?:\S+ ){0,2}$")
_EITHER: Final = Phrasebook.of(
    """
    (either|whichever|any of them|any of those|any of the two|both)
    (i|we) do not mind
    (i am|we are) easy
    you (choose|pick|decide)
    (whatever|any time) (suits|is) (you|fine|good|best)
    """
)
_NOT_EITHER: Final = Phrasebook.of("not * (either|any of)", "either side", "neither")


def which_offer(text: str, offers: Sequence[datetime]) -> tuple[int | None, str]:
    """The offer (1-based) named by its place in the row, and ``text`` without those words.

    ``text`` as from ``words.joined``.
    """
    if not offers:
        return None, text
    option = _OPTION.search(text)
    if option and _in_row(option.group(1), offers):
        return _in_row(option.group(1), offers), _cut(text, option)
    named = [
        (found, place)
        for pattern, place in ((_FIRST, 1), (_LAST, len(offers)))
        if (found := pattern.search(text)) and _points(text, found)
    ]
    meant = [(found, place) for found, place in named if not _ruled_out(text, found)]
    if len(meant) == 1:
        found, place = meant[0]
        return place, _cut(text, found)
    if meant:
        return None, text
    if len(named) == 1 and len(offers) == 2:
        found, place = named[0]
        return 3 - place, _cut(text, found)  # "not the first one" leaves the other
    if _EITHER.found_in(text) and not _NOT_EITHER.found_in(text):
        return 1, text
    return None, text


def _points(text: str, found: re.Match[str]) -> bool:
    """Whether it points at an offer: "later" alone does, "anything later" asks for another."""
    before = text[: found.start()]
    if _WEEKDAY_BEFORE.search(before):
        return False
    bare = len(found.group(0).split()) == 1
    return not bare or _OPENS.fullmatch(before) is not None


def _in_row(word: str, offers: Sequence[datetime]) -> int | None:
    place = {"one": 1, "1": 1, "two": 2, "2": 2}[word]
    return place if place <= len(offers) else None


def _ruled_out(text: str, found: re.Match[str]) -> bool:
    return _NOT_BEFORE.search(text[: found.start()]) is not None


def _cut(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + text[found.end() :]


def matching_offer(wish: WhenSaid, offers: Sequence[datetime]) -> int | None:
    """The one offer (1-based) that is all the wish says; None when none or several are."""
    if (wish.day, wish.at, wish.part, wish.earliest, wish.latest, wish.first_day) == (None,) * 6:
        return None
    fitting = [place for place, offer in enumerate(offers, start=1) if fits(wish, offer)]
    return fitting[0] if len(fitting) == 1 else None


def fits(wish: WhenSaid, moment: datetime) -> bool:
    """Whether the moment is within all that was said. A wish without content fits anything."""
    day, at = moment.date(), moment.time().replace(tzinfo=None)
    if wish.relative_to_now is not None and wish.relative_to_now != moment:
        return False
    return (
        (wish.day is None or wish.day == day)
        and (wish.at is None or wish.at == at)
        and (wish.part is None or wish.part == part_of_day(moment))
        and (wish.earliest is None or wish.earliest <= at)
        and (wish.latest is None or at <= wish.latest)
        and (wish.first_day is None or wish.first_day <= day)
        and (wish.last_day is None or day <= wish.last_day)
        and wish.not_day != day
    )


def part_of_day(moment: datetime) -> str:
    """ "morning" before noon, "afternoon" before five, then "evening"."""
    if moment.hour < 12:
        return "morning"
    return "afternoon" if moment.hour < 17 else "evening"
