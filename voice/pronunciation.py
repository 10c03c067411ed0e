"""How words sound in the recogniser's 39 phones: British ways of saying American entries.

The recogniser's dictionary is American, most callers of the shipped script are British. The rules
here are those that hold for all words: r is silent unless a vowel follows, and the vowel of "lot"
is rounder. The list holds words where the two part without a rule, and words of the trade.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VOWELS: Final = frozenset(
    ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
)

ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "half": ("HH AA F",),
    "past": ("P AA S T",),
    "last": ("L AA S T",),
    "afternoon": ("AA F T AH N UW N",),
    "after": ("AA F T AH",),
    "ask": ("AA S K",),
    "can't": ("K AA N T",),
    "either": ("AY DH AH",),
    "neither": ("N AY DH AH",),
    "tomorrow": ("T AH M AO R OW",),
    "sorry": ("S AO R IY",),
    "tuesday": ("CH UW Z D EY", "T Y UW Z D EY"),
    "new": ("N Y UW",),
    "z": ("Z EH D",),
    "zed": ("Z EH D",),
    "um": ("AH M", "ER M"),
    "saturday": ("S AE T AH D EY",),
    "thirty": ("TH ER T IY",),
    "hove": ("HH OW V",),
    "leaseholder": ("L IY S HH OW L D ER",),
    "freeholder": ("F R IY HH OW L D ER",),
}


ROUNDED: Final[Mapping[str, str]] = {"AA": "AO"}  # "lot"
CENTRED: Final[Mapping[str, str]] = {"OW": "AH UW", "ER": "AH", "AA": "AO"}  # "no", "first"


def british(phones: str) -> tuple[str, ...]:
    """The British ways of an American pronunciation, without the ways that equal it."""
    silent = _silent_r(phones.split())
    ways = [
        silent,
        *([vowels.get(phone, phone) for phone in silent] for vowels in (ROUNDED, CENTRED)),
    ]
    return tuple(way for way in dict.fromkeys(map(" ".join, ways)) if way != phones)


def _silent_r(phones: list[str]) -> list[str]:
    spoken: list[str] = []
    for at, phone in enumerate(phones):
        following = phones[at + 1] if at + 1 < len(phones) else ""
        if following in VOWELS or phone not in ("R", "ER"):
            spoken.append(phone)
        elif phone == "ER" and not following and len(phones) > 2:
            spoken.append("AH")  # the last vowel of "later"
        elif phone == "ER":
            spoken.append(phone)
        elif spoken and spoken[-1] in ("IH", "IY", "EH", "UH"):
            spoken.append("AH")  # "here", "there": the r leaves a glide
    return spoken
