"""Drives a conversation as text: one line in, one answer out, committed as on the telephone."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.call import EndReason, Outcome
from core.card import CallCard
from core.clock import Clock
from core.effects import Effect, Json
from core.speech import CallerTurn, Heard, Transition, TurnKind, TurnResult
from graph.conversation import GraphConversation, GraphConversationHouse


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the agent, as ``parley chat`` prints it."""

    turn: int
    reply: str
    agent: str
    next_agent: str
    stage: str
    intent: str
    slots: dict[str, Json]
    tools: tuple[str, ...]
    outcome: Outcome | None
    ended: bool
    effects: tuple[Effect, ...] = field(default=())
    transitions: tuple[Transition, ...] = field(default=())
    result: TurnResult | None = None

    def to_json(self) -> dict[str, Json]:
        """Plain values: one line of ``parley chat --json``."""
        return {
            "turn": self.turn,
            "reply": self.reply,
            "agent": self.agent,
            "next_agent": self.next_agent,
            "stage": self.stage,
            "intent": self.intent,
            "slots": dict(self.slots),
            "tools": list(self.tools),
            "outcome": None if self.outcome is None else self.outcome.value,
            "ended": self.ended,
        }


class Chat:
    """A conversation by text. Every reply counts as heard in full unless ``cut`` says otherwise.

    ``heard``: what the caller heard of the last reply.
    """

    def __init__(self, conversation: GraphConversation, clock: Clock) -> None:
        self.conversation = conversation
        self._clock = clock
        self._reply = ""
        self.heard: Heard | None = None
        self.ended = False

    @classmethod
    async def open(cls, house: GraphConversationHouse, card: CallCard, clock: Clock) -> Chat:
        """The chat of that call, new or resumed. Raises NotFoundError for an unknown script."""
        return cls(await house.open(card), clock)

    async def begin(self) -> Answer:
        """The opening: the agent speaks first."""
        return await self._turn(TurnKind.OPENING, "")

    async def say(self, text: str) -> Answer:
        """The caller says ``text``; an empty line is a silence."""
        kind = TurnKind.SPEECH if text.strip() else TurnKind.SILENCE
        return await self._turn(kind, text.strip())

    async def cut(self, heard: str) -> None:
        """The caller interrupts the last reply: only ``heard``, its beginning, was played."""
        rest = self._reply.removeprefix(heard)
        self.heard = Heard(self.conversation.next_turn - 1, heard, rest, heard_ms=len(heard) * 60)

    async def close(self, reason: EndReason = EndReason.CALLER_HUNG_UP) -> Outcome:
        """Hang up; says what the call came to."""
        return await self.conversation.close(self.heard, reason)

    async def _turn(self, kind: TurnKind, text: str) -> Answer:
        number = self.conversation.next_turn
        now = self._clock.now()
        draft = self.conversation.prepare(CallerTurn(number, kind, text, 1.0, now, self.heard))
        pieces = [piece async for piece in draft.pieces()]
        committed = await draft.commit(self.heard)
        result = committed.result
        self._reply = " ".join(piece.text for piece in (*pieces, *committed.voice_now))
        self.heard = Heard(number, self._reply, "", heard_ms=len(self._reply) * 60)
        self.ended = result.ends_call
        return Answer(
            turn=number,
            reply=self._reply,
            agent=result.agent,
            next_agent=result.next_agent,
            stage=result.stage,
            intent=result.intent,
            slots=dict(result.slots),
            tools=result.tools,
            outcome=result.outcome,
            ended=result.ends_call,
            effects=result.effects,
            transitions=result.transitions,
            result=result,
        )
