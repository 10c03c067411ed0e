"""One answer in the making: runs the graph on state in memory, and can be committed or dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol, cast

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig

from core.effects import Json
from core.errors import BrokenInvariantError
from core.speech import CallerTurn, Committed, Heard, ReplyPiece, TurnResult
from core.usage import Usage
from graph.briefing import chosen_route
from graph.build import CallGraph
from graph.changes import change_of, result_of
from graph.context import CallContext, Surroundings, Voice
from graph.must_hear import heard_lines
from graph.ports import TurnRecord
from graph.running import pieces_of
from graph.state import CallState, Change, as_heard, caller_id, words_of


class Committer(Protocol):
    """The conversation that a draft belongs to, as the draft sees it."""

    async def commit(self, draft: GraphDraft, heard: Heard | None) -> Committed:
        """Write the draft's turn."""
        ...

    def forget(self, usage: Sequence[Usage]) -> None:
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
        self.owed: tuple[Usage, ...] | None = None  # of dropped drafts, paid with this one
        self._conversation = conversation
        self._graph = graph
        self._state = state
        self._context = context
        self._dropped = False

    @property
    def first_token_s(self) -> float | None:
        """When the model's first token came, on the event loop's clock; None: no model spoke."""
        return self._context.making.cost.first_token_s

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

        async def run(voice: Voice) -> None:
            context = CallContext(live=replace(self._context, voice=voice))
            stream = self._graph.astream(given, self._config(), context=context, stream_mode=())
            async with aclosing(cast("Any", stream)) as parts:
                async for _ in parts:
                    pass  # nothing is streamed: the voice takes it all

        async with aclosing(pieces_of(run)) as pieces:
            async for piece in pieces:
                yield piece

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
            self._conversation.forget(self._context.making.cost.so_far)

    def records(
        self, before: CallState, heard: Heard | None, speculative: Sequence[Usage]
    ) -> tuple[TurnRecord, TurnRecord | None]:
        """The turn as it is stored, and as it is stored when an effect is refused.

        ``before``: the conversation's state; ``heard``: of the reply before, as late as known.
        """
        context = self._context
        lines = heard_lines(before, context.script, context.card, context.heard, heard)
        cut = as_heard(before, heard)

        def record(change: Change, result: TurnResult) -> TurnRecord:
            messages = [*cut, *cast("list[Any]", change["messages"])]
            whole: Change = {**change, "messages": messages, "heard_lines": list[Json](lines)}
            result = replace(result, usage=(*result.usage, *speculative))
            return TurnRecord(self.turn, result, result.reply, whole)

        plain = record(change_of(self._state, context), result_of(self._state, context))
        refused = context.making.refused()
        if refused is None:
            return plain, None
        change = change_of(self._state, context, *refused)
        return plain, record(change, result_of(self._state, context, *refused))

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
