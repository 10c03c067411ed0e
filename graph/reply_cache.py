"""Answers that are given again: their keys, how they are written, and how often they served."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from agents.brief import Brief
from agents.ports import ModelPiece
from agents.script import Script
from agents.tools.call import ToolCall
from graph.cacheable import without_reasons
from graph.ports import ReplyCache
from graph.repeats import words_of

PREFIX: Final = "reply:2:"  # the number changes with the form of what is kept
CACHED: Final = "cache"  # the model that such an answer is stored under


class Replies:
    """The answers of a house, by what was asked. Counts how often one was there."""

    def __init__(self, cache: ReplyCache) -> None:
        self._cache = cache
        self.hits = 0
        self.misses = 0

    @property
    def hit_rate(self) -> float:
        """The share of questions that were answered from here, 0 to 1."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0

    def counts(self) -> dict[str, float]:
        """How often an answer was there, as it is shown."""
        return {"hits": self.hits, "misses": self.misses, "hit_rate": round(self.hit_rate, 3)}

    async def find(self, key: str) -> tuple[ModelPiece, ...] | None:
        """The answer kept under ``key``; what cannot be read is none."""
        kept = await self._cache.get(key)
        pieces = None if kept is None else read(kept)
        if pieces is None:
            self.misses += 1
        else:
            self.hits += 1
        return pieces

    async def keep(self, key: str, pieces: Sequence[ModelPiece]) -> None:
        """Keep an answer that ``graph.cacheable`` lets pass."""
        await self._cache.put(key, written(pieces))


def key_of(brief: Brief, version: int, model: str) -> str:
    """Where the answer to this turn is kept: the same only if all it depends on is the same.

    A digest, so that the key tells nothing of what was said.
    """
    parts = (
        brief.script.name,
        version,
        fingerprint(brief.script),
        brief.agent.role.value,
        brief.agent.prompt_version,
        brief.from_agent.value,
        model,
        " ".join(words_of(brief.turn.text)),
        _told(brief),
        dict(brief.slots),
        brief.thread.to_json(),
    )
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return PREFIX + hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _told(brief: Brief) -> list[str]:
    """What was said before, as it sounds, with the names of values in place of the caller's own.

    Without those no two calls would be alike; an answer that holds one of them is not kept.
    """
    own = {words_of(value): f"{{{name}}}" for name, value in brief.variables.items()}
    longest_first = sorted((words for words in own if words), key=len, reverse=True)
    lines: list[str] = []
    for line in brief.history:
        said = f" {' '.join(words_of(line.text))} "
        for words in longest_first:
            said = said.replace(f" {' '.join(words)} ", f" {own[words]} ")
        lines.append(f"{'caller' if line.by_caller else 'agent'}:{said}")
    return lines


@lru_cache(maxsize=32)
def fingerprint(script: Script) -> str:
    """Changes whenever any line of the script does, under whatever name and version."""
    return hashlib.sha256(repr(script).encode()).hexdigest()


def written(pieces: Sequence[ModelPiece]) -> str:
    """Words and tool calls in their order, as JSON: [["text", ".."], ["call", "ask", {..}]]."""
    steps: list[list[object]] = []
    for piece in pieces:
        calls = map(without_reasons, piece.tool_calls)
        steps.extend(["call", call.name, dict(call.arguments)] for call in calls)
        if not piece.text:
            continue
        if steps and steps[-1][0] == "text":
            steps[-1][1] = f"{steps[-1][1]}{piece.text}"
        else:
            steps.append(["text", piece.text])
    return json.dumps(steps, ensure_ascii=False, separators=(",", ":"))


def read(kept: str) -> tuple[ModelPiece, ...] | None:
    """What ``written`` wrote; None for anything else."""
    try:
        steps = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    if not isinstance(steps, list) or not steps:
        return None
    pieces: list[ModelPiece] = []
    for step in steps:
        match step:
            case ["text", str(text)]:
                pieces.append(ModelPiece(text=text))
            case ["call", str(name), dict(arguments)]:
                pieces.append(ModelPiece(tool_calls=(ToolCall(name, arguments),)))
            case _:
                return None
    return tuple(pieces)
