"""The real gateway on engines of known delay, so that anyone can measure it with their own caller.

Webhook, media stream, voice activity, turn-taking, graph, Postgres and Redis are those of
``parley serve``; only the three engines are stand-ins. By default it runs on services of its own
in a temporary folder, which is gone afterwards.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml
from pydantic import SecretStr

from agents.lineup import LineUp, Rung
from agents.providers.langchain_chat import LangchainChat
from agents.script_loader import load_script, shipped_text
from app.bench.engines import (
    EARS_THREAD,
    MODEL_SKU,
    NAME,
    Delays,
    FindsWords,
    KnownEars,
    KnownModel,
    KnownVoice,
)
from app.bench.words import loud_words, no_words, silero_words
from app.brain import script_brain
from app.brand_facts import facts_of, number_of_ours
from app.clock import MachineClock, machine_entropy
from app.ears import Ears
from app.embedded import embedded_services
from app.engine_room import EngineRoom
from app.server import bind, run_server
from app.settings import Settings
from app.settings_hearing import TurnModelChoice
from app.storage import keyring_of, make_ready, open_storage
from app.turn_model import turn_model
from core.breaker import Breaker
from core.errors import InvalidInputError
from db.numbers import ScriptChoice

HOST: Final = "127.0.0.1"
NUMBER: Final = "+442079460199"  # of those that Ofcom reserves for drama
BASED_ON: Final = "estate_agency_inbound"
COMM_CHARS: Final = 15  # that Linux keeps of a thread's name
NAME_EACH_S: Final = 1.0
SOUND: Final = "sound"
EARS: Final[Mapping[str, FindsWords]] = {  # what the ears take for words
    SOUND: loud_words,  # whatever is loud, for callers on a quiet line
    "speech": silero_words,  # only what is surely a voice, for noise
    "nothing": no_words,
}
OPENING: Final = "Hello, {brand_name}, your automated assistant. This call is recorded."


@dataclass(frozen=True, slots=True)
class ServePlan:
    """What to serve, and where.

    ``cores``: the processors that this process may use, all when empty; the services that it
    starts then take the others. ``ears``: what they take for words, of ``EARS``.
    ``model_apart``: the turn model keeps off ``cores`` as well.
    """

    port: int
    delays: Delays = field(default_factory=Delays)
    cores: frozenset[int] = frozenset()
    own_services: bool = True
    ears: str = SOUND
    has_turn_model: bool = False
    model_apart: bool = False


async def serve_bench(settings: Settings, plan: ServePlan, say: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Raises:
        ProviderError: a service cannot be reached or started.
        InvalidInputError: the address is taken, or there are no such processors.
    """
    _must_be_free(plan.port)
    async with _on_services(settings, plan) as ready:
        pin(plan.cores)
        await _add_number(ready)
        say(f"Calls to {NUMBER} are answered by engines of these delays: {plan.delays}")

        @asynccontextmanager
        async def engines(served: Settings) -> AsyncIterator[EngineRoom]:
            choice = TurnModelChoice.ON if plan.has_turn_model else TurnModelChoice.OFF
            with _off(plan.cores if plan.model_apart else frozenset()):
                judge = turn_model(served.model_copy(update={"turn_model": choice}))
            with_ears = KnownEars(plan.delays.stt_ms, EARS[plan.ears], _aside(plan.cores))
            await asyncio.to_thread(with_ears.warm_up)  # else it starts beside the first calls
            try:
                yield EngineRoom(
                    Ears(with_ears),
                    _models(served, plan.delays),
                    KnownVoice(plan.delays.tts_first_ms),
                    judge,
                )
            finally:
                with_ears.close()
                if judge is not None:
                    judge.close()

        name_threads(asyncio.get_running_loop())
        await run_server(ready, say, engines)


def _must_be_free(port: int) -> None:
    """Asked before services are started. Raises InvalidInputError: the port is taken."""
    try:
        bind(HOST, port).close()
    except InvalidInputError:
        told = f"Port {port} of this machine cannot be had: give another one with --port."
        raise InvalidInputError(told, field="port") from None


