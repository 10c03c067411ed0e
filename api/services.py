"""The bundle of things that a route may use; ``app`` builds it, tests fake it."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from api.auth import ApiKeys
from api.orders import CallOrders
from api.rate import RateLimit
from api.stream_counts import StreamCounts
from api.stream_token import StreamTokens
from api.twilio_signature import Doorkeeper
from api.waiting_room import WaitingRoom
from campaigns.dialer import CallOrder, PlacedCall
from compliance.permit import Refusal
from core.call import CallCue, EndReason
from core.card import CallCard
from core.clock import Clock
from core.effects import Json
from core.ids import CallId, CallSid, StreamSid
from core.phone import PhoneNumber
from voice.load import LoadGauge, Places
from voice.ports import CallTransport
from voice.wire.twilio import InboundEvent

ORDERS_A_MINUTE: Final = 60  # of one key: a person or a model that watches a few calls


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the carrier says of a call: once, twice or out of order.

    ``sequence`` counts from 0 for each call. ``reason`` is set only when the call failed to
    happen; a call that was held knows its own end. ``call_id`` is None for a call that came in.
    """

    call_sid: CallSid
    call_id: CallId | None
    sequence: int
    status: str
    cue: CallCue
    reason: EndReason | None
    at: datetime


class CallRegister(Protocol):
    """Where calls begin and what the carrier reports of them is written."""

    async def receive(
        self, call_sid: CallSid, ours: PhoneNumber, theirs: PhoneNumber | None, at: datetime
    ) -> CallCard | None:
        """Open the call that comes in, or find it again by its SID; None: not our number."""
        ...

    async def card(self, call_id: CallId) -> CallCard:
        """The card of a call. Raises NotFoundError."""
        ...

    async def name(self, call_id: CallId, call_sid: CallSid) -> CallCard:
        """The card of a call that we placed, now that the carrier's name for it is known.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call is over, or carries another SID.
        """
        ...

    async def failed(self, call_id: CallId, reason: EndReason, at: datetime) -> None:
        """The call is over before it was held. Idempotent. Raises NotFoundError."""
        ...

    async def follow(self, report: StatusReport) -> None:
        """Take the report in; a repeated or late one changes nothing.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call carries another SID.
        """
        ...


class CallViews(Protocol):
    """Calls as they are shown, in the shape of ``api.schemas.calls``."""

    async def recent(self, limit: int) -> Sequence[Mapping[str, Json]]:
        """The newest calls first."""
        ...

    async def one(self, name: CallId | CallSid) -> Mapping[str, Json] | None:
        """One call in full."""
        ...

    async def recording(self, name: CallId | CallSid) -> str | None:
        """The recording's path, relative to the data directory."""
        ...


class CallDesk(Protocol):
    """Holds live calls."""

    @property
    def live(self) -> int:
        """How many calls are held now."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether one more call may come."""
        ...

    @property
    def is_draining(self) -> bool:
        """Whether no more calls will be taken, as the process is about to end."""
        ...

    async def hold(
        self,
        card: CallCard,
        stream_sid: StreamSid,
        transport: CallTransport,
        incoming: AsyncIterable[InboundEvent],
    ) -> EndReason:
        """Hold one call until it ends; every task of it is over then."""
        ...


class CallDialer(Protocol):
    """Places calls."""

    async def call_once(self, order: CallOrder) -> PlacedCall | Refusal:
        """Ask the gate, then call."""
        ...


class LiveLines(Protocol):
    """The live feed, read back."""

    def follow(self, call_id: CallId, after: str) -> AsyncIterator[tuple[str, str] | None]:
        """The (id, JSON) of each line after ``after`` ("0": from the first), as they come.

        None now and then when nothing comes. Ends after the line ``ended``, when the call is
        over, or when the feed is lost. Cancel-safe: yes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the routes."""

    clock: Clock
    keys: ApiKeys
    register: CallRegister
    views: CallViews
    desk: CallDesk
    dialer: CallDialer
    tokens: StreamTokens
    door: Doorkeeper
    live: LiveLines
    orders: CallOrders
    checks: Mapping[str, Callable[[], Awaitable[None]]]  # raise when not ready
    engines: Callable[[], tuple[str, ...]]  # as they are now: one may stand in for another
    data_dir: Path
    public_base_url: str
    account_sid: str | None = None
    # the language models: which is kept away from turns, and why
    circuits: Callable[[], Sequence[Mapping[str, str]]] = tuple
    # how often an answer was there already; empty without a reply cache
    reply_cache: Callable[[], Mapping[str, float]] = dict
    test_numbers_allowed: bool = False  # Ofcom's drama mobiles, which only an emulator reaches
    counts: StreamCounts = field(default_factory=StreamCounts)
    room: WaitingRoom = field(default_factory=WaitingRoom)
    order_rate: RateLimit = field(default_factory=lambda: RateLimit(ORDERS_A_MINUTE))
    places: Places = field(default_factory=Places)  # of calls whose streams are on their way
    load: LoadGauge = field(default_factory=LoadGauge)  # shown; the desk decides by it
