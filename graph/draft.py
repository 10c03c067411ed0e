"""One answer in the making: runs the graph on state in memory, and can be committed or dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol, cast

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig

from core.errors import BrokenInvariantError
from core.speech import CallerTurn, Committed, Heard, ReplyPiece, TurnResult
from core.usage import Usage
from graph.briefing import chosen_route
from graph.build import CallGraph
from graph.changes import change_of, result_of, words_of
from graph.context import CallContext, Surroundings
from graph.ports import TurnRecord
from graph.state import CallState, Change, caller_id


class Committer(Protocol):
    """The conversation that a draft belongs to, as the draft sees it."""

    async def commit(self, draft: GraphDraft, heard: Heard | None) -> Committed:
        """Write the draft's turn."""
        ...

    def forget(self, usage: list[Usage]) -> None:
        """A draft was dropped; ``usage`` is what it cost."""
        ...


class GraphDraft:
    """One answer in the making. Nothing of it is true until ``commit``."""

    def __init__(
        self,
        conversation: Committer,
        graph: CallGraph,
        state: CallState,
        context: Surroundings,
    ) -> None:
        self.committed: Committed | None = None
        self._conversation = conversation
        self._graph = graph
        self._state = state
        self._context = context
        self._dropped = False

    @property
    def turn(self) -> CallerTurn:
        """The caller's turn that this answers."""
        return self._context.turn

    async def pieces(self) -> AsyncIterator[ReplyPiece]:
        """The sentences that may be voiced at once, as the brain makes them. Iterate once.

        Cancel-safe: yes, by cancelling the iterating task; what was made so far can still
        be committed.
        """
        words = words_of(self.turn)
        said = [HumanMessage(words, id=caller_id(self.turn.number))] if words else []
        given = cast("CallState", {**self._state, "messages": [*self._state["messages"], *said]})
        stream = self._graph.astream(
            given,
            self._config(),
            context=CallContext(live=self._context),
            stream_mode="custom",
            version="v2",
        )
        async with aclosing(cast("Any", stream)) as parts:
            async for part in parts:
                yield part["data"]

    async def commit(self, heard: Heard | None) -> Committed:
        """Make the turn true: turn row, usage and effects in one transaction.

        The checkpoint is written behind it.

        ``heard``: what the caller heard of the reply *before* this turn, as late as known.
        Committing a draft whose pieces were not read to the end commits what was made.
        Committing twice is committing once. Cancel-safe: commit again to learn what happened.
        """
        if self._dropped:
            raise BrokenInvariantError("A dropped draft cannot be committed.")
        return await self._conversation.commit(self, heard)

    async def drop(self) -> None:
        """Forget the draft without trace (its usage is metered as speculative)."""
        if self.committed is not None:
            raise BrokenInvariantError("A committed draft cannot be dropped.")
        if not self._dropped:
            self._dropped = True
            self._conversation.forget(self._context.making.usage)

    def records(
        self, cut: list[Any], speculative: list[Usage]
    ) -> tuple[TurnRecord, TurnRecord | None]:
        """The turn as it is stored, and as it is stored when an effect is refused."""
        refused = self._context.making.refused()
        record = self._record(
            change_of(self._state, self._context),
            result_of(self._state, self._context),
            cut,
            speculative,
        )
        if refused is None:
            return record, None
        change = change_of(self._state, self._context, *refused)
        result = result_of(self._state, self._context, *refused)
        return record, self._record(change, result, cut, speculative)

    def voice_now(self, *, refused: bool) -> tuple[ReplyPiece, ...]:
        """The pieces that had to wait for the commit."""
        instead = self._context.making.refused()
        if refused and instead is not None:
            return instead[1]
        return tuple(self._context.making.waiting)

    def _config(self) -> RunnableConfig:
        """How the graph runs; who looks on is told whose turn it is, and no number."""
        config: RunnableConfig = {"recursion_limit": self._context.limits.steps}
        if self._context.watchers is None:
            return config
        agent = chosen_route(self._state, self._context).role.value
        call_id = str(self._context.card.call_id)
        return {
            **config,
            "callbacks": list(self._context.watchers()),
            "run_name": f"turn {self.turn.number}, {agent}",
            "metadata": {
                "call_id": call_id,
                "thread_id": call_id,  # by this LangSmith groups the turns of a call
                "turn": self.turn.number,
                "agent": agent,
            },
        }

    def _record(
        self, change: Change, result: TurnResult, cut: list[Any], speculative: list[Usage]
    ) -> TurnRecord:
        whole = {**change, "messages": [*cut, *cast("list[Any]", change["messages"])]}
        usage = (*result.usage, *speculative)
        return TurnRecord(self.turn, replace(result, usage=usage), result.reply, whole)
