"""The map of the program: opens pools, builds adapters, and joins the engines.

Read from top to bottom: services of the machine, the database, the three engines (campaigns,
voice, graph), and the doors. Everything that is opened here is closed here, in reverse.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog
from redis.asyncio import Redis
from sqlalchemy import text

from api.services import Services
from api.stream_token import StreamTokens
from api.twilio_signature import Doorkeeper
from app.brain import circuits
from app.clock import MachineClock, machine_entropy
from app.conversations import conversation_house
from app.ears import LocalTranscriber, timeout_s
from app.embedded import embedded_services
from app.engine_room import OpensEngines, engines_of
from app.fixed_lines import warm_fixed_lines
from app.keys import Keys
from app.live_feed import RedisLiveFeed, RedisLiveLines, live_redis
from app.long_lived import keep_from_collector, share_the_interpreter
from app.loops import keep_doing
from app.orders import OrderTaker, RedisOrders
from app.orphans import OrphanSweep
from app.owner import own_calls
from app.recordings import RecordingRetention, folder_of
from app.reply_cache import RedisReplyCache
from app.settings import Settings
from app.storage import Storage, keyring_of, make_ready, open_storage, secret_of
from app.tracing import open_tracing
from app.turn_taking import limits_of, patience_of
from campaigns.dialer import Dialer
from core.ids import VoiceName
from voice.config import VoiceConfig
from voice.desk import Desk
from voice.line_cache import LineCache
from voice.load import LoadGauge, Places
from voice.providers.carrier_twilio import NoCarrier, TwilioCarrier, TwilioConfig, twilio_carrier
from voice.vad import SharedVad

RENEW_S: Final = 10.0  # a lease lasts 30 s: two renewals may be missed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """The whole program, open. ``first_key`` is set once in the life of an installation."""

    services: Services
    desk: Desk
    first_key: str | None
    embedded: tuple[str, ...]  # which servers are our own
    note: str = ""  # what whoever starts the server should know


@asynccontextmanager
async def open_house(
    settings: Settings, open_engines: OpensEngines = engines_of
) -> AsyncIterator[House]:
    """Open everything that a server needs, and close it again.

    Raises:
        InvalidInputError: a setting does not fit what is there; the message says what to do.
        ProviderError: a service cannot be reached or started.
    """
    clock, entropy = MachineClock(), machine_entropy
    async with AsyncExitStack() as stack:
        # The services of the machine
        embedded = await stack.enter_async_context(
            embedded_services(
                settings.data_dir,
                postgres=settings.database_url is None,
                valkey=settings.redis_url is None,
            )
        )
        database_url = (
            settings.database_url.get_secret_value()
            if settings.database_url is not None
            else embedded.database_url
        )
        redis_url = (
            settings.redis_url.get_secret_value()
            if settings.redis_url is not None
            else embedded.redis_url
        )
        owner = stack.enter_context(own_calls(settings.data_dir, entropy))
        keyring = keyring_of(settings)

        # The database and the cache
        storage = await stack.enter_async_context(
            open_storage(database_url, keyring, clock, entropy, owner.name)
        )
        await make_ready(storage, migrate=settings.database_url is None)
        redis = live_redis(redis_url)
        stack.push_async_callback(redis.aclose)
        feed = RedisLiveFeed(redis, keyring)

        # The engines: voice with its carrier, graph with its checkpoints, campaigns
        room = await stack.enter_async_context(open_engines(settings))
        transcriber, models = room.hearing.transcriber, room.models
        carrier = await _carrier(settings, stack)
        cache = RedisReplyCache(redis, settings.llm_cache_ttl_s)
        house = await stack.enter_async_context(
            conversation_house(
                storage,
                models,
                cache if settings.llm_cache_ttl_s else None,
                await stack.enter_async_context(open_tracing(settings)),
                limits_of(settings),
            )
        )
        gauge, places, lines = LoadGauge(), Places(), LineCache()
        desk = Desk(
            house=house,
            transcriber=transcriber,
            synthesizer=room.synthesizer,
            vad=await asyncio.to_thread(SharedVad),
            carrier=carrier if isinstance(carrier, TwilioCarrier) else None,
            log=storage.log,
            feed=feed,
            clock=clock,
            config=VoiceConfig(
                voice=VoiceName(settings.voice),
                patience=replace(patience_of(settings), turn_model=room.turn_model is not None),
                record_to=folder_of(settings.data_dir) if settings.record_calls else None,
                seal=keyring.seal,
                transcribe_timeout_s=timeout_s(settings),
            ),
            turn_model=room.turn_model,
            lines=lines,
            gauge=gauge,
            places=places,
        )
        dialer = Dialer(
            lines=storage.brands,
            book=storage.calls,
            placer=carrier,
            own_numbers=frozenset(settings.own_numbers),
            clock=clock,
            entropy=entropy,
        )

        # The doors
        token = settings.twilio_auth_token
        keys = Keys(storage.keys, entropy)
        services = Services(
            clock=clock,
            keys=keys,
            register=storage.calls,
            views=storage.views,
            desk=desk,
            dialer=dialer,
            tokens=StreamTokens(secret_of(keyring, "stream token"), storage.tokens, clock, entropy),
            door=Doorkeeper(
                settings.public_base_url,
                None if token is None else token.get_secret_value(),
                settings.allow_unsigned,
            ),
            live=RedisLiveLines(redis, keyring, storage.calls.is_over),
            orders=RedisOrders(redis, keyring, storage.holders, entropy),
            checks={
                "database": lambda: _ask_database(storage),
                "cache": lambda: _ask_cache(redis),
                "hearing": lambda: _ask_ears(transcriber),
            },
            engines=lambda: desk.engines,
            circuits=lambda: circuits(models),
            reply_cache=dict if house.replies is None else house.replies.counts,
            data_dir=settings.data_dir,
            public_base_url=settings.public_base_url,
            account_sid=settings.twilio_account_sid,
            test_numbers_allowed=not settings.uses_real_carrier,
            load=gauge,
            places=places,
        )
        first_key = await keys.make_first()
        keep_from_collector()
        share_the_interpreter()
        async with asyncio.TaskGroup() as loops:
            running = [
                loops.create_task(_warm_up(transcriber), name="warm up hearing"),
                loops.create_task(feed.run(), name="write the live feed"),
                loops.create_task(
                    OrderTaker(redis, keyring, owner.name, desk).run(), name="take orders"
                ),
                loops.create_task(gauge.run(), name="gauge the load"),
                loops.create_task(
                    warm_fixed_lines(
                        storage.scripts, lines, room.synthesizer, VoiceName(settings.voice)
                    ),
                    name="voice fixed lines",
                ),
                loops.create_task(house.save_behind(), name="save checkpoints"),
                loops.create_task(_keep_leases(storage, desk), name="keep leases"),
                loops.create_task(
                    keep_doing(OrphanSweep(storage.log, clock, owner.dead).loop),
                    name="close orphaned calls",
                ),
                loops.create_task(
                    keep_doing(_retention(settings, storage).loop), name="delete old recordings"
                ),
            ]
            try:
                yield House(
                    services,
                    desk,
                    first_key,
                    tuple(
                        name
                        for name, url in (
                            ("Postgres", settings.database_url),
                            ("Valkey", settings.redis_url),
                        )
                        if url is None
                    ),
                    room.hearing.note,
                )
            finally:
                for task in running:
                    task.cancel()


async def _carrier(settings: Settings, stack: AsyncExitStack) -> TwilioCarrier | NoCarrier:
    account, token = settings.twilio_account_sid, settings.twilio_auth_token
    if account is None or token is None:
        return NoCarrier()
    config = TwilioConfig(
        account_sid=account,
        auth_token=token.get_secret_value(),
        public_base_url=settings.public_base_url,
        api_base_url=settings.twilio_api_base_url,
    )
    return await stack.enter_async_context(twilio_carrier(config))


def _retention(settings: Settings, storage: Storage) -> RecordingRetention:
    """Also where calls are not recorded any more: what there is grows old."""
    kept = timedelta(days=settings.recordings_kept_days)
    return RecordingRetention(folder_of(settings.data_dir), kept, storage.calls, storage.clock)


async def _keep_leases(storage: Storage, desk: Desk) -> None:
    """Renew the leases of the calls at ``desk`` for as long as it lives."""
    while True:
        await asyncio.sleep(RENEW_S)
        try:
            await storage.log.renew(desk.call_ids)
        except Exception:
            log.exception("leases not renewed")


async def _warm_up(transcriber: LocalTranscriber) -> None:
    """Load the model before the first caller speaks."""
    try:
        await asyncio.to_thread(transcriber.warm_up)
    except Exception:
        # Calls go on; each decode tries again.
        log.exception("hearing not ready", remedy="Run 'parley doctor': it says what is missing.")


async def _ask_ears(transcriber: LocalTranscriber) -> None:
    transcriber.check()


async def _ask_database(storage: Storage) -> None:
    async with storage.units.begin() as session:
        await session.execute(text("select 1"))


async def _ask_cache(redis: Redis) -> None:
    await redis.ping()
