"""A caller of the bench: holds calls one after the other and times each turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from app.bench.place import Place
from app.bench.samples import Samples, TurnTimes
from app.bench.talker import LEAVING, NAME
from app.clock import machine_entropy
from core.call import Direction, EndReason
from core.card import CallCard
from core.effects import Json
from core.events import LiveEvent, LiveKind
from core.ids import ENTROPY_BYTES, CallId, uuid7
from core.phone import PhoneNumber
from core.speech import CallerTurn, Heard, ReplyPiece, TurnKind
from graph.conversation import GraphConversation
from graph.reply_cache import CACHED

# Kept for drama by Ofcom; it reaches nobody.
CALLER: Final = PhoneNumber("+447700900999")
SENTENCE_MS: Final = 2400  # what a sentence of twelve words takes to play

# What people say to the shipped script: answers, questions, doubts, small talk.
LINES: Final = (
    "yes speaking",
    "yes we own it my wife and i",
    "it has three bedrooms and a small study at the back",
    "well we were thinking some time this year maybe in the spring",
    "how much does it cost",
    "okay and how long does the visit take",
    "i am not sure really i would have to talk to my wife first",
    "could you say that again please",
    "next tuesday afternoon would be good after three if you have anything",
    "no the thursday is better around half past ten",
)


@dataclass(slots=True)
class Caller:
    """Holds one call at a time; when it is over, the next one begins."""

    place: Place
    samples: Samples
    turns: int  # of each call
    conversation: GraphConversation | None = None
    _heard: Heard | None = None

    async def take_turn(self) -> None:
        """One turn; of a new call when there is none. The last one of a call ends it."""
        conversation = self.conversation or await self._call()
        number = conversation.next_turn
        await self._timed(conversation, self._said(number))
        if number == self.turns:
            await self.hang_up()

    async def hang_up(self) -> None:
        """End the call, if there is one."""
        conversation, self.conversation = self.conversation, None
        if conversation is not None:
            reason = EndReason.CALLER_HUNG_UP
            outcome = await conversation.close(self._heard, reason)
            card = conversation.card
            await self.place.storage.log.ended(card.call_id, reason, outcome, None)
        self._heard = None

    async def _call(self) -> GraphConversation:
        storage = self.place.storage
        now = storage.clock.now()
        card = CallCard(
            call_id=CallId(uuid7(now, machine_entropy(ENTROPY_BYTES))),
            brand=self.place.brand,
            direction=Direction.OUTBOUND,
            script=self.place.script,
            ours=self.place.number,
            theirs=CALLER,
            opened_at=now,
            variables={"lead_name": "Emma Carter"},
        )
        await storage.log.opened(card, ["bench", NAME])
        self.conversation = await self.place.house.open(card)
        return self.conversation

    def _said(self, number: int) -> CallerTurn:
        now = self.place.storage.clock.now()
        if number == 1:
            return CallerTurn(1, TurnKind.OPENING, "", 1.0, now)
        text = f"please {LEAVING}" if number == self.turns else LINES[number % len(LINES)]
        return CallerTurn(number, TurnKind.SPEECH, text, 0.9, now, self._heard, audio_ms=1800)

    async def _timed(self, conversation: GraphConversation, turn: CallerTurn) -> None:
        """The turn as a call takes it: live lines, pieces, commit."""
        show = _Show(self.place, conversation.card.call_id, turn.number)
        begun = time.perf_counter()
        show.heard(turn)
        draft = conversation.prepare(turn)
        pieces: list[ReplyPiece] = []
        first = last = begun
        async for piece in draft.pieces():
            last = time.perf_counter()
            first = last if not pieces else first
            pieces.append(piece)
            show.said(piece.text)
        made = time.perf_counter()
        committed = await draft.commit(turn.heard)
        done = time.perf_counter()
        for piece in committed.voice_now:
            show.said(piece.text)
        show.committed(committed.result.agent, committed.result.stage)
        pieces += committed.voice_now
        said = " ".join(piece.text for piece in pieces)
        self._heard = Heard(turn.number, said, "", SENTENCE_MS * len(pieces))
        times = TurnTimes(
            first_piece_ms=1000 * ((first if first > begun else done) - begun),
            last_piece_ms=1000 * (made - begun),
            commit_ms=1000 * (done - made),
            turn_ms=1000 * (done - begun),
        )
        result = committed.result
        self.samples.turn(times, faults=len(result.faults), cached=result.model == CACHED)


@dataclass(frozen=True, slots=True)
class _Show:
    """The lines that a call writes to the live feed in one turn."""

    place: Place
    call_id: CallId
    turn: int

    def heard(self, turn: CallerTurn) -> None:
        self._publish(LiveEvent(LiveKind.STATE, 0, {"state": "processing"}))
        about: dict[str, Json] = {"turn": turn.number, "kind": turn.kind.value, "text": turn.text}
        self._publish(LiveEvent(LiveKind.HEARD, 0, {**about, "confidence": 0.9, "audio_ms": 1800}))

    def said(self, text: str) -> None:
        self._publish(LiveEvent(LiveKind.SAID, 0, {"turn": self.turn, "text": text}))

    def committed(self, agent: str, stage: str) -> None:
        about: dict[str, Json] = {"turn": self.turn, "agent": agent, "stage": stage}
        self._publish(LiveEvent(LiveKind.AGENT, 0, about))
        self._publish(LiveEvent(LiveKind.TIMING, 0, {"turn": self.turn, "v2v_ms": 700}))
        self._publish(LiveEvent(LiveKind.STATE, 0, {"state": "listening"}))

    def _publish(self, event: LiveEvent) -> None:
        self.place.feed.publish(self.call_id, replace(event, at_ms=self.turn * 3000))
