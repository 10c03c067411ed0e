"""Times of day: "10:30" as "ten thirty", "9am" as "nine A.M", "14:00" as "two P.M".

The figures are said in their order and not as "half past ten", because that also holds for
ranges and for times with a.m. or p.m., and is what a receptionist reads from a diary. A time of
the 24-hour clock is said on the 12-hour one.
"""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import in_words
from voice.spoken.sheet import CLAIMED, Rules, Said

_HALF = r"(?i:[ap](?:m\b|\.m\b(?:\.(?=\s+[a-z]|\s*[-–—,;?!]))?))"
_SECONDS = r"(?::[0-5]\d(?!\d))?(?: ?(?:hrs?|h)\b)?"
_FREE = r"(?<![\w.,:/£$€-])"
_RANGE = re.compile(
    rf"{_FREE}(?P<h1>\d{{1,2}})(?:[:.](?P<m1>\d\d))? ?(?P<half1>{_HALF})?"
    rf" ?[-–—] ?(?P<h2>\d{{1,2}})(?:[:.](?P<m2>\d\d))?(?!\d)(?: ?(?P<half2>{_HALF}))?(?![\w:%-])"
)
_CLOCK = re.compile(
    rf"(?<![\w.,:£$€])(?P<h>\d{{1,2}}):(?P<m>[0-5]\d)(?!\d){_SECONDS}(?: ?(?P<half>{_HALF}))?"
)
_HOUR = re.compile(
    rf"(?<![\w.,:£$€])(?P<h>\d{{1,2}})(?:\.(?P<m>[0-5]\d))? ?(?P<half>{_HALF})(?!\w)"
)
_DOTTED = re.compile(
    r"\b(?i:at|from|until|till|by|before|after|around)\s(?P<h>\d{1,2})\.(?P<m>[0-5][05])"
    r"(?!\w|[.,]\d| ?%| (?:percent|per cent|million|billion|thousand|met|mile|acre|k|pound|point))"
)
_PADDED = re.compile(r"(?<![\w.,:£$€-])(?P<h>0[1-9])\.(?P<m>[0-5]\d)(?![\w%]|[.,/-]\d)")
_UNTIL = re.compile(
    rf"(?<={CLAIMED} to )(?P<h>1[3-9]|2[0-3])\.(?P<m>[0-5][05])(?![\w%]|[.,/-]\d)"
)  # "08.00 to 18.00"
_FOUR_DIGITS = re.compile(
    r"(?<![\w.,:£$€-])(?P<h>[01]\d|2[0-4])(?P<m>[0-5]\d) ?hrs?\b"
    r"|\b(?i:at|from|until|till|by|before|after|to)\s(?P<h0>0\d)(?P<m0>[0-5]\d)"
    r"(?!\w|[.,:/-]\d| \d| ?hrs?\b)"
)
_QUARTERS: Final = frozenset((None, "00", "15", "30", "45"))
_LAST_HOUR: Final = 24


def clock(hour: int, minute: int, half: str = "", *, bare: bool = False) -> str | None:
    """A time of day; ``half``: "am", "pm" or not said; ``bare``: without "o'clock".

    None when there is no such time.
    """
    if hour > _LAST_HOUR or minute > 59 or (half and not hour):
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute == 0 and hour in (0, 12, 24):
        return "twelve noon" if hour == 12 else "midnight"
    said = in_words(hour % 12 or 12)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{in_words(minute)}"
    if half or hour > 12 or hour == 0:
        return said if bare else f"{said} {'P.M' if 12 <= hour < 24 else 'A.M'}"
    return said if minute or bare else f"{said} o'clock"


def _half(written: str | None) -> str:
    return written.replace(".", "").lower() if written else ""


def _range(found: re.Match[str]) -> Said:
    first, second = _half(found["half1"]), _half(found["half2"])
    if not (first or second) and not _is_span(found):
        return None
    hours, minutes = (int(found["h1"]), int(found["h2"])), (found["m1"], found["m2"])
    both_late = not (first or second) and min(hours) > 12
    one = clock(hours[0], int(minutes[0] or 0), first, bare=not first)
    other = clock(hours[1], int(minutes[1] or 0), second, bare=not (second or both_late))
    if one is None or other is None:
        return None
    if not (first or second) and hours[0] <= 12 < hours[1]:  # "10:00-15:00"
        other = clock(hours[1], int(minutes[1] or 0)) or other
    return f"{one} to {other}"


def _is_span(found: re.Match[str]) -> bool:
    """Whether figures without a.m. and p.m. are times: "1.25-1.75" is not, "9-5.30" is."""
    minutes = (found["m1"], found["m2"])
    if ":" in found[0] or not any(minutes):
        return any(minutes)
    return 12 >= int(found["h1"]) > int(found["h2"]) > 0 and _QUARTERS.issuperset(minutes)


def _single(found: re.Match[str]) -> Said:
    return clock(int(found["h"]), int(found["m"] or 0), _half(found["half"]))


def _padded(found: re.Match[str]) -> Said:
    return clock(int(found["h"]), int(found["m"]))


def _dotted(found: re.Match[str]) -> Said:
    said = clock(int(found["h"]), int(found["m"]))
    return None if said is None else ((found.start("h"), found.end("m"), said),)


def _four_digits(found: re.Match[str]) -> Said:
    """ "1400 hrs", "at 0900"."""
    if found["h"]:
        return clock(int(found["h"]), int(found["m"]))
    half = "am" if found["m0"] == "00" else ""
    said = clock(int(found["h0"]), int(found["m0"]), half if found["h0"] != "00" else "")
    return None if said is None else ((found.start("h0"), found.end("m0"), said),)


CLOCK: Final = Rules(
    re.compile(r":\d|\d ?(?i:[ap]\.?m)|\.[0-5]\d|\d{4}"),
    (
        (_RANGE, _range),
        (_CLOCK, _single),
        (_HOUR, _single),
        (_DOTTED, _dotted),
        (_PADDED, _padded),
        (_UNTIL, _padded),
        (_FOUR_DIGITS, _four_digits),
    ),
)
