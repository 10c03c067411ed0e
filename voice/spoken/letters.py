"""Letters one by one, and whether a group of letters can be said as a word.

Letters are given to the voice as "V.A.T": voices then say their names. Apart ("V A T"), a single
"A" becomes the article; together ("VAT"), the whole becomes a word.
"""

from __future__ import annotations

import re
from typing import Final

# Consonants with which an English word may begin and end; others cannot be said.
_BEGINNING = (
    r"(?:schm|schw|sch|scr|shr|spl|spr|squ|str|thr|bl|br|ch|cl|cr|dr|dw|fl|fr|gh|gl|gn|gr|gw|kh|kn|kr|ll|ph|pl|pr|ps"
    r"|qu|rh|sc|sh|sk|sl|sm|sn|sp|sq|st|sw|th|tr|tw|wh|wr|[bcdfghjklmnpqrstvwxyz]?)"
)
_END = (
    r"(?:[bcdfghjklmnpqrstvwxz]?|([bcdfgklmnprstz])\1s?|c[hkst]|ct|ft|g[hnu]|l[bcdfkmnpstv]|m[bnps]"
    r"|n[cdgkst]|nch|ph|p[st]|r[bcdfgklmnpstv]|rth|rst|rch|s[chkmpt]|t[chsz]|tch|th|w[lnks]|x|dge"
    r"|ght|lds|lsh|ngh|nks|rths|ngs|nds|nts|rds|rks|rns|rts|lls|ths|sts|sks|cks|[bdfgklmnprv]s|lth|xt|sh|ches)"
)
_SAYABLE = re.compile(rf"{_BEGINNING}[aeiouy](?:.*[aeiouy])?{_END}")
_SHORT_MC: Final = 4  # letters; "MCA" is no name
_CROWD = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")


def spelled(letters: str) -> str:
    """The names of the letters: "E.P.C"."""
    return ".".join(letters.upper())


def sayable(letters: str) -> bool:
    """Whether ``letters`` (A to Z) can be a word."""
    low = letters.lower()
    if low.startswith("mc") and len(low) > _SHORT_MC:
        low = low[2:]  # "McLean"
    return _SAYABLE.fullmatch(low) is not None and _CROWD.search(low) is None


def in_front(letters: str, following: str) -> str:
    """``letters`` before what follows them: a single "A" holds on to it to keep its name."""
    said = spelled(letters)
    return f"{said}{'-' if said == 'A' else ' '}{following}"
