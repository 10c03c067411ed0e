"""``parley doctor`` as a whole, with real servers and with servers that are wrong or missing."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import Result
from typer.testing import CliRunner

from app.cli import app
from app.clock import MachineClock
from app.settings import ENVIRONMENT_NAMES
from emulator.carrier import EmulatedTwilio
from tests.fakes import groq_server, ollama_server
from tests.fakes.model_plays import Refuses, Streams, Text
from voice.providers.stt_whisper import shapes

ACCOUNT, TOKEN = "AC" + "7" * 32, "t0ken-of-the-account"
DEAD = "127.0.0.1:9"  # the discard port: nobody listens
YES = Streams((Text("yes"),))


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LLM_PROVIDER", "script")


async def doctor(*options: str, **values: str) -> Result:
    """The command in a thread: it has a loop of its own."""
    runner = CliRunner(env={"TERM": "dumb", "COLUMNS": "200", **values})
    arguments = ["doctor", *options]
    return await asyncio.to_thread(runner.invoke, app, arguments, catch_exceptions=False)


async def found(*options: str, exits: int, **values: str) -> dict[str, dict[str, str]]:
    """Every finding by name, once the report as a whole is known to be sound."""
    result = await doctor("--json", *options, **values)
    report: dict[str, Any] = json.loads(result.stdout)
    lines = [line for group in report["groups"] for line in group["findings"]]
    for line in lines:
        assert line["what"]
        assert line["remedy"] or line["state"] in {"ok", "skip"}, line
    for secret in (TOKEN, ACCOUNT, groq_server.KEY, "hidden-pw"):
        assert secret not in result.output
    assert report["summary"]["fail"] == sum(line["state"] == "fail" for line in lines)
    assert result.exit_code == exits, result.stdout
    return {line["name"]: line for line in lines}


@pytest.fixture
def given(fresh_database: str, redis_url: str) -> dict[str, str]:
    """Services that run already: the embedded ones of this test run."""
    return {"DATABASE_URL": fresh_database, "REDIS_URL": redis_url}


async def test_a_fresh_machine_is_ready_on_its_own_services(tmp_path: Path) -> None:
    result = await doctor("--quick")
    assert result.exit_code == 0, result.stdout
    lines = result.stdout.splitlines()
    for group in ("Settings", "Machine", "Services", "Brain", "Hearing", "Voice", "Carrier"):
        assert group in lines
    assert lines[-1].endswith("0 failures. Ready: parley call booking")
    assert "(embedded)" in result.stdout
    assert "docs/going-live.md" in result.stdout
    # Nobody else uses the servers, so they are stopped again.
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


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
        told = await found("--quick", exits=1, GROQ_API_KEY="gsk_a_wrong_key", **values)
        assert told["Groq"]["state"] == "fail"
        assert "GROQ_API_KEY" in told["Groq"]["remedy"]


@asynccontextmanager
async def web_server(path: str, text: str, status: int = 200) -> AsyncIterator[str]:
    """A server with one page."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status)

    site = web.Application()
    site.router.add_get(path, page)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_langsmith_takes_the_key_or_refuses_it(given: dict[str, str]) -> None:
    values = {**given, "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "ls_key"}
    for status, state in ((200, "ok"), (401, "warn")):
        async with web_server("/sessions", "[]", status) as url:
            told = await found("--quick", exits=1, LANGSMITH_ENDPOINT=url, **values)
        assert told["LangSmith"]["state"] == state
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


async def test_without_weights_sizes_are_measured_all_the_same(given: dict[str, str]) -> None:
    told = await found(exits=1, **given)
    assert told["Whisper"]["state"] == "warn"
    assert told["Whisper"]["remedy"] == "Run: parley models pull medium"
    assert "tiny " in told["Whisper sizes"]["what"]
    assert "large-v3" in told["Whisper sizes"]["what"]
    assert "(estimated)" in told["Whisper sizes"]["what"]
    assert told["Whisper advice"]["state"] in {"ok", "warn"}
    told = await found("--quick", exits=1, STT_ENGINE="pocketsphinx", **given)
    assert "Whisper" not in told
    assert told["pocketsphinx"]["state"] == "ok"


async def test_a_gpu_that_is_not_there_is_told(given: dict[str, str]) -> None:
    if importlib.import_module("ctranslate2").get_cuda_device_count():
        pytest.skip("there is one here")
    told = await found(exits=1, WHISPER_DEVICE="cuda", **given)
    assert told["Whisper speed"]["state"] == "fail"
    assert "WHISPER_DEVICE=cpu" in told["Whisper speed"]["remedy"]


async def test_a_model_whose_weights_are_here_is_loaded_and_timed(
    given: dict[str, str], tmp_path: Path
) -> None:
    model = str(shapes.make_random(tmp_path / "mine", "tiny"))
    told = await found(exits=1, WHISPER_MODEL=model, **given)
    assert told["Whisper"]["state"] == "ok"
    assert f"{model} loaded in" in told["Whisper speed"]["what"]
    (tmp_path / "mine" / "model.bin").write_bytes(b"no model")
    told = await found(exits=1, WHISPER_MODEL=model, **given)
    assert told["Whisper speed"]["state"] == "fail"
    assert "(estimated)" in told["Whisper sizes"]["what"]  # the sizes are measured all the same
