"""The voice bench, short: the real gateway on known engines, and a caller who takes one turn."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from app.bench import engines, voice_modes
from app.bench.engines import Delays
from app.bench.serve import ServePlan, serve_bench
from app.bench.voice_bench import Mode, VoicePlan, bench_voice
from app.bench.voice_row import Row, table
from app.settings import load_settings
from core.errors import InvalidInputError, ProviderError


async def test_a_caller_is_greeted_and_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "CHARACTERS_A_SECOND", 80)
    monkeypatch.setattr(voice_modes, "OVER_MS", 300.0)
    monkeypatch.setattr(voice_modes, "THINK_S", (0.05, 0.1))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    settings = load_settings(tmp_path / "none")
    plan = ServePlan(port, Delays(llm_tokens=2))
    said: list[str] = []
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve_bench(settings, plan, said.append), name="serve")
        await _ready(url)
        callers = VoicePlan(modes=(Mode.SINGLE,), url=url, is_synthetic=True, turns=1)
        (row,) = await bench_voice(callers, said.append)
        serving.cancel()
    assert (row.turns, row.missed, row.faults) == (1, 0, ())
    assert row.greeting_ms is not None
    assert row.v2v_ms is not None or row.early == 1
    assert row.agent_minutes > 0
    assert any(url in line for line in said)
    assert _cells_fit(row)


async def test_a_port_in_use_is_told_before_anything_is_started(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "none")
    with socket.create_server(("127.0.0.1", 0)) as other:
        plan = ServePlan(int(other.getsockname()[1]))
        async with asyncio.timeout(2):
            with pytest.raises(InvalidInputError, match="--port"):
                await serve_bench(settings, plan, lambda _: None)


async def test_a_server_that_does_not_answer_is_no_measure() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        plan = VoicePlan(modes=(Mode.GREETING,), url=url, is_synthetic=True)
        with pytest.raises(ProviderError, match="nothing answers at"):
            await bench_voice(plan, lambda _: None)


def _cells_fit(row: Row) -> bool:
    """Whether the table has as many cells in each row as in its head."""
    head, _, cells, *_ = table([row])
    return head.count("|") == cells.count("|") > 2


async def _ready(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                if (await http.get(f"{url}/readyz")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
