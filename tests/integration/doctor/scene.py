"""The doctor as tests call it, and pages for it to find."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from click.testing import Result
from typer.testing import CliRunner

from app.cli import app
from tests.fakes import groq_server
from tests.fakes.model_plays import Streams, Text

ACCOUNT, TOKEN = "AC" + "7" * 32, "t0ken-of-the-account"
DEAD = "127.0.0.1:9"  # the discard port: nobody listens
YES = Streams((Text("yes"),))


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
