"""Where the bench runs: the house of a server, on real services, without voice and doors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata

from agents.lineup import LineUp, Rung
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from agents.providers.script_brain.model import VERSION
from app.bench.talker import NAME, SKU, Talker
from app.checkpoints import PoolSaver, open_saver, serializer
from app.clock import MachineClock, machine_entropy
from app.embedded import embedded_services
from app.live_feed import RedisLiveFeed, live_redis
from app.reply_cache import RedisReplyCache
from app.settings import Settings
from app.storage import Storage, keyring_of, make_ready, open_storage
from core.breaker import Breaker
from core.card import ScriptRef
from core.ids import BrandId
from core.phone import PhoneNumber
from graph.conversation import GraphConversationHouse

SCRIPT: Final = "estate_agency_outbound"
CACHE_S: Final = 600  # longer than a run


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that a call of the bench touches."""

    storage: Storage
    house: GraphConversationHouse
    feed: RedisLiveFeed
    brand: BrandId
    number: PhoneNumber
    script: ScriptRef
    model: LangchainChat
    services: str


class TimedSaver(PoolSaver):
    """The saver of a server, and how long each checkpoint took to write."""

    told: Callable[[float], None] = staticmethod(lambda took_ms: None)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write one checkpoint."""
        begun = time.perf_counter()
        written = await super().aput(config, checkpoint, metadata, new_versions)
        self.told(1000 * (time.perf_counter() - begun))
        return written


@asynccontextmanager
async def open_place(
    settings: Settings, checkpoint_took: Callable[[float], None], *, own_services: bool
) -> AsyncIterator[Place]:
    """Open the place; ``own_services``: a Postgres and a Valkey in a temporary folder.

    Raises:
        ProviderError: a service cannot be reached or started.
        InvalidInputError: the database does not fit this program.
    """
    async with AsyncExitStack() as stack:
        if own_services:
            folder = stack.enter_context(TemporaryDirectory(prefix="parley-bench-"))
            settings = settings.model_copy(
                update={"data_dir": Path(folder), "database_url": None, "redis_url": None}
            )
        database, cache = settings.database_url, settings.redis_url
        embedded = await stack.enter_async_context(
            embedded_services(settings.data_dir, postgres=database is None, valkey=cache is None)
        )
        url = embedded.database_url if database is None else database.get_secret_value()
        keyring, clock = keyring_of(settings), MachineClock()
        owner = f"bench-{machine_entropy(8).hex()}"
        storage = await stack.enter_async_context(
            open_storage(url, keyring, clock, machine_entropy, owner)
        )
        await make_ready(storage, migrate=database is None)
        redis = live_redis(embedded.redis_url if cache is None else cache.get_secret_value())
        stack.push_async_callback(redis.aclose)
        feed = RedisLiveFeed(redis, keyring)
        saver = await stack.enter_async_context(open_saver(url, keyring))
        timed = TimedSaver(saver.conn, serializer(keyring))
        timed.told = checkpoint_took
        model = LangchainChat(Talker(), NAME, SKU)
        brain = LangchainChat(ScriptBrain(), VERSION, takes_brief=True)
        own = await storage.brands.first()
        house = GraphConversationHouse(
            models=LineUp(last=brain, rungs=(Rung(model, Breaker(NAME)),)),
            cache=RedisReplyCache(redis, CACHE_S),
            calendar=storage.diary,
            book=storage.turns,
            shelf=storage.scripts,
            checkpointer=timed,
        )
        place = Place(
            storage=storage,
            house=house,
            feed=feed,
            brand=own.brand.id,
            number=own.number,
            script=await storage.scripts.latest(SCRIPT),
            model=model,
            services=_named(own_database=database is None, own_cache=cache is None),
        )
        loops = await stack.enter_async_context(asyncio.TaskGroup())
        for work, name in ((feed.run(), "live feed"), (house.save_behind(), "checkpoints")):
            stack.callback(loops.create_task(work, name=f"write the {name}").cancel)
        yield place


def _named(*, own_database: bool, own_cache: bool) -> str:
    database = "embedded Postgres" if own_database else "Postgres of DATABASE_URL"
    cache = "embedded Valkey" if own_cache else "cache of REDIS_URL"
    return f"{database}, {cache}"
