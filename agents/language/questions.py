"""Whether the caller asks something, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agents.language.patterns import Phrasebook
from agents.language.words import word_set

_LEADS: Final = word_set("yes yeah no ok and but so well oh sorry right hi hello just first now")
_ASKING: Final = word_set("what which who whose where when why how")
# "Will" and "May" are names, "do not" is a command, "can not" is a statement.
_VERBS: Final = word_set(
    "is are do does did can could would will have has am should may was were might"
)
_NOT_AFTER: Final = word_set("not do fine good great ok perfect lovely")
_WHY: Final = Phrasebook.of(
    """
    why (do|would|are|is|does) (you|that|this|it) * (need|want|ask|asking|know|matter|relevant
      |important|have to)
    what (does|has) (that|it|this) (matter|got to do|have to do)
    what is (that|it) (for|got to do)
    why (is that|that|do you ask|ask)
    what do you need (that|it|this) for
    """
)


def asks_something(words: Sequence[str], *, naming: bool = False) -> bool:
    """Whether the words are a question. ``naming``: a name is due, so "Will Smith" is none."""
    if "?" in words:
        return True
    rest = list(words)
    while rest and rest[0] in _LEADS:
        rest.pop(0)
    if rest == ["why"]:
        return True
    if len(rest) < 2:
        return False
    if rest[0] in _ASKING:
        return True
    if rest[0] == "do" and rest[1] in ("it", "that"):
        return False
    return not naming and rest[0] in _VERBS and rest[1] not in _NOT_AFTER


def asks_why(text: str) -> bool:
    """Whether they ask why we want to know. ``text`` as from ``words.joined``."""
    return text.endswith(" why ") or _WHY.found_in(text)
