"""The brain of a server: which language models answer, in which order, and how they are.

A model that works is asked before the script brain, which is always the last. A wrong key or a
missing model is told at start; a server that is only unreachable may come back, so breakers
decide about it turn by turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog

from agents.agent import Role
from agents.brief import Brief
from agents.lineup import LineUp, Rung
from agents.ports import ChatModel, ModelPiece
from agents.providers.langchain_chat import LangchainChat
from agents.providers.script_brain import ScriptBrain
from agents.providers.script_brain.model import VERSION
from agents.vendor import Checkup, Condition, Vendor
from app.brain_vendors import Candidate, candidates
from app.settings_brain import BrainSettings, LlmProvider
from core.breaker import Breaker, Circuit
from core.errors import InvalidInputError, ProviderError

CHECK_S: Final = 2.0  # a start waits no longer for a vendor
LOOK_S: Final = 1.0  # how often circuits are looked at for the log

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A model whose faults are told to the operator, with what to do about them."""

    model: ChatModel

    @property
    def name(self) -> str:
        """The model's own."""
        return self.model.name

    async def answer(self, brief: Brief) -> AsyncIterator[ModelPiece]:
        """As the model answers."""
        try:
            async with aclosing(cast("Any", self.model.answer(brief))) as pieces:
                async for piece in pieces:
                    yield piece
        except ProviderError as error:  # vendors' ways keep secrets and callers' words out of it
            log.warning("model fault", model=self.name, fault=str(error))
            raise


def script_brain() -> ChatModel:
    """The model that needs neither network nor key."""
    return LangchainChat(ScriptBrain(), VERSION, takes_brief=True)


@asynccontextmanager
async def line_up(settings: BrainSettings) -> AsyncIterator[LineUp]:
    """The models that the settings ask for and that work; the script brain is the last of them.

    Warms them up in the background, and logs when a circuit opens or closes.

    Raises:
        InvalidInputError: the model that was asked for has a wrong key or does not exist.
    """
    async with AsyncExitStack() as stack:
        found = candidates(settings)
        if not found:  # nothing to check, to warm up or to watch
            yield LineUp(last=script_brain())
            return
        checkups = await _check(found)
        chosen = [
            (each, await stack.enter_async_context(each.open()))
            for each, checkup in zip(found, checkups, strict=True)
            if _is_in(settings.llm_provider, each, checkup)
        ]
        models = LineUp(
            last=script_brain(),
            rungs=tuple(rung_of(settings, each, vendor) for each, vendor in chosen),
        )
        failure: Exception | None = None
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(_warm_up(vendor), name=f"warm up {vendor.name}")
                for _, vendor in chosen
            ]
            running.append(group.create_task(_watch(models), name="watch circuits"))
            try:
                yield models
            except Exception as error:  # noqa: BLE001  raised below: a group would wrap it
                failure = error
            finally:
                for task in running:
                    task.cancel()
        if failure is not None:
            raise failure


def circuits(models: LineUp) -> list[dict[str, str]]:
    """Each model of the line-up that can fail: its circuit, and why it is not closed."""
    now = asyncio.get_running_loop().time()  # the clock by which breakers rest
    return [
        {
            "model": rung.model.name,
            "circuit": rung.breaker.circuit(now).value,
            "reason": rung.breaker.reason,
        }
        for rung in models.rungs
        if rung.breaker is not None
    ]


async def _check(found: Sequence[Candidate]) -> list[Checkup]:
    """All at the same time, each within its time."""
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_check_one(each), name="check a model") for each in found]
    return [task.result() for task in asked]


async def _check_one(candidate: Candidate) -> Checkup:
    name = candidate.provider.value
    try:
        async with asyncio.timeout(CHECK_S):
            return await candidate.check()
    except TimeoutError:
        problem = f"{name.capitalize()} did not answer within {CHECK_S:g} s."
        return Checkup(name, Condition.UNREACHABLE, problem, "Check its address.")


def _is_in(wanted: LlmProvider, candidate: Candidate, checkup: Checkup) -> bool:
    """Whether the vendor is asked at all. Raises InvalidInputError when it must and cannot be."""
    if checkup.ok:
        return True
    asked_for = wanted is candidate.provider
    if asked_for and checkup.needs_somebody:
        raise InvalidInputError(
            f"LLM_PROVIDER={wanted}: {checkup.problem} {checkup.remedy}", field="LLM_PROVIDER"
        )
    stays = checkup.condition is Condition.UNREACHABLE and (asked_for or candidate.has_key)
    told = stays or checkup.needs_somebody  # nobody asked for an Ollama that is not there
    (log.warning if told else log.info)(
        "model not ready",
        provider=candidate.provider.value,
        problem=checkup.problem,
        remedy=checkup.remedy,
        left_out=not stays,
    )
    return stays


def rung_of(settings: BrainSettings, candidate: Candidate, vendor: Vendor) -> Rung:
    """The models of a vendor as one rung of the line-up."""
    made: dict[tuple[str, float], ChatModel] = {}

    def model(role: Role | None) -> ChatModel:
        name, temperature = candidate.model_of(role), settings.llm_temperature
        if role is not None:
            temperature = settings.llm_agent_temperatures.get(role, temperature)
        if (name, temperature) not in made:
            chat = LangchainChat(
                candidate.build(vendor, name, temperature),
                f"{vendor.name}/{name}",
                sku=candidate.sku(name),
                vendor=vendor,
                context_tokens=settings.llm_context_tokens,
            )
            made[name, temperature] = Told(chat)
        return made[name, temperature]

    return Rung(
        model(None),
        Breaker(vendor.name),
        first_s=settings.llm_first_token_ms / 1000,
        stall_s=settings.llm_stall_ms / 1000,
        by_role={role: model(role) for role in Role},
    )


async def _warm_up(vendor: Vendor) -> None:
    try:
        await vendor.warm_up()
    except ProviderError as error:
        log.warning("model not warm", provider=vendor.name, error=str(error))


async def _watch(models: LineUp) -> None:
    """A line in the log whenever a circuit has changed."""
    known = {each["model"]: Circuit.CLOSED.value for each in circuits(models)}
    while True:
        for each in circuits(models):
            if each["circuit"] != known[each["model"]]:
                tell: Callable[..., Any] = (
                    log.info if each["circuit"] == Circuit.CLOSED else log.warning
                )
                tell("circuit changed", **each)
                known[each["model"]] = each["circuit"]
        await asyncio.sleep(LOOK_S)
