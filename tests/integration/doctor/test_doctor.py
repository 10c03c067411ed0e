"""``parley doctor`` with real servers, and with servers that are wrong or missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.clock import MachineClock
from app.doctor.check import Group
from app.doctor.rounds import Extent, every_group
from app.settings import Settings
from emulator.carrier import EmulatedTwilio
from tests.fakes import groq_server, ollama_server
from tests.fakes.model_plays import Refuses
from tests.integration.doctor.scene import ACCOUNT, DEAD, TOKEN, YES, doctor, found, web_server


@pytest.fixture(autouse=True)
def _without_hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its engines take seconds to load, and have tests of their own."""

    def but_hearing(given: Settings, env_file: Path, extent: Extent) -> list[Group]:
        groups = every_group(given, env_file, extent)
        return [group for group in groups if group.name != "Hearing"]

    monkeypatch.setattr("app.commands.doctor.every_group", but_hearing)


async def test_wrong_settings_are_all_named_and_nothing_is_tried() -> None:
    wrong = {"PARLEY_PORT": "x", "STT_ENGINE": "ears", "LLM_PROVIDER": "groq"}
    result = await doctor(**wrong)
    assert result.exit_code == 2
    for name in ("PARLEY_PORT", "STT_ENGINE", "GROQ_API_KEY"):
        assert name in result.stdout
    assert "Machine" not in result.stdout
    told = await found(exits=2, **wrong)
    assert told["Settings"]["state"] == "fail"


async def test_a_settings_file_that_is_not_there_is_an_error() -> None:
    result = await doctor("--env-file", "nowhere.env")
    assert result.exit_code == 2
    assert "There is no settings file nowhere.env" in result.output


async def test_an_empty_database_of_ones_own_wants_the_migration(given: dict[str, str]) -> None:
    told = await found("--quick", exits=1, **given)
    assert told["Postgres"]["state"] == told["Redis"]["state"] == "ok"
    assert told["Tables"]["state"] == "fail"
    assert told["Tables"]["remedy"] == "Run: parley migrate"


async def test_a_migrated_database_and_its_key(given: dict[str, str], tmp_path: Path) -> None:
    migrated = await asyncio.to_thread(CliRunner(env=given).invoke, app, ["migrate"])
    assert migrated.exit_code == 0, migrated.output
    runner = CliRunner(env=given)  # takes the installation's key on
    assert (await asyncio.to_thread(runner.invoke, app, ["key"])).exit_code == 0
    told = await found("--quick", exits=0, **given)
    assert told["Tables"]["state"] == told["Sealed data"]["state"] == "ok"

    kept = tmp_path / "data" / "field.key"
    kept.rename(tmp_path / "lost.key")
    told = await found("--quick", exits=1, **given)
    assert told["Sealed data"]["state"] == "fail"
    assert "its key is not here" in told["Sealed data"]["what"]
    assert not kept.exists()  # no other key was made in its place

    other = "A" * 43 + "="
    told = await found("--quick", exits=1, PARLEY_KEY=other, **given)
    assert "does not open" in told["Sealed data"]["what"]
    assert "PARLEY_KEY" in told["Sealed data"]["remedy"]


async def test_services_that_are_not_there_are_told_with_their_settings() -> None:
    told = await found(
        "--quick",
        exits=1,
        DATABASE_URL=f"postgresql://anna:hidden-pw@{DEAD}/parley",
        REDIS_URL=f"redis://:hidden-pw@{DEAD}/0",
    )
    for name, setting in (("Postgres", "DATABASE_URL"), ("Redis", "REDIS_URL")):
        assert told[name]["state"] == "fail"
        assert DEAD in told[name]["what"]
        assert setting in told[name]["remedy"]
    assert told["espeak-ng"]["state"] == "ok"  # the others were tried all the same


async def test_a_data_folder_that_cannot_be_used_is_named_and_no_address_is() -> None:
    told = await found("--quick", exits=1, PARLEY_DATA_DIR="/proc/nobody/here")
    assert told["Data folder"]["state"] == "fail"
    assert told["Key"]["state"] == "skip"
    for name in ("Postgres", "Valkey"):
        assert told[name]["state"] == "fail"
        assert "PARLEY_DATA_DIR" in told[name]["remedy"]
        assert "_URL" not in told[name]["remedy"]


async def test_an_address_with_a_wrong_word_is_told(given: dict[str, str]) -> None:
    told = await found("--quick", exits=1, **given | {"REDIS_URL": f"{given['REDIS_URL']}?db=x"})
    assert told["Redis"]["state"] == "fail"
    assert "REDIS_URL" in told["Redis"]["remedy"]


