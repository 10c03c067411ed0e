"""Opens whole conversations in memory: the real graph and brain, fakes at the ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agents.lineup import LineUp, Rung
from agents.ports import ChatModel
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from core.call import Direction
from core.card import CallCard, ScriptRef
from core.ids import BrandId, CallId
from core.phone import PhoneNumber
from graph.chat import Answer, Chat
from graph.context import Watchers
from graph.conversation import GraphConversationHouse
from graph.limits import Limits
from graph.ports import ReplyCache
from tests.fakes.calendar import MemoryCalendar
from tests.fakes.scripts import MemoryScriptShelf
from tests.fakes.turn_book import MemoryTurnBook

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CALL = CallId(UUID("01936000-0000-7000-8000-000000000001"))
BRAND = BrandId(UUID("01936000-0000-7000-8000-0000000000b1"))


@dataclass
class StillClock:
    """A clock that moves only when told."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        """The wall time, UTC."""
        return self.at

    def monotonic_s(self) -> float:
        """Seconds since the epoch, good for differences."""
        return self.at.timestamp()


def brain() -> ChatModel:
    """The script brain behind the port."""
    return LangchainChat(ScriptBrain(), "script-brain/1", takes_brief=True)


def card(side: Direction = Direction.OUTBOUND, call: CallId = CALL) -> CallCard:
    """A call of the example agency."""
    outbound = side is Direction.OUTBOUND
    return CallCard(
        call_id=call,
        brand=BRAND,
        direction=side,
        script=ScriptRef(f"estate_agency_{side.value}", 0),
        ours=PhoneNumber("+442079460100"),
        theirs=PhoneNumber("+447700900123"),
        opened_at=MONDAY,
        variables={"lead_name": "Emma Carter"} if outbound else {},
    )


def strict_saver() -> InMemorySaver:
    """Checkpoints in memory that rebuild no type beyond LangChain's messages."""
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=None))


@dataclass
class House:
    """A house with fakes at its ports, all of them open to the test."""

    model: ChatModel = field(default_factory=brain)
    calendar: MemoryCalendar = field(default_factory=MemoryCalendar)
    clock: StillClock = field(default_factory=StillClock)
    saver: InMemorySaver = field(default_factory=strict_saver)
    shelf: MemoryScriptShelf = field(default_factory=MemoryScriptShelf)
    rungs: tuple[Rung, ...] = ()  # the models that are asked before ``model``
    cache: ReplyCache | None = None
    limits: Limits | None = None
    book: MemoryTurnBook = field(init=False)
    house: GraphConversationHouse = field(init=False)

    def __post_init__(self) -> None:
        self.book = MemoryTurnBook(self.calendar)
        self.house = self.another()

    def another(self, watchers: Watchers | None = None) -> GraphConversationHouse:
        """The same house in a new process: same book and checkpoints, nothing in memory."""
        return GraphConversationHouse(
            models=LineUp(self.model, self.rungs),
            calendar=self.calendar,
            book=self.book,
            shelf=self.shelf,
            checkpointer=self.saver,
            limits=self.limits,
            cache=self.cache,
            watchers=watchers,
        )

    async def chat(self, side: Direction = Direction.OUTBOUND) -> Chat:
        """A chat of a new call."""
        return await Chat.open(self.house, card(side), self.clock)

    async def talk(self, *lines: str, side: Direction = Direction.OUTBOUND) -> list[Answer]:
        """The answers to the opening and to ``lines``, until the call ends."""
        chat = await self.chat(side)
        answers = [await chat.begin()]
        for line in lines:
            if chat.ended:
                break
            answers.append(await chat.say(line))
        return answers
