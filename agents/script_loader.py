"""From the YAML text of a script to its value, with every fault named by line and key."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from agents.script import Script
from agents.script_checks import faults
from agents.script_marks import Document, Problem
from agents.script_opening import marked_by_meaning, marked_throughout, opening_faults
from core.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SCHEMA: Final[TypeAdapter[Script]] = TypeAdapter(Script)
SHIPPED: Final = ("estate_agency_outbound", "estate_agency_inbound")


def load_script(text: str) -> Script:
    """Read and check a script.

    Raises:
        InvalidInputError: the message lists every problem as "line 41, objections[2].answer:
        ...", one a line, in the order of the file; ``field`` is the key of the first.
    """
    return _loaded(_document(text))


def stored_script(text: str) -> Script:
    """Read a script of the shelf: also one that was put there before lines could be marked.

    What such a script says of its caller, of the recording and of itself is then known by its
    words, and how to stop calls is added where it is not told. When its words do not tell all that
    a script must tell by now, all of its opening must be heard: its calls are not refused.

    Raises:
        InvalidInputError: as ``load_script``.
    """
    document = _document(text)
    _mark(document, marked_by_meaning)
    try:
        return _loaded(document)
    except InvalidInputError:
        document = _document(text)
        if not _mark(document, marked_throughout):
            raise
        return _loaded(document, spares_opening=True)


def _mark(document: Document, marked: Callable[[Any, object, object], Any]) -> bool:
    """Put the marked opening in place of the plain one; False: there is nothing to be marked."""
    value = document.value
    if not isinstance(value, dict):
        return False
    brand = value.get("brand")
    name = brand.get("name") if isinstance(brand, dict) else None
    opening = marked(value.get("opening"), value.get("direction"), name)
    if opening is not None:
        value["opening"] = opening
    return opening is not None


def _document(text: str) -> Document:
    try:
        return Document(text)
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        says = broken.problem or broken.context or "cannot be read"
        raise _invalid([Problem(line, "", f"this is not YAML: {says}")]) from None
    except yaml.YAMLError as broken:
        raise _invalid([Problem(1, "", f"this is not YAML: {broken}")]) from None


def _loaded(document: Document, *, spares_opening: bool = False) -> Script:
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        raise _invalid([Problem(1, "", "a script is a list of keys and values")])
    try:
        script = _SCHEMA.validate_python(document.value)
    except ValidationError as invalid:
        problems += [_problem(document, error) for error in invalid.errors()]
        raise _invalid(problems) from None
    spared = set(
        opening_faults(script.opening, script.direction, script.brand.name)
        if spares_opening
        else ()
    )
    problems += [document.problem(*fault) for fault in faults(script) if fault not in spared]
    if problems:
        raise _invalid(problems)
    return script


def _problem(document: Document, error: ErrorDetails) -> Problem:
    says = {
        "missing": "is missing",
        "unexpected_keyword_argument": "is not a key of a script",
    }.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        says = _PATTERNS.get(str(error.get("ctx", {}).get("pattern")), says)
    return document.problem(error["loc"], says)


_PATTERNS: Final = {
    r"^[a-z][a-z0-9_]{0,39}$": "is written in lower case letters, digits and _",
    r"^[a-z][a-z' ]{0,119}$": "is written as plain lower case words without figures or commas",
    r"^[A-Z]{1,2}[0-9][0-9A-Z]?$": 'is an outward postcode such as "BN3"',
}


def _invalid(problems: list[Problem]) -> InvalidInputError:
    ordered = sorted(problems, key=lambda problem: problem.line)
    count = "one problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    listed = "\n".join(f"  {problem}" for problem in ordered)
    return InvalidInputError(f"The script has {count}:\n{listed}", field=ordered[0].place or None)


def shipped_text(name: str) -> str:
    """The YAML of a script that comes with Parley. Raises NotFoundError."""
    if name not in SHIPPED:
        raise NotFoundError("shipped script", name)
    return resources.files("agents.scripts").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=len(SHIPPED))
def shipped_script(name: str) -> Script:
    """A script that comes with Parley. Raises NotFoundError."""
    return load_script(shipped_text(name))
