"""Tool schemas in the plain JSON schema that every vendor reads.

Pydantic writes references, unions and titles. Ollama passes on none of the first two, and the
titles are tokens that each turn pays for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, cast

from agents.tools.specs import Tool, schema
from core.effects import Json

MOMENT: Final = "date and time with offset, such as 2026-11-23T14:00:00+00:00"


@cache
def plain_schema(tool: Tool) -> dict[str, Json]:
    """The tool with types written out in place. Not to be changed."""
    function = cast("Mapping[str, Json]", schema(tool)["function"])
    parameters = dict(cast("Mapping[str, Json]", function["parameters"]))
    known = cast("Mapping[str, Json]", parameters.pop("$defs", {}))
    return {
        "type": "function",
        "function": {**function, "parameters": _plain(parameters, known)},
    }


def _plain(node: Mapping[str, Json], known: Mapping[str, Json]) -> dict[str, Json]:
    """One schema without titles, references and unions."""
    made: dict[str, Json] = {}
    for key, value in node.items():
        if key == "$ref":
            name = str(value).rpartition("/")[2]
            referred = _plain(cast("Mapping[str, Json]", known[name]), known)
            made = {**referred, **made}
        elif key == "anyOf":
            made = {**_union(cast("Sequence[Mapping[str, Json]]", value), known), **made}
        elif key == "properties":
            named = cast("Mapping[str, Mapping[str, Json]]", value)
            made[key] = {name: _plain(each, known) for name, each in named.items()}
        elif key == "items":
            made[key] = _plain(cast("Mapping[str, Json]", value), known)
        elif key != "title":
            made[key] = value
    if made.get("format") == "date-time":
        made.setdefault("description", MOMENT)
    return made


def _union(choices: Sequence[Mapping[str, Json]], known: Mapping[str, Json]) -> dict[str, Json]:
    """One of several simple types: their names in a list."""
    made: dict[str, Json] = {}
    types: list[Json] = []
    for choice in choices:
        plain = _plain(choice, known)
        types.append(plain.pop("type"))
        made |= plain
    return {**made, "type": types}
