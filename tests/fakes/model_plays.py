"""What a fake model server can be told to do: answers with every turn that a real one takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Text:
    """Some words of the answer, as one piece of the stream."""

    words: str


@dataclass(frozen=True)
class Thought:
    """Some words that the model only thinks."""

    words: str


@dataclass(frozen=True)
class Call:
    """A tool call. ``parts``: in how many pieces it comes, where the format knows pieces.

    ``raw``: the arguments as written, in place of ``arguments``.
    """

    name: str
    arguments: Mapping[str, Any]
    parts: int = 1
    raw: str | None = None


@dataclass(frozen=True)
class Pause:
    """Nothing for so many seconds; None: for ever."""

    seconds: float | None


@dataclass(frozen=True)
class Together:
    """Words and calls in one piece of the stream."""

    words: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Cut:
    """The connection ends here. ``politely``: the body is ended, and only its end mark lacks."""

    politely: bool = False


@dataclass(frozen=True)
class Fails:
    """An error object in the middle of the stream."""

    message: str = "something went wrong with: the caller's secret words"


Step: TypeAlias = Text | Thought | Call | Pause | Together | Cut | Fails


@dataclass(frozen=True)
class Streams:
    """A streamed answer. ``first_s``: seconds before its status line.

    ``stays``: the connection lives on; without it, it is cut right after the end mark.
    """

    steps: tuple[Step, ...]
    first_s: float = 0.0
    prompt_tokens: int = 120
    cached_tokens: int = 0
    completion_tokens: int = 9
    finish: str = "stop"
    stays: bool = True


@dataclass(frozen=True)
class Refuses:
    """An error status."""

    status: int
    code: str = ""
    message: str = "no, and this quotes the caller's secret words"
    retry_after: str | None = None


@dataclass(frozen=True)
class Silent:
    """Takes the request and never says anything."""


Play: TypeAlias = Streams | Refuses | Silent
Handler: TypeAlias = Callable[[dict[str, Any]], Play]


def says(*words: str) -> Streams:
    """An answer of these pieces of text."""
    return Streams(tuple(Text(each) for each in words))
