"""How a caller names a time that was just offered: whole utterances for a closed vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from agents.language.spoken import spoken_clock, spoken_day
from agents.language.words import words_of

POLITE = ("{}", "{} please", "{} is fine")
PARTS = (" in the morning", " in the afternoon", " in the evening", " at night")


def offered_phrases(times: Sequence[datetime], now: datetime) -> tuple[str, ...]:
    """The likely ways to take one of ``times``; all aware, on ``now``'s wall clock.

    Lower case words: "today at half past ten please", "half past ten", "monday is fine".
    """
    local = [moment.astimezone(now.tzinfo) for moment in times]
    said = [
        form.format(" ".join(words_of(wish)))
        for moment in local
        for wish in _wishes(moment, now)
        for form in POLITE
    ]
    return tuple(dict.fromkeys(said))


def _wishes(moment: datetime, now: datetime) -> Iterator[str]:
    day = spoken_day(moment.date(), now.date())
    clock = spoken_clock(moment.timetz())
    face = clock
    for part in PARTS:
        face = face.removesuffix(part)
    days = dict.fromkeys((day, day.split(" ")[0]))  # "Monday the thirtieth", and plain "Monday"
    for at in dict.fromkeys((clock, face)):
        for name in days:
            yield f"{name} at {at}"
            yield f"{at} {name}"
        yield at
        yield f"at {at}"
    yield from days
