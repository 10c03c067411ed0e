"""The brain: do the language models that are set answer, and how soon comes the first word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import httpx

from agents.vendor import Checkup, Condition
from app.brain_vendors import Candidate, candidates
from app.doctor.check import Check, in_short
from app.doctor.finding import Finding, Findings, fail, ok, skip, warn
from app.settings import Settings
from app.settings_brain import LlmProvider
from core.errors import ProviderError

LOOK_S: Final = 4.0
SPEED_S: Final = 90.0  # a model that is not in memory yet is loaded first
QUESTION: Final = "Answer with the one word: yes."
PAID: Final = "Run: parley doctor --try-models"
HAVE_ONE: Final = (
    "For freer conversations set GROQ_API_KEY (console.groq.com), or start Ollama: `ollama serve`, "
    "then `ollama pull {model}`."
)
SLOW: Final = {
    LlmProvider.GROQ: "Set GROQ_MODEL to a quicker model, such as openai/gpt-oss-20b, or raise "
    "LLM_FIRST_TOKEN_MS.",
    LlmProvider.OLLAMA: "Set OLLAMA_MODEL to a smaller model, such as llama3.2:3b, or raise "
    "LLM_FIRST_TOKEN_MS.",
}
LANGSMITH: Final = "See that LANGSMITH_ENDPOINT and LANGSMITH_API_KEY are right."


def checks(settings: Settings, *, asks_paid_models: bool) -> list[Check]:
    """The checks of this group."""
    found = candidates(settings)

    well: set[LlmProvider] = set()  # filled before anything is measured

    async def models() -> Findings:
        looked = [(each, await _look(each)) for each in found]
        well.update(each.provider for each, checkup in looked if checkup.ok)
        return models_found(looked, settings)

    def speed(candidate: Candidate) -> Check:
        async def run() -> Findings:
            if candidate.provider not in well:
                return ()  # the line of the vendor says why
            if candidate.provider is LlmProvider.GROQ and not asks_paid_models:
                why = "not asked for an answer, which costs a little"
                return (skip(_speed_name(candidate), why, PAID),)
            return (await _speed(candidate, settings),)

        remedy = SLOW[candidate.provider]
        return Check(_speed_name(candidate), run, remedy, SPEED_S, measures=True)

    async def langsmith() -> Findings:
        return (await _langsmith(settings),)

    return [
        Check("Models", models, "Set LLM_PROVIDER=script to do without models.", LOOK_S * 3),
        *(speed(each) for each in found),
        Check("LangSmith", langsmith, LANGSMITH, LOOK_S * 2),
    ]


def name_of(candidate: Candidate) -> str:
    """The vendor as people write it."""
    return candidate.provider.value.capitalize()


def _speed_name(candidate: Candidate) -> str:
    return f"{name_of(candidate)} speed"


async def _look(candidate: Candidate) -> Checkup:
    try:
        async with asyncio.timeout(LOOK_S):
            return await candidate.check()
    except TimeoutError:
        name = name_of(candidate)
        problem = f"{name} did not answer within {LOOK_S:g} s."
        remedy = f"See that {name.upper()}_BASE_URL is right and the server is well."
        return Checkup(candidate.provider.value, Condition.UNREACHABLE, problem, remedy)


def models_found(found: Sequence[tuple[Candidate, Checkup]], settings: Settings) -> Findings:
    """What each vendor's checkup means for calls."""
    if not found:
        what = "LLM_PROVIDER=script: the script is followed word for word, no model is asked"
        return (skip("Models", what, "For freer conversations set LLM_PROVIDER=auto."),)
    any_ready = any(checkup.ok for _, checkup in found)
    return [_model_found(*each, settings, any_ready=any_ready) for each in found]


