"""The door of the graph: opens conversations, prepares drafts, commits turns.

A turn is a draft until it is committed. Preparing runs the graph without a saver on the state in
memory and writes nothing. Committing writes the turn's row with its effects in one transaction;
the checkpoint follows behind. The row is the truth, and a checkpoint that stayed behind is brought
up from the rows when the call is opened again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from agents.expects import expectation
from agents.lineup import LineUp
from agents.ports import Calendar
from agents.script import Script
from agents.script_loader import stored_script
from agents.thread import Thread
from core.call import EndReason, Outcome
from core.card import CallCard
from core.errors import BrokenInvariantError
from core.speech import (
    CallerTurn,
    Committed,
    Expectation,
    Heard,
)
from core.usage import Usage
from graph.build import CallGraph, build_call_graph
from graph.context import Surroundings, Watchers
from graph.draft import GraphDraft
from graph.limits import Limits
from graph.making import Making
from graph.memory import CallMemory
from graph.must_hear import heard_lines
from graph.ports import ReplyCache, ScriptShelf, TurnBook
from graph.reading import read_turn
from graph.reply_cache import Replies
from graph.saving import Saving
from graph.state import CallState, Change, as_heard, grown

log = structlog.get_logger(__name__)

# Ends that are nobody's wish: without another outcome, such a call failed.
BROKEN: Final = frozenset(
    {
        EndReason.CARRIER_FAILED,
        EndReason.STREAM_LOST,
        EndReason.PROCESS_DIED,
        EndReason.INTERNAL_ERROR,
    }
)


@lru_cache(maxsize=32)
def _script(text: str) -> Script:
    """The script of that text; parsing takes longer than a whole turn."""
    return stored_script(text)


@cache
def _thinking_graph() -> CallGraph:
    """The graph that drafts run on: without a saver, so it is the same for everyone."""
    return build_call_graph()


class GraphConversationHouse:
    """Opens the conversations of calls. One per process; the graphs are built once."""

    def __init__(
        self,
        *,
        models: LineUp,
        calendar: Calendar,
        book: TurnBook,
        shelf: ScriptShelf,
        checkpointer: BaseCheckpointSaver[Any],
        limits: Limits | None = None,
        cache: ReplyCache | None = None,
        watchers: Watchers | None = None,
    ) -> None:
        self._models = models
        self._calendar = calendar
        self._book = book
        self._shelf = shelf
        self._limits = limits or Limits()
        self.replies = None if cache is None else Replies(cache)
        self._watchers = watchers
        self._thinking = _thinking_graph()
        self._remembering = build_call_graph(checkpointer=checkpointer)
        self._saving = Saving()

    @property
    def brain(self) -> str:
        """The model that thinks up the replies, as stored with each call."""
        return self._models.name

    async def save_behind(self) -> None:
        """Write checkpoints behind the turns until cancelled; without it, commits write them."""
        await self._saving.run()

    async def all_saved(self) -> None:
        """Wait until the checkpoints of all calls are up with their turns."""
        await self._saving.all_saved()

    async def open(self, card: CallCard) -> GraphConversation:
        """The conversation as its committed turns left it.

        Raises:
            NotFoundError: the card's script does not exist.
        """
        script = _script(await self._shelf.text(card.script))
        memory = CallMemory(self._remembering, card.call_id, self._limits)
        conversation = GraphConversation(
            card=card,
            script=script,
            models=self._models,
            calendar=self._calendar,
            cache=self.replies,
            book=self._book,
            graph=self._thinking,
            memory=memory,
            saving=self._saving,
            limits=self._limits,
            watchers=self._watchers,
        )
        await conversation.resume()
        return conversation


class GraphConversation:
    """The brain of one call."""

    def __init__(
        self,
        *,
        card: CallCard,
        script: Script,
        models: LineUp,
        calendar: Calendar,
        book: TurnBook,
        graph: CallGraph,
        memory: CallMemory,
        saving: Saving,
        limits: Limits,
        cache: Replies | None,
        watchers: Watchers | None = None,
    ) -> None:
        self.card = card
        self.script = script
        self.state: CallState = {}
        self._zone = ZoneInfo(script.timezone)
        self._models = models
        self._calendar = calendar
        self._book = book
        self._graph = graph
        self._memory = memory
        self._saving = saving
        self._limits = limits
        self._cache = cache
        self._watchers = watchers
        self._lock = asyncio.Lock()  # two writes on one thread would silently lose one
        self._speculative: list[Usage] = []

    @property
    def expects(self) -> Expectation:
        """What the last committed turn asked for; before the first: an open answer."""
        if not self.state.get("turn"):
            return Expectation()
        return expectation(self.script, self.thread)

    @property
    def thread(self) -> Thread:
        """Where the conversation stands."""
        return Thread.from_json(self.state.get("thread", {}))

    @property
    def next_turn(self) -> int:
        """The number of the turn to prepare next: 1 for a new call."""
        return self.state.get("turn", 0) + 1

    async def resume(self) -> None:
        """Load the checkpoint and bring it up to the committed turns."""
        self.state = await self._memory.load()
        last = self.state.get("turn", 0)
        for stored in await self._book.turns_after(self.card.call_id, last):
            self._adopt(stored.state_change)

    def prepare(self, turn: CallerTurn) -> GraphDraft:
        """Begin an answer to ``turn`` on the committed state. Writes nothing."""
        if turn.number != self.next_turn:
            raise BrokenInvariantError(f"Turn {turn.number} was prepared, {self.next_turn} is due.")
        state = grown(self.state, {"messages": as_heard(self.state, turn.heard)})
        context = Surroundings(
            card=self.card,
            script=self.script,
            zone=self._zone,
            models=self._models,
            calendar=self._calendar,
            cache=self._cache,
            limits=self._limits,
            turn=turn,
            reading=read_turn(turn, self.script, self.thread, self._zone),
            heard=turn.heard,
            making=Making(self.card.call_id),
            watchers=self._watchers,
        )
        return GraphDraft(self, self._graph, state, context)

    async def close(self, heard: Heard | None, reason: EndReason) -> Outcome:
        """The call is over: store what was heard of the last reply, and what the call came to."""
        async with self._lock:
            outcome = self._outcome(reason)
            await self._close(heard, outcome, reason)
            cut = as_heard(self.state, heard)
            lines = heard_lines(self.state, self.script, self.card, heard)
            if cut or lines != self.state.get("heard_lines", []):
                self._adopt({"messages": cut, "heard_lines": list(lines)})
            await self._memory.save()
            return outcome

    async def _close(self, heard: Heard | None, outcome: Outcome, reason: EndReason) -> None:
        thrown_away, is_stored = tuple(self._speculative), False
        try:
            await self._book.close(self.card.call_id, heard, outcome, reason, thrown_away)
            is_stored = True
        finally:
            for usage in () if is_stored else thrown_away:
                log.error("usage not stored", call_id=str(self.card.call_id), usage=repr(usage))
        del self._speculative[: len(thrown_away)]

    async def commit(self, draft: GraphDraft, heard: Heard | None) -> Committed:
        """Write the draft's turn; see ``GraphDraft.commit``."""
        async with self._lock:
            if draft.committed is not None:
                return draft.committed
            if draft.turn.number != self.next_turn:
                raise BrokenInvariantError(f"Turn {draft.turn.number} is not due.")
            # Another try has the same: the first may have been written though it seemed to fail.
            draft.owed = tuple(self._speculative) if draft.owed is None else draft.owed
            record, otherwise = draft.records(self.state, heard, draft.owed)
            outcomes = await self._book.commit(self.card.call_id, record, otherwise, heard)
            refused = otherwise is not None and any(not each.done for each in outcomes)
            chosen = otherwise if refused and otherwise is not None else record
            draft.committed = Committed(chosen.result, draft.voice_now(refused=refused))
            del self._speculative[: len(draft.owed)]  # more may have come while it was written
            self._adopt(chosen.state_change)
            await self._saving.save(self._memory)
            return draft.committed

    def forget(self, usage: Sequence[Usage]) -> None:
        """A draft was dropped: only what it cost stays."""
        self._speculative.extend(replace(each, speculative=True) for each in usage)

    def _adopt(self, change: Change) -> None:
        self.state = grown(self.state, change)
        self._memory.remember(self.state)

    def _outcome(self, reason: EndReason) -> Outcome:
        """What the call came to, by the thread and by how it ended."""
        earned = self.thread.outcome
        if earned is not None:
            return earned
        if reason in BROKEN:
            return Outcome.FAILED
        spoke = any(isinstance(m, HumanMessage) for m in self.state.get("messages", []))
        if reason is EndReason.NO_RESPONSE or not spoke:
            return Outcome.NO_RESPONSE
        return Outcome.COMPLETED
