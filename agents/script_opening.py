"""The first words of a script: what must be heard to its end, and what is only said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, StringConstraints

from core.call import Direction
from core.speech import MustHear

# Longer than this is no longer one breath on the telephone (about 20 s of speech).
LINE_CHARACTERS = 300

Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE_CHARACTERS)]

# What a caller must have been told, by who calls whom. Privacy and Electronic Communications
# Regulations 2003, regulations 19 and 24; UK GDPR, articles 13 and 21.
NEEDED: Final[Mapping[Direction, tuple[MustHear, ...]]] = MappingProxyType(
    {
        Direction.OUTBOUND: tuple(MustHear),
        Direction.INBOUND: (MustHear.AUTOMATED, MustHear.RECORDING),
    }
)

# How a line is known to tell each of them. The identity is looked for by its variables too.
TELLS: Final[Mapping[MustHear, re.Pattern[str]]] = MappingProxyType(
    {
        MustHear.IDENTITY: re.compile(r"\{(?:brand_name|address|freephone)\}"),
        MustHear.AUTOMATED: re.compile(r"\bautomated\b", re.IGNORECASE),
        MustHear.RECORDING: re.compile(r"\brecord", re.IGNORECASE),
        MustHear.OPT_OUT: re.compile(
            r"\b(?:stop|opt(?:ed)?[- ]out|remove|unsubscribe|no (?:more|further) calls"
            r"|(?:not|never|n't) (?:be )?(?:call|ring|phone|contact)|off (?:our|the) list)",
            re.IGNORECASE,
        ),
    }
)

LACKS: Final[Mapping[MustHear, str]] = MappingProxyType(
    {
        MustHear.IDENTITY: "who is calling, with {brand_name} and {address} or {freephone}",
        MustHear.AUTOMATED: 'that an "automated" assistant speaks',
        MustHear.RECORDING: "that the call is recorded",
        MustHear.OPT_OUT: 'how to stop such calls, such as "You can tell me to stop calling at '
        'any time."',
    }
)

# For scripts on the shelf from before lines were marked: none of them had to tell this.
HOW_TO_STOP: Final = "You can tell me to stop calling at any time."

# How an unmarked line is known to tell it: a brand may be called "One Stop Removals".
MEANS_TO_STOP: Final = re.compile(
    r"\bstop (?:calling|these calls|me)\b|\bopt(?:ed)?[- ]out\b|\bunsubscribe"
    r"|\bremove (?:you|your|me)\b|\bno (?:more|further) calls"
    r"|\b(?:not|never|don't|won't) (?:be )?(?:call|ring|phone|contact)|\boff (?:our|the) list",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """One line of the opening. ``must_hear``: what it tells that has to be heard to its end."""

    say: Line
    must_hear: tuple[MustHear, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A line that must be heard, as it is said in one call. ``place``: its index in the opening."""

    place: int
    text: str
    what: tuple[MustHear, ...]


def _plain(value: object) -> object:
    """A line without marks may be written as its text alone."""
    return {"say": value} if isinstance(value, str) else value


OpeningEntry = Annotated[OpeningLine, BeforeValidator(_plain)]


def opening_faults(
    lines: Sequence[OpeningLine], direction: Direction, brand_name: str
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with an opening, as (place, what to do)."""
    said = " ".join(line.say for line in lines)
    if "{brand_name}" not in said and brand_name not in said:
        yield ("opening",), "the opening must say who is calling: {brand_name}"
    marked = {what for line in lines for what in line.must_hear}
    for what in NEEDED[direction]:
        if what not in marked:
            yield (
                ("opening",),
                f"no line has must_hear: [{what}]; mark or add the one that says {LACKS[what]}",
            )
    yield from _identity(lines, direction, brand_name)
    for at, line in enumerate(lines):
        place = ("opening", at)
        if line.must_hear and not all(each.must_hear for each in lines[:at]):
            yield place, "what must be heard comes first: move this line before those without marks"
        for what in set(line.must_hear) - {MustHear.IDENTITY}:
            if not TELLS[what].search(line.say):
                yield (*place, "must_hear"), f"the line does not say {LACKS[what]}"


def _identity(
    lines: Sequence[OpeningLine], direction: Direction, brand_name: str
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    told = " ".join(line.say for line in lines if MustHear.IDENTITY in line.must_hear)
    if not told:
        return
    if "{brand_name}" not in told and brand_name not in told:
        yield ("opening",), "what is marked identity must say who is calling: {brand_name}"
    if direction is Direction.OUTBOUND and "{address}" not in told and "{freephone}" not in told:
        # Privacy and Electronic Communications Regulations 2003, regulation 24(1)(b)
        yield ("opening",), "what is marked identity must give the {address} or the {freephone}"


def marked_by_meaning(opening: Any, direction: object, brand_name: object) -> Any:
    """An opening from before lines were marked, with the marks that its lines deserve.

    Lines stay whole. What is not a list of plain lines is given back as it is. Lines that tell
    nothing go to the end, or into the line behind them when they lead up to it ("Hello.").
    """
    if not _are_plain(opening):
        return opening
    marked: list[dict[str, Any]] = []
    plain: list[str] = []
    for line in opening:
        told = _told(line, brand_name)
        lead = " ".join((*plain, line))
        if not told:
            plain.append(line)
        elif not marked and len(lead) <= LINE_CHARACTERS:
            marked, plain = [{"say": lead, "must_hear": told}], []
        else:
            marked.append({"say": line, "must_hear": told})
    return [*_with_how_to_stop(marked, direction), *({"say": line} for line in plain)]


def marked_throughout(opening: Any, direction: object, brand_name: object) -> Any:
    """An opening of which nobody can say what it tells: every line of it must be heard.

    A line that tells nothing known counts to who is calling. None: it is not one of plain lines.
    """
    if not _are_plain(opening):
        return None
    marked = [
        {"say": line, "must_hear": _told(line, brand_name) or [MustHear.IDENTITY.value]}
        for line in opening
    ]
    return _with_how_to_stop(marked, direction)


def _are_plain(opening: Any) -> bool:
    return (
        isinstance(opening, list)
        and bool(opening)
        and all(isinstance(line, str) for line in opening)
    )


def _with_how_to_stop(marked: list[dict[str, Any]], direction: object) -> list[dict[str, Any]]:
    """Also how to stop such calls, before the question that ends an opening."""
    kinds = {what for line in marked for what in line["must_hear"]}
    if direction != Direction.OUTBOUND or MustHear.OPT_OUT in kinds:
        return marked
    asks = len(marked) > 1 and marked[-1]["say"].endswith("?")
    place = len(marked) - 1 if asks else len(marked)
    line = {"say": HOW_TO_STOP, "must_hear": [MustHear.OPT_OUT.value]}
    return [*marked[:place], line, *marked[place:]]


def _told(line: str, brand_name: object) -> list[str]:
    return [what.value for what in MustHear if _tells(what, line, brand_name)]


def _tells(what: MustHear, line: str, brand_name: object) -> bool:
    name = brand_name if isinstance(brand_name, str) else ""
    if what is MustHear.OPT_OUT:
        return MEANS_TO_STOP.search(line.replace(name, " ") if name else line) is not None
    named = what is MustHear.IDENTITY and bool(name) and name in line
    return named or TELLS[what].search(line) is not None
