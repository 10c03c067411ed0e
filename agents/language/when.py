"""Wishes for a time: days, clock times, parts of the day, and what is ruled out.

The words are scanned once from left to right into mentions. A mention can be ruled out ("I
can't do Tuesday"), and a later one takes an earlier one back ("Tuesday, no, Wednesday"); what
is left is the wish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final

from agents.language.clock_times import ClockTime, clock_time
from agents.language.days import DaySaid, day_said
from agents.language.from_now import from_now
from agents.language.hour_ranges import HourRange, hour_range
from agents.language.offers import fits, matching_offer, which_offer
from agents.language.reading import WhenSaid
from agents.language.ruled_out import is_ruled_out
from agents.language.words import word_set

_PARTS: Final = {
    "morning": "morning",
    "mornings": "morning",
    "afternoon": "afternoon",
    "afternoons": "afternoon",
    "evening": "evening",
    "evenings": "evening",
    "tonight": "evening",
    "night": "evening",
}
_PART_PHRASES: Final = {
    ("after", "lunch"): "afternoon",
    ("after", "work"): "evening",
    ("first", "thing"): "morning",
}
_TAKES_BACK: Final = word_set("no sorry actually rather wait mean instead make better")
# A bare number before one of these counts something else than hours.
_COUNTED: Final = word_set(
    "bed beds bedroom bedrooms bath baths bathroom bathrooms month months year years week weeks "
    "day days hour hours minute minutes second seconds people person percent pound pounds kids "
    "children flat flats house houses home homes room rooms of moment agent agents property "
    "properties thing things more times or last and a"
)
_POINTED_AT: Final = word_set("the that this which any other either another no first second last")
_TIME_LEADS: Final = word_set("at by for say about around past half to")


@dataclass(frozen=True, slots=True)
class _Mention:
    """One thing said about time at ``words[start:end]``."""

    said: DaySaid | ClockTime | HourRange | str
    start: int
    end: int
    ruled_out: bool


def read_when(
    words: Sequence[str],
    *,
    now: datetime,
    offers: Sequence[datetime] = (),
    bare: bool = False,
) -> WhenSaid | None:
    """The wish in the words, None when no time was said.

    ``now`` and ``offers`` are aware, on the script's wall clock; ``bare``: a time was asked
    for, so "ten" alone is one.
    """
    # Figures stay figures: "november 24" is a date, "november twenty four" is none.
    offer, text = which_offer(f" {' '.join(word for word in words if word != '?')} ", offers)
    words = text.split()
    if offer is None:
        moment = from_now(words, now, bare=bare)
        if moment is not None:
            return WhenSaid(relative_to_now=moment)
    mentions = _mentions(words, now.date(), bare=bare)
    if not bare and any(_anchors(mention) for mention in mentions):
        mentions = _mentions(words, now.date(), bare=True)
    wish = _wish(words, mentions, offers)
    return _with_offer(wish, offer, offers)


def _anchors(mention: _Mention) -> bool:
    """Whether the mention makes it likely that a bare number near it is an hour."""
    if isinstance(mention.said, ClockTime):
        return mention.said.sure
    return isinstance(mention.said, DaySaid)


def _with_offer(
    wish: WhenSaid | None, offer: int | None, offers: Sequence[datetime]
) -> WhenSaid | None:
    """The wish with the offer it means, and that offer's day and time."""
    if wish is None and offer is None:
        return None
    wish = wish or WhenSaid()
    if offer is not None:
        chosen = offers[offer - 1]
        if not fits(wish, chosen):  # "the first day but at eleven" is a wish of its own
            return replace(wish, day=wish.day or chosen.date())
    else:
        offer = matching_offer(wish, offers)
        if offer is None:
            return wish
        chosen = offers[offer - 1]
    return replace(wish, offer=offer, day=chosen.date(), at=chosen.time().replace(tzinfo=None))