def name_threads(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the operating system told of the threads' names, where it can be: see ``use_of``."""
    for thread in threading.enumerate():
        comm = Path(f"/proc/self/task/{thread.native_id}/comm")
        if thread is not threading.main_thread() and comm.exists():
            comm.write_text(thread.name[:COMM_CHARS], encoding="utf-8")
    loop.call_later(NAME_EACH_S, name_threads, loop)


def _aside(cores: frozenset[int]) -> ProcessPoolExecutor:
    """A process for the ears, off ``cores``: what they cost is not the gateway's."""
    others = frozenset(range(os.cpu_count() or 1)) - cores if cores else frozenset[int]()
    return ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=stand_aside, initargs=(others,)
    )


def stand_aside(cores: frozenset[int]) -> None:
    """In the process of the ears: keep to ``cores``, and be known as what it is."""
    pin(cores)
    name = Path("/proc/self/comm")
    if name.exists():
        name.write_text(EARS_THREAD, encoding="utf-8")


@contextmanager
def _off(cores: frozenset[int]) -> Iterator[None]:
    """Threads that are started in here run on other processors than ``cores``."""
    here = os.sched_getaffinity(0)
    others = frozenset(range(os.cpu_count() or 1)) - cores
    if cores and others:
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, here)


def pin(cores: frozenset[int]) -> None:
    """Keep every thread of this process, and those it starts, on ``cores``; empty: as they are."""
    if cores:
        for thread in Path("/proc/self/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


def _models(settings: Settings, delays: Delays) -> LineUp:
    """The known model with the deadlines and the circuit breaker of a vendor's."""
    model = LangchainChat(KnownModel(delays=delays), f"{NAME}/model", MODEL_SKU)
    rung = Rung(
        model,
        Breaker(NAME),
        first_s=settings.llm_first_token_ms / 1000,
        stall_s=settings.llm_stall_ms / 1000,
    )
    return LineUp(last=script_brain(), rungs=(rung,))


@asynccontextmanager
async def _on_services(settings: Settings, plan: ServePlan) -> AsyncIterator[Settings]:
    """The settings to serve with. The services that are started here keep off ``plan.cores``."""
    changed: dict[str, Any] = {
        "host": HOST,
        "port": plan.port,
        "base_url": None,
        "twilio_account_sid": None,
        "twilio_auth_token": None,
        "allow_unsigned": False,  # of this machine only
        "llm_cache_ttl_s": 0,  # every turn asks the model
        "langsmith_tracing": False,
    }
    async with AsyncExitStack() as stack:
        if plan.own_services:
            folder = stack.enter_context(TemporaryDirectory(prefix="parley-bench-"))
            changed |= {"data_dir": Path(folder), "database_url": None, "redis_url": None}
        served = settings.model_copy(update=changed)
        everywhere = os.sched_getaffinity(0) if plan.cores else set[int]()
        pin(frozenset(everywhere - plan.cores))
        services = await stack.enter_async_context(
            embedded_services(
                served.data_dir,
                postgres=served.database_url is None,
                valkey=served.redis_url is None,
            )
        )
        await _bring_up_to_date(served, services.database_url)
        yield served.model_copy(
            update={
                "database_url": served.database_url or SecretStr(services.database_url),
                "redis_url": served.redis_url or SecretStr(services.redis_url),
            }
        )


async def _bring_up_to_date(settings: Settings, own_url: str) -> None:
    """A database of our own gets its tables; another is checked when the house opens it."""
    if settings.database_url is None:
        async with open_storage(
            own_url, keyring_of(settings), MachineClock(), machine_entropy, NAME
        ) as storage:
            await make_ready(storage, migrate=True)


async def _add_number(settings: Settings) -> None:
    """Let calls to ``NUMBER`` come to a brand of the bench, whose opening is short."""
    assert settings.database_url is not None
    text = bench_script()
    number, facts = number_of_ours(NUMBER)
    script = load_script(text)
    async with open_storage(
        settings.database_url.get_secret_value(),
        keyring_of(settings),
        MachineClock(),
        machine_entropy,
        NAME,
    ) as storage:
        await storage.numbers.add(
            number, facts_of(script, None, facts), ScriptChoice(script.name, text), None
        )


def bench_script() -> str:
    """The shipped inbound script under the bench's name, with a short opening; as YAML."""
    script = yaml.safe_load(shipped_text(BASED_ON))
    script["name"] = NAME
    script["brand"]["name"] = NAME
    script["opening"] = [{"say": OPENING, "must_hear": ["automated", "recording"]}]
    return yaml.safe_dump(script, sort_keys=False, allow_unicode=True)
