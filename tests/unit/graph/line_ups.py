"""Turns answered by line-ups of scripted models, the script brain standing last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.brief import Brief
from agents.lineup import Rung
from core.breaker import Breaker
from core.speech import CallerTurn, Committed, Heard, ReplyPiece, TurnKind, TurnResult
from graph.chat import Chat
from graph.limits import Limits
from graph.ports import ReplyCache
from tests.unit.conversations import MONDAY, House, brain
from tests.unit.graph.scripted_model import Play, ScriptedModel

BRAIN = "script-brain/1"
FIRST_S, STALL_S = 0.5, 1.5


@dataclass
class Spoken:
    """One turn as it went: what was voiced at once, and what it came to."""

    pieces: list[ReplyPiece]
    committed: Committed

    @property
    def said(self) -> list[str]:
        """What was voiced before the commit."""
        return [piece.text for piece in self.pieces]

    @property
    def waited(self) -> list[str]:
        """What was voiced after the commit."""
        return [piece.text for piece in self.committed.voice_now]

    @property
    def result(self) -> TurnResult:
        """What the turn came to."""
        return self.committed.result


def rung(*plays: Sequence[Any], name: str = "one/1", breaker: Breaker | None = None) -> Rung:
    """A model with these plays, one per completion."""
    model = ScriptedModel([list(play) for play in plays], name)
    return Rung(model, breaker or Breaker(name), FIRST_S, STALL_S)


def briefs(of: Rung) -> list[Any]:
    """The briefs that this model was given."""
    assert isinstance(of.model, ScriptedModel)
    return of.model.briefs


def add(to: Rung, *play: Any) -> None:
    """One play more."""
    assert isinstance(to.model, ScriptedModel)
    whole: Play = list(play)
    to.model.plays.append(whole)


async def opened(
    *rungs: Rung, cache: ReplyCache | None = None, limits: Limits | None = None
) -> tuple[House, Chat]:
    """A call whose opening was heard."""
    house = House(model=brain(), rungs=rungs, cache=cache, limits=limits)
    chat = await house.chat()
    await chat.begin()
    return house, chat


async def says(chat: Chat, text: str, confidence: float = 1.0) -> Spoken:
    """The caller says ``text``; the turn is answered and committed."""
    conversation = chat.conversation
    kind = TurnKind.SPEECH if text else TurnKind.SILENCE
    number = conversation.next_turn
    draft = conversation.prepare(CallerTurn(number, kind, text, confidence, MONDAY, chat.heard))
    pieces = [piece async for piece in draft.pieces()]
    committed = await draft.commit(chat.heard)
    chat.heard = Heard(number, committed.result.reply, "", heard_ms=1000)
    indexes = [piece.index for piece in (*pieces, *committed.voice_now)]
    assert indexes == list(range(len(indexes))), "the pieces of a reply are numbered in order"
    return Spoken(pieces, committed)


async def answered(*rungs: Rung, text: str = "what is it about", **more: Any) -> Spoken:
    """The answer of these models to the first thing the caller says."""
    _, chat = await opened(*rungs, **more)
    return await says(chat, text)


async def brief_of(text: str) -> Brief:
    """The brief of a second turn, as the graph makes it."""
    one = rung(["Yes."])
    await answered(one, text=text)
    return briefs(one)[0]  # type: ignore[no-any-return]
