"""Tables in Markdown, line by line."""

from __future__ import annotations


def table(*heads: str) -> str:
    """The head of a table."""
    return "\n" + row(*heads) + row(*["---"] * len(heads))


def row(*cells: str) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |\n"
