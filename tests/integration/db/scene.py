"""What the database tests play with: a moving clock, all repositories, and turns to commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from core.call import Direction, Outcome
from core.card import CallCard, ScriptRef
from core.effects import Effect, EffectTool, Json, effect_key
from core.ids import ENTROPY_BYTES, BrandId, CallId, CallSid, uuid7
from core.money import Price
from core.phone import PhoneNumber
from core.speech import CallerTurn, Expectation, Transition, TurnKind, TurnResult
from core.usage import Unit, Usage
from db.brands import PostgresBrandBook
from db.call_log import PostgresCallLog
from db.calls import PostgresCallBook
from db.crypto import Keyring
from db.queries.calls import PostgresCallViews
from db.seed import DEMO_BRAND, DEMO_NUMBER
from db.turns import PostgresTurnBook
from db.unit_of_work import Units
from graph.ports import TurnRecord

NOON: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
CALLER: Final = PhoneNumber("+447700900456")
PRICES: Final = (
    Price("llm/x", Unit.LLM_INPUT_TOKEN, Decimal("0.10"), 1_000_000, "list", NOON.date()),
    Price("tts/y", Unit.TTS_CHARACTER, Decimal("0.05"), 1_000, "list", NOON.date()),
)


@dataclass(slots=True)
class HandClock:
    """A clock that a test moves by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.at.timestamp()

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass(slots=True)
class CountingEntropy:
    """Bytes that never repeat within a test."""

    count: int = 0

    def __call__(self, count: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(count, "big")


def inbound_card(at: datetime, sid: str) -> CallCard:
    """The card of a call that comes in on the demonstration's number."""
    return CallCard(
        call_id=CallId(uuid7(at, hashlib.sha256(sid.encode()).digest()[:ENTROPY_BYTES])),
        brand=BrandId(DEMO_BRAND),
        direction=Direction.INBOUND,
        script=ScriptRef("estate_agency_inbound", 1),
        ours=DEMO_NUMBER,
        theirs=CALLER,
        opened_at=at,
        call_sid=CallSid(sid),
    )


@dataclass(slots=True)
class Desk:
    """All repositories of one process on one database."""

    url: str
    engine: AsyncEngine
    units: Units
    keyring: Keyring
    clock: HandClock
    entropy: CountingEntropy = field(default_factory=CountingEntropy)

    @property
    def brands(self) -> PostgresBrandBook:
        return PostgresBrandBook(self.units, self.keyring)

    @property
    def calls(self) -> PostgresCallBook:
        return PostgresCallBook(self.units, self.keyring, self.brands, self.entropy)

    def turns(self, owner: str = "one") -> PostgresTurnBook:
        return PostgresTurnBook(self.units, self.keyring, self.clock, owner)

    def log(self, owner: str = "one") -> PostgresCallLog:
        return PostgresCallLog(self.units, self.keyring, self.clock, owner)

    @property
    def views(self) -> PostgresCallViews:
        return PostgresCallViews(self.units)

    def card(self, sid: str | None = "CA1", theirs: PhoneNumber | None = CALLER) -> CallCard:
        return CallCard(
            call_id=CallId(uuid7(self.clock.now(), self.entropy(10))),
            brand=BrandId(DEMO_BRAND),
            direction=Direction.OUTBOUND,
            script=ScriptRef("estate_agency_outbound", 1),
            ours=DEMO_NUMBER,
            theirs=theirs,
            opened_at=self.clock.now(),
            call_sid=None if sid is None else CallSid(sid),
            variables={"lead_name": "Eleanor Pemberton"},
        )

    async def talking(self, sid: str = "CA1", theirs: PhoneNumber | None = CALLER) -> CallCard:
        """A call whose stream is up, held by process "one"."""
        card = self.card(sid, theirs)
        await self.log().opened(card, ["espeak", "pocketsphinx"])
        return card

    async def shown(self, card: CallCard) -> Any:
        """The call in full, as the API shows it."""
        return await self.views.one(card.call_id)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """What plain SQL finds."""
        connection = await psycopg.AsyncConnection.connect(self.url)
        async with connection:
            cursor = await connection.execute(sql.SQL(query))
            return list(await cursor.fetchall())


def effect(card: CallCard, turn: int, tool: EffectTool, **arguments: Json) -> Effect:
    """An effect as a tool makes it."""
    return Effect(tool, arguments, effect_key(card.call_id, turn, tool, arguments))


def booking(card: CallCard, turn: int, at: datetime, minutes: int = 45) -> Effect:
    """A booking as the scheduler makes it."""
    return effect(
        card,
        turn,
        EffectTool.BOOK_APPOINTMENT,
        starts_at=at.isoformat(),
        minutes=minutes,
        name="Eleanor Pemberton",
        value_micros=2_500_000,
    )


def record(
    number: int, *effects: Effect, said: str = "yes that would suit", outcome: Outcome | None = None
) -> TurnRecord:
    """A turn as the graph hands it over."""
    return TurnRecord(
        turn=CallerTurn(number, TurnKind.SPEECH, said, 0.9, NOON, audio_ms=1200),
        result=TurnResult(
            reply="Lovely, you are booked.",
            agent="scheduler",
            next_agent="scheduler",
            stage="booking",
            expects=Expectation(),
            intent="yes",
            effects=effects,
            transitions=(Transition("qualification", "scheduler", "booking", "agreed"),),
            usage=(
                Usage("llm/x", Unit.LLM_INPUT_TOKEN, 1234, turn=number, agent="scheduler"),
                Usage("tts/y", Unit.TTS_CHARACTER, 23),
            ),
            tools=("book_appointment",),
            model="script-brain/1",
            outcome=outcome,
        ),
        reply="Lovely, you are booked.",
        state_change={"number": number, "messages": [{"text": said}]},
    )


def refused_record(number: int) -> TurnRecord:
    """What the graph wants written when an effect of the turn is refused."""
    plain = record(number)
    return replace(plain, reply="I am sorry, that time has just gone.")
