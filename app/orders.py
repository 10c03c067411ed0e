"""Orders to live calls over Redis streams: from any process to the one that holds the call.

Each process reads one stream, named like the owner in its leases. Whoever gives an order looks up
the owner, adds the order to that stream and waits a moment at a list of the order's own for the
answer. An order is claimed before it is carried out or given up, by whichever side comes first:
so it is carried out at most once, and one that got no answer in time is surely not carried out
later. Orders hold words to be said, so they are sealed, together with the moment they were given:
whoever can write to Redis cannot have an old one said again. Ages are told by Redis's own clock.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Awaitable
from typing import Final, Protocol, TypeAlias, cast
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from redis.typing import EncodableT, FieldT

from api.orders import OrderAnswer
from app.loops import is_cancelled
from core.clock import Entropy
from core.errors import InvalidInputError, ParleyError
from core.ids import CallId, CallSid
from db.crypto import Keyring
from db.queries.holders import Holding

ANSWER_S: Final = 2.0  # whoever gives an order waits for it, with a caller on the line
REDIS_S: Final = 2.0  # a cache that is slower than this is down
OLDEST_MS: Final = 5000  # later than this the conversation has moved on
KEEP_S: Final = 60  # an order, its claim and its answer: far longer than they matter
STREAM_ORDERS: Final = 1000  # of one process; nobody gives so many in a minute
AT_ONCE: Final = 20
BLOCK_MS: Final = 1000  # how long one read waits
PAUSE_S: Final = 1.0  # between attempts while Redis is down
NAME_BYTES: Final = 16  # of an order's random name

TAKEN: Final = OrderAnswer(taken=True, why="The agent has the words.")
NOT_HELD: Final = OrderAnswer(taken=False, why="The call is over.")
NO_ROOM: Final = OrderAnswer(taken=False, why="The call is ending or has too much to say already.")
TOO_LATE: Final = OrderAnswer(taken=False, why="The order came too late; nothing was said.")
UNKNOWN: Final = OrderAnswer(taken=False, why="There is no such call.")
NOT_YET: Final = OrderAnswer(
    taken=False, why="The call is not being held: nobody has answered yet."
)
NO_CACHE: Final = OrderAnswer(
    taken=False, why="The order could not be sent: Redis cannot be reached."
)
NO_WORD: Final = OrderAnswer(
    taken=False, why="Redis was lost while the order was on its way; it may have been carried out."
)
NO_ANSWER: Final = OrderAnswer(
    taken=False, why="The process that holds the call does not answer. Nothing was said."
)
UNCONFIRMED: Final = OrderAnswer(
    taken=False, why="The order was received but not confirmed; it may have been carried out."
)
NO_DATABASE: Final = OrderAnswer(
    taken=False, why="The call could not be looked up: the database cannot be reached."
)

Fields: TypeAlias = "dict[FieldT, EncodableT]"  # of one entry of a stream

log = structlog.get_logger(__name__)


class Holders(Protocol):
    """Knows which process holds a call."""

    async def of(self, name: CallId | CallSid) -> Holding | None:
        """Who holds the call; None: there is no such call."""
        ...


class OrderDesk(Protocol):
    """Where calls are held: ``voice.desk.Desk``."""

    def order(self, call_id: CallId, text: str, *, ends_call: bool) -> bool:
        """Have the agent say ``text``; False: the call is not held here, is ending or is full."""
        ...


class RedisOrders:
    """Gives orders: ``api.services.CallOrders``."""

    def __init__(self, redis: Redis, keyring: Keyring, holders: Holders, entropy: Entropy) -> None:
        self._redis = redis
        self._keyring = keyring
        self._holders = holders
        self._entropy = entropy

    async def give(self, name: CallId | CallSid, text: str, *, ends_call: bool) -> OrderAnswer:
        """See ``api.orders.CallOrders``."""
        try:
            holding = await self._holders.of(name)
        except (ParleyError, OSError) as error:
            log.warning("order not given", why=str(error))
            return NO_DATABASE
        if holding is None:
            return UNKNOWN
        if holding.is_over:
            return NOT_HELD
        if holding.owner is None:
            return NOT_YET
        order = self._entropy(NAME_BYTES).hex()
        told = {"call_id": str(holding.call_id), "text": text, "ends_call": ends_call}
        try:
            unsent = await self._send(holding.owner, order, told)
            return unsent or await self._answer(order)
        except (RedisError, OSError):
            return NO_WORD

    async def _send(self, owner: str, order: str, told: dict[str, object]) -> OrderAnswer | None:
        """Add the order to its stream; or say what is known of it, when Redis was lost meanwhile.

        Raises RedisError or OSError: nothing is known; it may have arrived.
        """
        stream = _stream(owner)
        given_ms = None
        try:
            async with asyncio.timeout(REDIS_S), self._redis.pipeline(transaction=True) as pipe:
                given_ms = await _now_ms(self._redis)
                pipe.xadd(
                    stream,
                    self._sealed(order, {**told, "given_ms": given_ms}),
                    maxlen=STREAM_ORDERS,
                    approximate=True,
                )
                pipe.expire(stream, KEEP_S)
                await pipe.execute()
        except (RedisError, OSError):
            if given_ms is None:
                return NO_CACHE
            async with asyncio.timeout(REDIS_S):  # it may have arrived, and been carried out
                return NO_CACHE if await _claim(self._redis, order) else UNCONFIRMED
        return None

    def _sealed(self, order: str, told: dict[str, object]) -> Fields:
        sealed = self._keyring.seal(json.dumps(told).encode(), _place(order))
        return {"order": order, "sealed": base64.b64encode(sealed).decode()}

    async def _answer(self, order: str) -> OrderAnswer:
        """Wait for the answer; without one in time, make sure that none will come."""
        async with asyncio.timeout(ANSWER_S + REDIS_S):
            found = await cast(
                "Awaitable[tuple[str, str] | None]",
                self._redis.blpop([_answers(order)], timeout=ANSWER_S),
            )
            if found is not None:
                told = json.loads(found[1])
                return OrderAnswer(taken=told["taken"], why=told["why"])
            given_up = await _claim(self._redis, order)
        return NO_ANSWER if given_up else UNCONFIRMED


class OrderTaker:
    """Takes the orders to the calls of this process. ``run`` must be running."""

    def __init__(self, redis: Redis, keyring: Keyring, owner: str, desk: OrderDesk) -> None:
        """``owner``: the name under which this process holds calls, new with every start."""
        self._redis = redis
        self._keyring = keyring
        self._stream = _stream(owner)
        self._desk = desk
        self._last = "0-0"  # nobody can have given orders to this name before

    async def run(self) -> None:
        """Carry out orders as they come, until cancelled."""
        down = False
        while not is_cancelled():
            try:
                await self._take_some()
                down = False
            except (RedisError, OSError):
                if not down:
                    log.warning("orders cannot be read")
                down = True
                await asyncio.sleep(PAUSE_S)

    async def _take_some(self) -> None:
        async with asyncio.timeout(BLOCK_MS / 1000 + REDIS_S):
            found = await self._redis.xread({self._stream: self._last}, AT_ONCE, BLOCK_MS)
        streams = cast("list[tuple[str, list[tuple[str, dict[str, str]]]]]", found)
        for _, entries in streams:
            for name, fields in entries:
                self._last = name  # before all else: whatever happens, it is not read again
                await self._take(fields)

    async def _take(self, fields: dict[str, str]) -> None:
        order = fields.get("order", "")
        async with asyncio.timeout(REDIS_S):
            if not order or not await _claim(self._redis, order):
                return
            now_ms = await _now_ms(self._redis)
        answer = self._carry_out(order, fields, now_ms)
        key = _answers(order)
        told = json.dumps({"taken": answer.taken, "why": answer.why})
        async with asyncio.timeout(REDIS_S), self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(key, told)
            pipe.expire(key, KEEP_S)
            await pipe.execute()

    def _carry_out(self, order: str, fields: dict[str, str], now_ms: int) -> OrderAnswer:
        try:
            sealed = base64.b64decode(fields.get("sealed", ""), validate=True)
            told = json.loads(self._keyring.open(sealed, _place(order)))
        except (InvalidInputError, binascii.Error) as error:
            log.warning("order cannot be opened", fault=str(error))
            return OrderAnswer(
                taken=False, why="The processes have different keys (PARLEY_KEY). Nothing was said."
            )
        if abs(now_ms - told["given_ms"]) > OLDEST_MS:
            return TOO_LATE
        taken = self._desk.order(
            CallId(UUID(told["call_id"])), told["text"], ends_call=told["ends_call"]
        )
        return TAKEN if taken else NO_ROOM


async def _claim(redis: Redis, order: str) -> bool:
    """Whether the order is ours to carry out, or to give up: true once."""
    claimed = await redis.set(f"parley:order:{order}:claim", "1", nx=True, ex=KEEP_S)
    return bool(claimed)


async def _now_ms(redis: Redis) -> int:
    """Redis's time: one clock for every process."""
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


def _stream(owner: str) -> str:
    return f"parley:orders:{owner}"


def _answers(order: str) -> str:
    return f"parley:order:{order}:answer"


def _place(order: str) -> str:
    return f"orders/{order}"
