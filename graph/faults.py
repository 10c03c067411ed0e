"""What is told of a model that did not answer: in words that are nobody's secret."""

from __future__ import annotations

from agents.lineup import Rung
from core.errors import ProviderError


def too_late(rung: Rung, *, began: bool) -> str:
    """What is told of a model whose time was over."""
    what, seconds = ("fell silent", rung.stall_s) if began else ("did not begin", rung.first_s)
    asked = "" if seconds is None else f" {'for' if began else 'within'} {seconds:g} s"
    return f"{rung.model.name} {what}{asked}."


def what_failed(rung: Rung, error: ProviderError) -> str:
    """What is told of a model that broke. A model in this process may quote the caller."""
    why = str(error).removeprefix(f"{error.provider}: ").rstrip(".")
    return f"{rung.model.name} failed{'' if rung.by_the_script else f': {why}'}."