async def test_ollama_answers_or_what_to_do_about_it(given: dict[str, str]) -> None:
    async with ollama_server.ollama_server(lambda _: YES) as ollama:
        values = {**given, "LLM_PROVIDER": "ollama", "OLLAMA_BASE_URL": ollama.url}
        told = await found("--quick", exits=1, **values)
        assert told["Ollama"]["state"] == "ok"
        assert "llama3.1:8b began its answer" in told["Ollama speed"]["what"]
        assert len(ollama.chats) == 1
        told = await found("--quick", exits=1, OLLAMA_MODEL="phi:mini", **values)
        assert told["Ollama"]["state"] == "fail"
        assert "ollama pull phi:mini" in told["Ollama"]["remedy"]
    told = await found("--quick", exits=1, **values | {"OLLAMA_BASE_URL": f"http://{DEAD}"})
    assert told["Ollama"]["state"] == "fail"
    assert "ollama serve" in told["Ollama"]["remedy"]
    assert "Ollama speed" not in told
    told = await found(
        "--quick", exits=1, **values | {"OLLAMA_BASE_URL": f"http://{DEAD}", "LLM_PROVIDER": "auto"}
    )
    assert told["Ollama"]["state"] == "warn"


async def test_groq_is_asked_for_an_answer_only_when_told_to(given: dict[str, str]) -> None:
    async with groq_server.groq_server(lambda _: YES) as groq:
        values = {
            **given,
            "LLM_PROVIDER": "auto",
            "GROQ_BASE_URL": groq.url,
            "OLLAMA_BASE_URL": f"http://{DEAD}",
        }
        right = {**values, "GROQ_API_KEY": groq_server.KEY}
        told = await found("--quick", exits=1, **right)
        assert (told["Groq"]["state"], told["Groq speed"]["state"]) == ("ok", "skip")
        assert told["Ollama"]["state"] == "skip"
        assert groq.chats == []
        told = await found("--quick", "--try-models", exits=1, **right)
        assert "began its answer" in told["Groq speed"]["what"]
        assert len(groq.chats) == 1
        groq.handler = lambda _: Refuses(429, "rate_limit_exceeded", "too many")
        told = await found("--quick", "--try-models", exits=1, **right)
        assert told["Groq speed"]["state"] == "fail"
        assert "429" in told["Groq speed"]["what"]
        assert "Ask again" in told["Groq speed"]["remedy"]
        told = await found("--quick", exits=1, GROQ_API_KEY="gsk_a_wrong_key", **values)
        assert told["Groq"]["state"] == "fail"
        assert "GROQ_API_KEY" in told["Groq"]["remedy"]
        assert "Groq speed" not in told


async def test_langsmith_takes_the_key_or_refuses_it(given: dict[str, str]) -> None:
    values = {**given, "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "ls_key"}
    for status, state, said in ((200, "ok", "takes the key"), (401, "warn", "refuses the key"),
                                (503, "warn", "answered 503")):  # fmt: skip
        async with web_server("/sessions", "[]", status) as url:
            told = await found("--quick", exits=1, LANGSMITH_ENDPOINT=url, **values)
        assert told["LangSmith"]["state"] == state
        assert said in told["LangSmith"]["what"]
    told = await found("--quick", exits=1, LANGSMITH_ENDPOINT=f"http://{DEAD}", **values)
    assert told["LangSmith"]["state"] == "warn"


async def test_twilio_knows_the_account_or_what_to_do_about_it(given: dict[str, str]) -> None:
    async with (
        EmulatedTwilio(ACCOUNT, TOKEN, f"http://{DEAD}", clock=MachineClock()) as twilio,
        web_server("/healthz", '{"status":"alive"}') as public,
    ):
        values = {
            **given,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_API_BASE_URL": twilio.rest_url,
            "PUBLIC_BASE_URL": public,
        }
        own = {"PARLEY_OWN_NUMBERS": "+447911123456"}
        told = await found("--quick", exits=1, TWILIO_AUTH_TOKEN=TOKEN, **values, **own)
        for name in ("Twilio", "Public address", "Own numbers"):
            assert told[name]["state"] == "ok"
        told = await found("--quick", exits=1, TWILIO_AUTH_TOKEN="an-old-token", **values)
        assert told["Twilio"]["state"] == "fail"
        assert "TWILIO_AUTH_TOKEN" in told["Twilio"]["remedy"]
        assert told["Own numbers"]["state"] == "warn"
    gone = {**values, "TWILIO_AUTH_TOKEN": TOKEN}
    told = await found("--quick", exits=1, **gone)
    assert (told["Twilio"]["state"], told["Public address"]["state"]) == ("fail", "warn")


async def test_an_address_that_leads_elsewhere_is_told(given: dict[str, str]) -> None:
    async with web_server("/", "A parked domain") as other:
        told = await found(
            "--quick",
            exits=1,
            TWILIO_ACCOUNT_SID=ACCOUNT,
            TWILIO_AUTH_TOKEN=TOKEN,
            TWILIO_API_BASE_URL=other,
            PUBLIC_BASE_URL=other,
            **given,
        )
    assert told["Public address"]["state"] == "warn"
    assert "PUBLIC_BASE_URL" in told["Public address"]["remedy"]
    assert told["Twilio"]["state"] == "fail"


async def test_a_voice_that_does_not_exist_is_told(given: dict[str, str]) -> None:
    told = await found("--quick", exits=1, PARLEY_VOICE="xx-nobody", **given)
    assert told["espeak-ng"]["state"] == "fail"
    assert "PARLEY_VOICE" in told["espeak-ng"]["remedy"]
