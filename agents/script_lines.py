"""The lines of a script: which variables they may hold, and how they are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from agents.script import Script

_VARIABLE = re.compile(r"\{([^{}]*)\}")
# A variable without a value goes with the comma or space before it: "Thank you, {name}."
_WITH_LEAD = re.compile(r"(?:,? )?\{([^{}]*)\}")

BRAND_VARIABLES: Final = ("agent_name", "brand_name", "address", "freephone", "region")
BOOKING_VARIABLES: Final = ("first", "second", "time")
CALLBACK_VARIABLES: Final = ("time",)


def variables_in(line: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_VARIABLE.findall(line))


def stray_brace(line: str) -> bool:
    """Whether a brace is left that belongs to no variable."""
    return any(brace in _VARIABLE.sub("", line) for brace in "{}")


def known_variables(script: Script) -> frozenset[str]:
    """What any line of the script may hold: brand, declared variables, answers by question."""
    declared = (variable.id for variable in script.variables)
    answers = (question.id for question in script.questions)
    return frozenset((*BRAND_VARIABLES, *declared, *answers))


@lru_cache(maxsize=32)
def brand_values(script: Script) -> Mapping[str, str]:
    """The values that never change in a call: the brand, and the defaults of the variables."""
    brand = script.brand
    known = {
        "agent_name": brand.agent_name,
        "brand_name": brand.name,
        "address": brand.address,
        "freephone": brand.freephone,
        "region": brand.region,
        **{variable.id: variable.default for variable in script.variables},
    }
    return MappingProxyType(known)


def fill(line: str, script: Script, values: Mapping[str, str]) -> str:
    """The line as it is spoken: ``values`` over the brand's values and the defaults.

    ``values``: the card's variables, the slots and the times, all as they are said. A variable
    that nobody filled is left out, together with the comma before it.
    """
    if "{" not in line:
        return line.strip()
    usual = brand_values(script)

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        said = values.get(name) or usual.get(name)
        if said is None:
            return ""
        return found.group(0).replace("{" + name + "}", said)

    return _WITH_LEAD.sub(value, line).strip()
