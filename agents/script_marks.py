"""A script's YAML as plain values, and the line on which each of them stands.

Every scalar stays text ("no", "10:30" and "007" mean what is written); numbers and booleans
come from the schema. Merge keys are not supported, anchors and aliases are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Place: TypeAlias = Sequence[str | int]

# A script has some hundred nodes; aliases of aliases could make a small file endless.
MOST_NODES = 20_000
MOST_LEVELS = 20  # a script has five; an alias inside itself would have no end


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where. ``line`` counts from 1."""

    line: int
    place: str
    says: str

    def __str__(self) -> str:
        where = f"line {self.line}, {self.place}" if self.place else f"line {self.line}"
        return f"{where}: {self.says}"


class Document:
    """One parsed YAML document that knows its lines."""

    def __init__(self, text: str) -> None:
        """Parse ``text``. Raises yaml.YAMLError."""
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        self._root: yaml.Node | None = root
        self._left = MOST_NODES
        self.problems: list[Problem] = []
        self.value: Plain = self._plain(root, ()) if root is not None else None

    def line(self, place: Place) -> int:
        """The line of the value at ``place``, or of the nearest thing around it."""
        node = self._root
        line = node.start_mark.line + 1 if node is not None else 1
        for step in place:
            for key, child in _children(node):
                if key == step:
                    node, line = child, _line(node, step, child)
                    break
            else:
                continue  # a step of the schema, or a key that is missing
        return line

    def problem(self, place: Place, says: str) -> Problem:
        """A problem at ``place``."""
        return Problem(self.line(place), dotted(place), says)

    def _plain(self, node: yaml.Node, place: tuple[str | int, ...]) -> Plain:
        self._left -= 1
        if self._left < 0 or len(place) > MOST_LEVELS:
            raise yaml.YAMLError("the document is too large for a script")
        if isinstance(node, yaml.ScalarNode):
            empty = node.style is None and node.value in ("", "~", "null")
            return None if empty else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(child, (*place, at)) for at, child in enumerate(node.value)]
        mapping: dict[str, Plain] = {}
        for key, child in _children(node):
            if key in mapping:
                where = (*place, key)
                self.problems.append(
                    Problem(child.start_mark.line + 1, dotted(where), "is written twice")
                )
            mapping[str(key)] = self._plain(child, (*place, key))
        return mapping


def _children(node: yaml.Node | None) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield str(key.value), child
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


def _line(parent: yaml.Node | None, step: str | int, child: yaml.Node) -> int:
    """The line of the key for an entry of a mapping, else of the value itself."""
    if isinstance(parent, yaml.MappingNode):
        for key, _ in parent.value:
            if key.value == step:
                return int(key.start_mark.line) + 1
    return int(child.start_mark.line) + 1


def dotted(place: Place) -> str:
    """``("objections", 2, "answer")`` as ``objections[2].answer``."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
