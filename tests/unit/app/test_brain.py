"""The line-up of models: who is asked, who is left out, and when a start is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import structlog

from agents.agent import Role
from agents.lineup import LineUp, Rung
from agents.providers.script_brain.model import VERSION
from app.brain import circuits, line_up
from app.settings import Settings, load_settings
from core.breaker import Breaker
from core.errors import InvalidInputError, ProviderError
from tests.bare_environment import unset_all
from tests.contracts.houses import a_brief
from tests.fakes.groq_server import KEY, GroqServer, groq_server
from tests.fakes.model_plays import Handler, Refuses, says
from tests.fakes.ollama_server import OllamaServer, ollama_server

NOBODY = "http://127.0.0.1:9"  # the discard port: refuses at once
GROQ, OLLAMA = "groq/openai/gpt-oss-120b", "ollama/llama3.1:8b"
YES: Handler = lambda asked: says("Yes.")  # noqa: E731


class Street:
    """Both servers, and the settings that lead to them."""

    def __init__(
        self, groq: GroqServer, ollama: OllamaServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.groq = groq
        self.ollama = ollama
        self._monkeypatch = monkeypatch

    def settings(self, **given: str) -> Settings:
        """Both servers set, and what is given."""
        names = {"GROQ_BASE_URL": self.groq.url, "OLLAMA_BASE_URL": self.ollama.url}
        unset_all(self._monkeypatch)
        for name, value in {**names, **given}.items():
            self._monkeypatch.setenv(name, value)
        return load_settings(None)


@pytest.fixture
async def street(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        yield Street(
            await stack.enter_async_context(groq_server(YES)),
            await stack.enter_async_context(ollama_server(YES)),
            monkeypatch,
        )


def names(models: LineUp) -> list[str]:
    """The models in their order."""
    return [*(rung.model.name for rung in models.rungs), models.last.name]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [OLLAMA]),
        ({"GROQ_API_KEY": KEY}, [GROQ, OLLAMA]),
        ({"LLM_PROVIDER": "groq", "GROQ_API_KEY": KEY}, [GROQ, OLLAMA]),
        ({"LLM_PROVIDER": "ollama", "GROQ_API_KEY": KEY}, [OLLAMA, GROQ]),
        ({"LLM_PROVIDER": "ollama"}, [OLLAMA]),
        ({"LLM_PROVIDER": "script", "GROQ_API_KEY": KEY}, []),
        ({"OLLAMA_BASE_URL": NOBODY}, []),
        ({"GROQ_API_KEY": KEY, "OLLAMA_BASE_URL": NOBODY}, [GROQ]),
        ({"OLLAMA_MODEL": "missing"}, []),
        ({"GROQ_API_KEY": "gsk_wrong"}, [OLLAMA]),
        ({"GROQ_API_KEY": KEY, "GROQ_MODEL": "missing"}, [OLLAMA]),
        ({"GROQ_API_KEY": KEY, "GROQ_BASE_URL": NOBODY}, [GROQ, OLLAMA]),
        ({"LLM_PROVIDER": "groq", "GROQ_API_KEY": KEY, "GROQ_BASE_URL": NOBODY}, [GROQ, OLLAMA]),
        ({"LLM_PROVIDER": "ollama", "OLLAMA_BASE_URL": NOBODY}, [OLLAMA]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
async def test_who_is_asked_in_which_order(
    street: Street, given: dict[str, str], expected: list[str]
) -> None:
    async with line_up(street.settings(**given)) as models:
        assert names(models) == [*expected, VERSION]


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"LLM_PROVIDER": "groq", "GROQ_API_KEY": "gsk_wrong"}, "GROQ_API_KEY"),
        ({"LLM_PROVIDER": "groq", "GROQ_API_KEY": KEY, "GROQ_MODEL": "x"}, "GROQ_MODEL"),
        ({"LLM_PROVIDER": "ollama", "OLLAMA_MODEL": "x"}, "ollama pull x"),
        (
            {"LLM_PROVIDER": "ollama", "OLLAMA_AGENT_MODELS": "objection=llama3.2:3b"},
            "ollama pull llama3.2:3b",
        ),
    ],
    ids=["key", "groq model", "ollama model", "an agent's model"],
)
async def test_a_start_is_refused_with_what_to_do(
    street: Street, given: dict[str, str], remedy: str
) -> None:
    with pytest.raises(InvalidInputError, match=remedy) as caught:
        async with line_up(street.settings(**given)):
            pytest.fail("it must not start")
    assert "gsk_" not in str(caught.value)


async def test_a_server_that_hangs_holds_no_start_up(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.brain.CHECK_S", 0.05)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.transport.abort()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        given = {"LLM_PROVIDER": "groq", "GROQ_API_KEY": KEY, "GROQ_BASE_URL": url}
        settings = street.settings(**given, OLLAMA_BASE_URL=url)
        with structlog.testing.capture_logs() as logs:
            async with line_up(settings) as models:
                assert names(models) == [GROQ, VERSION]
        assert "Groq did not answer within 0.05 s." in [each.get("problem") for each in logs]


async def test_times_and_agents_models_come_from_the_settings(street: Street) -> None:
    settings = street.settings(
        GROQ_API_KEY=KEY,
        GROQ_AGENT_MODELS="objection=openai/gpt-oss-20b",
        LLM_TEMPERATURE="0.2",
        LLM_AGENT_TEMPERATURES="scheduler=0.9",
        LLM_FIRST_TOKEN_MS="700",
        LLM_STALL_MS="900",
    )
    brief = await a_brief()
    async with line_up(settings) as models:
        rung = models.rungs[0]
        assert (rung.first_s, rung.stall_s) == (0.7, 0.9)
        for role in Role:
            async for _ in rung.for_agent(role).model.answer(brief):
                pass
        assert rung.for_agent(Role.OBJECTION).model.name == "groq/openai/gpt-oss-20b"
    sent = {
        role: (each["model"], each["temperature"])
        for role, each in zip(Role, street.groq.chats, strict=True)
    }
    assert sent == {
        Role.GREETING: ("openai/gpt-oss-120b", 0.2),
        Role.QUALIFICATION: ("openai/gpt-oss-120b", 0.2),
        Role.OBJECTION: ("openai/gpt-oss-20b", 0.2),
        Role.SCHEDULER: ("openai/gpt-oss-120b", 0.9),
    }


async def test_models_are_warm_soon_and_the_start_does_not_wait(street: Street) -> None:
    street.ollama.load_s = 600.0
    async with line_up(street.settings(LLM_PROVIDER="ollama")):
        async with asyncio.timeout(5):
            while not street.ollama.loaded:
                await asyncio.sleep(0.005)


async def test_a_model_that_cannot_be_warmed_up_is_told(street: Street) -> None:
    given = {"LLM_PROVIDER": "groq", "GROQ_API_KEY": KEY, "GROQ_BASE_URL": NOBODY}
    with structlog.testing.capture_logs() as logs:
        async with line_up(street.settings(**given)):
            async with asyncio.timeout(5):
                while "model not warm" not in [each["event"] for each in logs]:
                    await asyncio.sleep(0.005)


async def test_circuits_are_shown_and_their_changes_told(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.brain.LOOK_S", 0.005)
    with structlog.testing.capture_logs() as logs:
        async with line_up(street.settings(GROQ_API_KEY=KEY, OLLAMA_BASE_URL=NOBODY)) as models:
            closed = {"model": GROQ, "circuit": "closed", "reason": ""}
            assert circuits(models) == [closed]
            breaker = models.rungs[0].breaker
            assert breaker is not None
            now = asyncio.get_running_loop().time()
            breaker.failed(now, "the key was refused", stay_away_s=60)
            opened = {"model": GROQ, "circuit": "open", "reason": "the key was refused"}
            assert circuits(models) == [opened]
            async with asyncio.timeout(5):
                while not [each for each in logs if each["event"] == "circuit changed"]:
                    await asyncio.sleep(0.005)
    (told,) = [each for each in logs if each["event"] == "circuit changed"]
    assert {key: told[key] for key in opened} == opened


async def test_a_fault_is_told_with_what_to_do(street: Street) -> None:
    street.groq.handler = lambda asked: Refuses(400, "model_decommissioned")
    with structlog.testing.capture_logs() as logs:
        async with line_up(street.settings(GROQ_API_KEY=KEY)) as models:
            with pytest.raises(ProviderError):
                async for _ in models.rungs[0].model.answer(await a_brief()):
                    pass
    (told,) = [each for each in logs if each["event"] == "model fault"]
    assert "Set GROQ_MODEL" in told["fault"]


async def test_what_goes_wrong_inside_comes_out_as_it_is(street: Street) -> None:
    with pytest.raises(InvalidInputError, match="a wrong script"):
        async with line_up(street.settings(GROQ_API_KEY=KEY)):
            raise InvalidInputError("a wrong script")


def test_a_rung_without_own_models_has_one_for_all() -> None:
    model = LineUp(last=object()).last  # type: ignore[arg-type]
    assert Rung(model, Breaker("x")).for_agent(Role.OBJECTION).model is model


def test_no_vendors_library_is_loaded_before_it_is_needed() -> None:
    """They take longer to import than a start may last."""
    loaded = "sorted({'groq', 'ollama', 'langchain_groq', 'langchain_ollama'} & set(sys.modules))"
    code = f"import sys, app.wiring, app.commands.chat; print({loaded})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
