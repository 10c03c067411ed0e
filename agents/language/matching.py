"""Which fact, objection or option the words mean: the one with the longest matching pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.language.patterns import Match, longest
from agents.script import Option

_IN_ROW = re.compile(
    r" (?:the )?(first|second|third|last|middle)(?: one| option| of those| of them)? "
)
_NEGATED = re.compile(r"(?<= )(?:not|never) (?:(?:in|for|within|at|the|any) )?$")


class Worded(Protocol):
    """Something of a script that callers mention."""

    @property
    def id(self) -> str:
        """Its key in the script."""
        ...

    @property
    def patterns(self) -> tuple[str, ...]:
        """How it is worded."""
        ...


@dataclass(frozen=True, slots=True)
class Meant:
    """What was meant, and where in the text it was said."""

    id: str
    match: Match


def meant(items: Iterable[Worded], text: str) -> Meant | None:
    """The item meant in ``text`` (from ``words.joined``); the first of equals."""
    best: Meant | None = None
    for item in items:
        match = longest(item.patterns, text)
        if match is not None and (best is None or match.length > best.match.length):
            best = Meant(item.id, match)
    return best


def overlap(one: Meant, other: Meant) -> bool:
    """Whether both were read from the same words."""
    return one.match.start < other.match.end and other.match.start < one.match.end


def chosen(options: Sequence[Option], text: str) -> str | None:
    """The id of the option chosen: by its wording, its label, or its place in the row."""
    found = [option for option in options if (_matches(option, text))]
    if found:
        best = meant(found, text)
        by_label = [option.id for option in found if _labelled(option, text)]
        if len(by_label) == 1:
            return by_label[0]
        return best.id if best else None
    row = _IN_ROW.fullmatch(text)
    if row:
        place = {"first": 0, "second": 1, "third": 2, "middle": 1, "last": -1}[row.group(1)]
        return options[place].id if place < len(options) else None
    return None


def _labelled(option: Option, text: str) -> bool:
    return longest((option.label,), text) is not None


def _matches(option: Option, text: str) -> bool:
    match = longest((option.label, *option.patterns), text)
    return match is not None and not _NEGATED.search(text[: match.start])
