"""A server that runs as a child process: its command, the wait until it takes calls, its end."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import httpx

LOOK_S: Final = 0.1
STOP_S: Final = 15.0  # a server that lets calls finish and stops its own servers
PARLEY: Final = (sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())")


async def becomes_ready(base_url: str, process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Ask the server until it takes calls: True when it does, False when it ended.

    Cancel-safe: yes.

    Raises:
        TimeoutError: it runs, but is not ready in time.
    """
    async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False) as http:
        while process.returncode is None:
            try:
                if (await http.get(f"{base_url}/readyz")).is_success:
                    return True
            except httpx.HTTPError:
                pass  # not listening yet
            await asyncio.sleep(LOOK_S)
    return False


async def stop(process: asyncio.subprocess.Process) -> None:
    """End the server in order, or else at once."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
