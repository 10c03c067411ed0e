"""A grammar as the smallest word automaton: what the recogniser searches, shared to the utmost.

The recogniser keeps a search tree for each state, so its time grows with the number of states.
Rules written for people repeat themselves (a time of day stands in five places), and a plain
expansion is forty times slower than it need be. So the rules become a non-deterministic
automaton, that a deterministic one, and equal states are merged from the end backwards, which for
a language without loops yields the smallest automaton there is. The weights of the rules are then
pushed through it: an arc's probability is the share of all utterances at its state that take it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.errors import InvalidInputError

OPTION_WEIGHT = 0.3  # chance of an optional part that has no weight of its own
_TOKEN = re.compile(r"\s*(/[0-9.]+/|<[a-z]+>|[a-z0-9']+|[\[\]()|])")
_END: Final = ""


@dataclass(frozen=True, slots=True)
class Automaton:
    """States from 0 (the start) to ``states - 1``; ``finals``: how likely an end is there.

    ``arcs``: (from, to, probability, word). The arcs and the end of a state sum to one.
    """

    states: int
    finals: Mapping[int, float]
    arcs: tuple[tuple[int, int, float, str], ...]

    @property
    def words(self) -> frozenset[str]:
        """Every word that occurs."""
        return frozenset(word for _, _, _, word in self.arcs)

    def accepts(self, text: str) -> bool:
        """Whether ``text``, words apart by blanks, is an utterance of the grammar."""
        following = {(origin, word): target for origin, target, _, word in self.arcs}
        state: int | None = 0
        for word in text.split():
            state = following.get((state, word)) if state is not None else None
        return state in self.finals


@dataclass(slots=True)
class _Draft:
    """The automaton while it is built: word arcs and silent arcs, both with weights."""

    words: list[list[tuple[str, int]]] = field(default_factory=list)
    silent: list[list[tuple[float, int]]] = field(default_factory=list)

    def state(self) -> int:
        self.words.append([])
        self.silent.append([])
        return len(self.words) - 1


def compile_rules(rules: Mapping[str, str], start: str) -> Automaton:
    """The automaton of the rule called ``start``.

    A rule is words, ``<rule>``, ``( )`` for a group, ``[ ]`` for an option and ``|`` between
    alternatives, each of which may begin with a weight like ``/3/``; ``[/0.1/ x]`` is the chance
    of an option. Rules must not refer to themselves.

    Raises:
        InvalidInputError: a rule is malformed, missing or refers to itself.
    """
    draft = _Draft()
    first, last = draft.state(), draft.state()
    _Builder(rules, draft).rule(start, first, last, ())
    return _weighed(draft, first, last, *_smallest(draft, first, last))


class _Builder:
    """Turns the text of rules into states and arcs."""

    def __init__(self, rules: Mapping[str, str], draft: _Draft) -> None:
        self._tokens = {name: [*_tokens(name, text), _END] for name, text in rules.items()}
        self._draft = draft

    def rule(self, name: str, first: int, last: int, above: tuple[str, ...]) -> None:
        """Draw rule ``name`` between two states."""
        if name not in self._tokens or name in above:
            why = "refers to itself" if name in above else "does not exist"
            raise InvalidInputError(f"The grammar rule <{name}> {why}.", field=name)
        end = self._choice(name, 0, first, last, (*above, name))
        if self._tokens[name][end] != _END:
            raise InvalidInputError(f"The grammar rule <{name}> has a stray bracket.", field=name)

    def _choice(self, name: str, at: int, first: int, last: int, above: tuple[str, ...]) -> int:
        """Alternatives up to a closing bracket or the end; the position of that token."""
        tokens = self._tokens[name]
        branches: list[tuple[float, int]] = []
        while True:
            weight = 1.0
            if tokens[at].startswith("/"):
                weight, at = float(tokens[at].strip("/")), at + 1
            entry = self._draft.state()
            branches.append((weight, entry))
            at = self._sequence(name, at, entry, last, above)
            if tokens[at] != "|":
                break
            at += 1
        total = sum(weight for weight, _ in branches)
        self._draft.silent[first] += [(weight / total, entry) for weight, entry in branches]
        return at

    def _sequence(self, name: str, at: int, first: int, last: int, above: tuple[str, ...]) -> int:
        tokens, here = self._tokens[name], first
        while tokens[at] not in (_END, "|", ")", "]"):
            after = self._draft.state()
            at = self._item(name, at, here, after, above)
            here = after
        self._draft.silent[here].append((1.0, last))
        return at

    def _item(self, name: str, at: int, first: int, last: int, above: tuple[str, ...]) -> int:
        token = self._tokens[name][at]
        if token == "(":
            return self._closed(name, self._choice(name, at + 1, first, last, above), ")")
        if token == "[":
            return self._option(name, at + 1, first, last, above)
        if token.startswith("<"):
            self.rule(token[1:-1], first, last, above)
        else:
            self._draft.words[first].append((token, last))
        return at + 1

    def _option(self, name: str, at: int, first: int, last: int, above: tuple[str, ...]) -> int:
        weight, inside = OPTION_WEIGHT, self._draft.state()
        token = self._tokens[name][at]
        if token.startswith("/") and float(token.strip("/")) < 1:
            weight, at = float(token.strip("/")), at + 1
        self._draft.silent[first] += [(weight, inside), (1 - weight, last)]
        return self._closed(name, self._choice(name, at, inside, last, above), "]")

    def _closed(self, name: str, at: int, bracket: str) -> int:
        if self._tokens[name][at] != bracket:
            raise InvalidInputError(f"The grammar rule <{name}> lacks a {bracket}.", field=name)
        return at + 1


def _tokens(name: str, text: str) -> Iterable[str]:
    at, text = 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidInputError(
                f"The grammar rule <{name}> has {text[at : at + 20]!r}.", field=name
            )
        yield match[1]
        at = match.end()


_States = frozenset[int]


def _closure(draft: _Draft, states: Iterable[int]) -> _States:
    """``states`` and all that silent arcs lead to from them."""
    reached, waiting = set(states), list(states)
    while waiting:
        for _, target in draft.silent[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return frozenset(reached)


def _smallest(draft: _Draft, first: int, last: int) -> tuple[list[dict[str, int]], list[bool]]:
    """The arcs of each state of the smallest deterministic automaton, and which states end."""
    merged: dict[tuple[bool, frozenset[tuple[str, int]]], int] = {}
    arcs: list[dict[str, int]] = []
    ends: list[bool] = []
    known: dict[_States, int] = {}

    def number(states: _States) -> int:
        if states in known:
            return known[states]
        targets: dict[str, set[int]] = defaultdict(set)
        for state in states:
            for word, target in draft.words[state]:
                targets[word].add(target)
        after = {word: number(_closure(draft, found)) for word, found in targets.items()}
        key = (last in states, frozenset(after.items()))
        if key not in merged:
            merged[key] = len(arcs)
            arcs.append(after)
            ends.append(key[0])
        known[states] = merged[key]
        return known[states]

    number(_closure(draft, (first,)))  # the start is numbered last: all others follow from it
    return arcs, ends


def _weighed(
    draft: _Draft, first: int, last: int, arcs: list[dict[str, int]], ends: list[bool]
) -> Automaton:
    """Push the weights of ``draft`` through the deterministic automaton, start to end."""
    start = len(arcs) - 1
    mass: list[dict[int, float]] = [defaultdict(float) for _ in arcs]
    mass[start][first] = 1.0
    finals: dict[int, float] = {}
    weighed: list[tuple[int, int, float, str]] = []
    for state in range(start, -1, -1):  # targets have lower numbers than their origins
        spread = _spread(draft, mass[state])
        taken: dict[str, float] = defaultdict(float)
        for origin, weight in spread.items():
            for word, target in draft.words[origin]:
                taken[word] += weight
                mass[arcs[state][word]][target] += weight
        total = sum(taken.values()) + spread.get(last, 0.0)
        if ends[state]:
            finals[start - state] = spread.get(last, 0.0) / total
        weighed += [
            (start - state, start - target, taken[word] / total, word)
            for word, target in arcs[state].items()
        ]
    return Automaton(len(arcs), finals, tuple(weighed))


def _spread(draft: _Draft, mass: Mapping[int, float]) -> dict[int, float]:
    """``mass`` after all silent arcs: what has arrived at each state, to leave it by a word."""
    arrived: dict[int, float] = defaultdict(float)
    for origin, weight in mass.items():
        waiting = [(origin, weight)]
        while waiting:
            state, share = waiting.pop()
            arrived[state] += share
            waiting += [(target, share * part) for part, target in draft.silent[state]]
    return arrived
