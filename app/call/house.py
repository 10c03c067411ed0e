"""A real server for one played call: ``parley serve`` as a child process on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app import child_server
from core.errors import ParleyError

READY_S: Final = 60.0  # the first start makes a database; later ones take about two seconds
LOG_LINES: Final = 15  # of a dead server's last words
LINE_CHARS: Final = 300
API_KEY: Final = re.compile(r"\bparley_[\w-]{43}")  # 32 bytes in URL-safe base64
ERROR: Final = re.compile(r"^[ |]*[\w.]*(Error|Exception)\b")


class ServerDiedError(ParleyError):
    """The server ended before its call did; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class House:
    """Where a server is and what it believes in. ``log``: its output; None for a stranger's."""

    base_url: str
    api_key: str
    account_sid: str
    auth_token: str
    log: Path | None = None
    process: asyncio.subprocess.Process | None = None

    async def died(self) -> str:
        """Wait until the server is gone; how it ended. Cancel-safe: yes."""
        if self.process is None:
            await asyncio.Event().wait()
        assert self.process is not None
        code = await self.process.wait()
        return f"The server ended with code {code}.{last_words(self.log)}"


def credentials() -> tuple[str, str]:
    """An account SID and auth token that no real account has."""
    return "AC" + secrets.token_hex(16), secrets.token_hex(16)


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def open_house(
    *, port: int, rest_url: str, account: tuple[str, str], own_numbers: Sequence[str], log: Path
) -> AsyncIterator[House]:
    """Run a server that takes ``rest_url`` for its carrier; it is gone afterwards.

    It uses this user's settings (database, engines, voice), and credentials of its own.

    Raises:
        ServerDiedError: it did not become ready.
    """
    base_url = f"http://127.0.0.1:{port}"
    environment = {
        **inherited(),
        "PARLEY_HOST": "127.0.0.1",
        "PARLEY_PORT": str(port),
        "PUBLIC_BASE_URL": base_url,
        "TWILIO_ACCOUNT_SID": account[0],
        "TWILIO_AUTH_TOKEN": account[1],
        "TWILIO_API_BASE_URL": rest_url,
        "PARLEY_OWN_NUMBERS": ",".join(own_numbers),
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *child_server.PARLEY,
            "serve",
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the player, which then ends the server
        )
        try:
            await _ready(base_url, process, log)
            api_key = first_key(log) or await _make_key(environment)
            yield House(base_url, api_key, *account, log, process)
        finally:
            await child_server.stop(process)


def inherited() -> Mapping[str, str]:
    """This process's environment, which the child shares."""
    return dict(os.environ)  # noqa: TID251  handed on unread


async def _ready(base_url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until the server takes calls. Raises ServerDiedError."""
    try:
        if await child_server.becomes_ready(base_url, process, READY_S):
            return
    except TimeoutError:
        raise ServerDiedError(
            f"The server was not ready after {READY_S:.0f} s.{last_words(log)}"
        ) from None
    raise ServerDiedError(f"The server did not start (code {process.returncode}).{last_words(log)}")


def first_key(log: Path) -> str:
    """The key that a server prints at its very first start; empty at later ones."""
    found = API_KEY.search(log.read_text(encoding="utf-8", errors="replace"))
    return found[0] if found else ""


async def _make_key(environment: Mapping[str, str]) -> str:
    """A key to the server's API, made by the command that people use. Raises ServerDiedError."""
    process = await asyncio.create_subprocess_exec(
        *child_server.PARLEY,
        "key",
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(READY_S):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise ServerDiedError("No API key could be made in time.") from None
    found = API_KEY.search(out.decode())
    if process.returncode or found is None:
        raise ServerDiedError(f"No API key could be made: {err.decode().strip()[-500:]}")
    return found[0]


def last_words(log: Path | None) -> str:
    """The end of a server's output, on lines of its own; empty when there is none."""
    if log is None or not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-LOG_LINES:]
    return "\n" + "\n".join(f"  | {_readable(line)}" for line in lines) if lines else ""


def _readable(line: str) -> str:
    """One line of the log for a person: of a record its event, and the error if it has one."""
    try:
        record = json.loads(line)
        text = f"{record['level']}: {record['event']}"
    except (ValueError, KeyError, TypeError):
        return line[:LINE_CHARS]
    errors = [
        found for found in str(record.get("exception", "")).splitlines() if ERROR.search(found)
    ]
    return f"{text}: {errors[-1].strip(' |')}"[:LINE_CHARS] if errors else text
