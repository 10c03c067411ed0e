"""voice.ports.Conversation in memory: answers are written down beforehand, commits are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.call import EndReason, Outcome
from core.errors import ProviderError
from core.speech import (
    CallerTurn,
    Committed,
    Expectation,
    Heard,
    MustHear,
    ReplyPiece,
    TurnResult,
)


@dataclass(frozen=True)
class Line:
    """One answer: sentences said at once, sentences held back until the commit."""

    says: Sequence[str] = ()
    holds: Sequence[str] = ()
    ends_call: bool = False
    fails: bool = False
    hangs: bool = False
    piece_delay_s: float = 0.0
    musts: Mapping[int, tuple[MustHear, ...]] = field(default_factory=dict)  # by place in ``says``


@dataclass
class FakeConversation:
    """Answers turn n with ``lines[n - 1]``, the last one for ever."""

    lines: Sequence[Line]
    commit_delay_s: float = 0.0
    broken_commits: frozenset[int] = frozenset()
    failing_commits: int = 0  # so many fail, then they succeed
    expects: Expectation = field(default_factory=Expectation)
    next_turn: int = 1
    prepared: list[CallerTurn] = field(default_factory=list)
    committed: list[tuple[CallerTurn, str, Heard | None]] = field(default_factory=list)
    dropped: list[CallerTurn] = field(default_factory=list)
    closed: list[tuple[Heard | None, EndReason]] = field(default_factory=list)

    def prepare(self, turn: CallerTurn) -> FakeDraft:
        self.prepared.append(turn)
        return FakeDraft(self, turn, self.lines[min(len(self.committed), len(self.lines) - 1)])

    async def close(self, heard: Heard | None, reason: EndReason) -> Outcome:
        self.closed.append((heard, reason))
        return Outcome.COMPLETED


@dataclass
class FakeDraft:
    """One answer of the fake conversation."""

    owner: FakeConversation
    turn: CallerTurn
    line: Line
    made: list[str] = field(default_factory=list)
    first_token_s: float | None = None

    async def pieces(self) -> AsyncIterator[ReplyPiece]:
        if self.line.fails:
            raise ProviderError("fake-brain", "told to fail", retryable=False)
        if self.line.hangs:
            await asyncio.Event().wait()
        for index, text in enumerate(self.line.says):
            await asyncio.sleep(self.line.piece_delay_s)
            if self.first_token_s is None:
                self.first_token_s = asyncio.get_running_loop().time()
            self.made.append(text)
            must_hear = self.line.musts.get(index, ())
            yield ReplyPiece(index, text, "greeting", must_hear=must_hear)

    async def commit(self, heard: Heard | None) -> Committed:
        await asyncio.sleep(self.owner.commit_delay_s)
        self.owner.failing_commits -= 1
        if self.turn.number in self.owner.broken_commits or self.owner.failing_commits >= 0:
            raise ConnectionError("told to fail")
        held = tuple(
            ReplyPiece(9, text, "scheduler", waits_for_commit=True) for text in self.line.holds
        )
        reply = " ".join([*self.made, *self.line.holds])
        self.owner.committed.append((self.turn, reply, heard))
        result = TurnResult(
            reply=reply,
            agent="greeting",
            next_agent="greeting",
            stage="greeting",
            expects=Expectation(),
            ends_call=self.line.ends_call,
        )
        return Committed(result, held)

    async def drop(self) -> None:
        self.owner.dropped.append(self.turn)