def _mentions(words: Sequence[str], today: date, *, bare: bool) -> list[_Mention]:
    mentions: list[_Mention] = []
    at = 0
    while at < len(words):
        found = _mention(words, at, today, bare=bare)
        if found is None:
            at += 1
            continue
        said, end = found
        before = mentions[-1] if mentions else None
        ruled_out = is_ruled_out(
            words,
            at,
            end,
            after=before.end if before else 0,
            before_is_out=before is not None and before.ruled_out,
            same_kind=before is not None and type(before.said) is type(said),
        )
        mentions.append(_Mention(said, at, end, ruled_out))
        at = end
    return mentions


def _mention(
    words: Sequence[str], at: int, today: date, *, bare: bool
) -> tuple[DaySaid | ClockTime | HourRange | str, int] | None:
    span = hour_range(words, at)
    if span is not None:
        return span, span.end
    day = day_said(words, at, today)
    if day is not None:
        return day, day.end
    clock = clock_time(words, at)
    if clock is not None and _is_a_time(words, clock, bare=bare):
        return clock, clock.end
    pair = _PART_PHRASES.get(tuple(words[at : at + 2]))  # type: ignore[arg-type]  # two words or fewer
    if pair is not None:
        return pair, at + 2
    part = _PARTS.get(words[at])
    if part is not None and (at == 0 or words[at - 1] != "good"):
        return part, at + 1
    return None


def _is_a_time(words: Sequence[str], clock: ClockTime, *, bare: bool) -> bool:
    if clock.sure:
        return True
    before = words[clock.start - 1] if clock.start else ""
    following = words[clock.end] if clock.end < len(words) else ""
    if following in _COUNTED or before in _POINTED_AT - {"no"} or clock.hour > 12:
        return False
    if before == "at":
        return True
    if words[clock.start] == "one" and before not in _TIME_LEADS and len(words) > 2:
        return False
    return bare


def _wish(
    words: Sequence[str], mentions: Sequence[_Mention], offers: Sequence[datetime]
) -> WhenSaid | None:
    if not mentions:
        return None
    days = [mention for mention in mentions if isinstance(mention.said, DaySaid)]
    day = _standing(words, days)
    out = next((mention.said for mention in days if mention.ruled_out), None)
    clock = _standing(words, [m for m in mentions if isinstance(m.said, ClockTime)])
    span = _standing(words, [m for m in mentions if isinstance(m.said, HourRange)])
    part = _part(words, mentions)
    wish = WhenSaid(
        day=day.day if isinstance(day, DaySaid) else None,
        not_day=out.day if isinstance(out, DaySaid) else None,
    )
    if isinstance(day, DaySaid) and day.day is None:
        wish = replace(wish, first_day=day.first, last_day=day.last)
    if isinstance(span, HourRange):
        wish = replace(wish, earliest=span.earliest, latest=span.latest)
    if isinstance(clock, ClockTime):
        wish = replace(wish, at=_resolved(clock, part, wish.day, offers))
    elif part is not None:
        wish = replace(wish, part=part)
    return wish if wish != WhenSaid() else None


def _standing(
    words: Sequence[str], mentions: Sequence[_Mention]
) -> DaySaid | ClockTime | HourRange | str | None:
    """The mention that counts: the first, unless a later one took it back."""
    wished = [mention for mention in mentions if not mention.ruled_out]
    if not wished:
        return None
    counts = wished[0]
    for before, later in pairwise(wished):
        if _TAKES_BACK & set(words[before.end : later.start]):
            counts = later
    return counts.said


def _part(words: Sequence[str], mentions: Sequence[_Mention]) -> str | None:
    parts = [mention for mention in mentions if isinstance(mention.said, str)]
    said = _standing(words, parts)
    if isinstance(said, str):
        return said
    for mention in mentions:  # "this afternoon" and "tonight" are day and part in one
        if isinstance(mention.said, DaySaid) and not mention.ruled_out:
            part = _PARTS.get(words[mention.end - 1])
            if part is not None:
                return part
    return None


def _resolved(
    clock: ClockTime, part: str | None, day: date | None, offers: Sequence[datetime]
) -> time:
    """Morning or afternoon: as said, else as an offer of that clock face, else as usual."""
    if clock.half is None and part is None:
        for offer in offers:
            face = (offer.hour % 12, offer.minute) == (clock.hour % 12, clock.minute)
            if face and (day is None or day == offer.date()):
                return offer.time().replace(tzinfo=None)
    return clock.resolved(part)