def _model_found(
    candidate: Candidate, checkup: Checkup, settings: Settings, *, any_ready: bool
) -> Finding:
    name = name_of(candidate)
    if checkup.ok:
        models = dict.fromkeys((candidate.usual, *candidate.others.values()))
        return ok(name, f"answers and has {', '.join(models)}")
    # A key, or the vendor's name in LLM_PROVIDER, says that somebody counts on it.
    if candidate.has_key or settings.llm_provider is candidate.provider:
        return fail(name, checkup.problem, checkup.remedy)
    if checkup.condition is not Condition.UNREACHABLE:
        return warn(name, checkup.problem, checkup.remedy)
    if any_ready:
        return skip(name, f"{checkup.problem} Not needed: another model answers, then the script")
    return warn(
        name,
        f"{checkup.problem} The script answers every turn, word for word",
        HAVE_ONE.format(model=settings.ollama_model),
    )


async def _speed(candidate: Candidate, settings: Settings) -> Finding:
    """How soon the usual model says its first word."""
    name, model = name_of(candidate), candidate.usual
    async with candidate.open() as vendor:
        answer = candidate.build(vendor, model, settings.llm_temperature)
        first_ms = None
        try:
            await vendor.warm_up()
            began = time.perf_counter()
            async with vendor.turn():
                async for piece in answer.astream(QUESTION):
                    if first_ms is None and piece.content:
                        first_ms = (time.perf_counter() - began) * 1000
        except ProviderError as error:
            return fault_found(_speed_name(candidate), error)
        except Exception as error:  # noqa: BLE001  whatever the library raises, the vendor knows
            return fault_found(_speed_name(candidate), vendor.fault(error, model))
    return speed_found(name, model, first_ms, settings.llm_first_token_ms)


def fault_found(name: str, fault: ProviderError) -> Finding:
    """The vendor did not answer; a fault that lasts says itself what to do."""
    if not fault.retryable:
        return fail(name, in_short(fault), "Do what it says, then run: parley doctor --try-models")
    wait = "in a minute" if fault.retry_after_s is None else f"in {fault.retry_after_s:.0f} s"
    return fail(name, in_short(fault), f"Ask again {wait}: parley doctor --try-models")


def speed_found(name: str, model: str, first_ms: float | None, limit_ms: int) -> Finding:
    """A short question was answered; ``first_ms``: None for an answer without a word."""
    remedy = SLOW[LlmProvider(name.lower())]
    if first_ms is None:
        return fail(f"{name} speed", f"{model} answered a short question with nothing", remedy)
    what = (
        f"{model} began its answer to a short question after {first_ms:.0f} ms "
        f"(LLM_FIRST_TOKEN_MS={limit_ms}); the question of a call is longer"
    )
    if first_ms > limit_ms:
        late = f"{what}; so late, the next model or the script answers instead"
        return warn(f"{name} speed", late, remedy)
    return ok(f"{name} speed", what)


async def _langsmith(settings: Settings) -> Finding:
    if not settings.langsmith_tracing:
        return skip("LangSmith", "off: no conversation leaves for it (LANGSMITH_TRACING=false)")
    key = settings.langsmith_api_key
    try:
        async with httpx.AsyncClient(timeout=LOOK_S * 1.5) as http:
            answer = await http.get(
                f"{settings.langsmith_endpoint}/sessions",
                params={"limit": "1"},
                headers={"x-api-key": key.get_secret_value() if key else ""},
            )
    except httpx.HTTPError as error:
        what = f"{settings.langsmith_endpoint} does not answer ({in_short(error)})"
        return warn("LangSmith", f"{what}; calls go on without traces", LANGSMITH)
    if not answer.is_success:
        refuses = answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        said = (
            f"refuses the key ({answer.status_code})"
            if refuses
            else f"answered {answer.status_code}"
        )
        what = f"{settings.langsmith_endpoint} {said}"
        return warn("LangSmith", f"{what}; calls go on without traces", LANGSMITH)
    return ok(
        "LangSmith",
        f"takes the key: what callers say goes to {settings.langsmith_endpoint} as "
        f"{settings.langsmith_project!r}; tell them",
    )
