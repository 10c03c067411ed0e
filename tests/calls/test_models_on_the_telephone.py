"""Whole calls thought up by language models: both vendors' wire formats, heard and booked."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.estate_agent import books
from tests.fakes.groq_server import KEY, groq_server
from tests.fakes.ollama_server import ollama_server

CALL = "from app.cli import main; main()"
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing answers there


async def _play(folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """`parley call` in a process and a folder of its own; the result as JSON."""
    folder.mkdir()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"PARLEY_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(Path.cwd())}
    player = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CALL, "call", "--scenario", "booking", "--json", "call.json"),
        cwd=folder,
        env={**inherited, **own, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await player.communicate()
    assert player.returncode == 0, output.decode()
    result: dict[str, Any] = json.loads((folder / "call.json").read_text(encoding="utf-8"))
    return result


@pytest.mark.timeout(240)  # a call lasts as long as it is spoken; both are on the line at once
async def test_a_call_is_booked_by_each_vendor_s_model(tmp_path: Path) -> None:
    async with (
        groq_server(books) as groq,
        ollama_server(books) as ollama,
        asyncio.TaskGroup() as calls,
    ):
        by_groq = calls.create_task(
            _play(
                tmp_path / "groq",
                {
                    "LLM_PROVIDER": "groq",
                    "GROQ_API_KEY": KEY,
                    "GROQ_BASE_URL": groq.url,
                    "OLLAMA_BASE_URL": NOBODY,
                },
            )
        )
        by_ollama = calls.create_task(
            _play(tmp_path / "ollama", {"LLM_PROVIDER": "ollama", "OLLAMA_BASE_URL": ollama.url})
        )
        for player, name, server in (
            (by_groq, "groq/openai/gpt-oss-120b", groq),
            (by_ollama, "ollama/llama3.1:8b", ollama),
        ):
            result = await player
            assert result["outcome"] == "booked"
            assert name in result["engines"]
            models = [turn["model"] for turn in result["turns"]]
            assert models.count(name) >= 6
            assert result["problems"] == []
            assert len(server.chats) >= 6
