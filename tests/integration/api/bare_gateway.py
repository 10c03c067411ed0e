"""The real doors on a real socket, with a desk that only listens, as a process of its own.

``python -m tests.integration.api.bare_gateway PORT PATIENCE_S``: waits so long for what should
come at once, in place of ten seconds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import uvicorn

import api.media
import app.stream_protocol
from app.stream_protocol import MediaProtocol, PatientProtocol
from tests.unit.api.doors import Doors
from voice.wire.fields import MAX_MESSAGE_CHARS


async def serve(port: int, patience_s: float, folder: Path) -> None:
    """Serve until killed; each frame of a call is answered with its own number."""
    api.media.START_WITHIN_S = patience_s  # type: ignore[misc]
    app.stream_protocol.REQUEST_WITHIN_S = patience_s  # type: ignore[misc]
    app.stream_protocol.CLOSE_WITHIN_S = patience_s / 10  # type: ignore[misc]
    doors = Doors(folder)
    doors.desk.answer = "heard"
    doors.desk.forgets = True
    config = uvicorn.Config(
        doors.app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        http=PatientProtocol,
        ws=MediaProtocol,
        ws_max_size=MAX_MESSAGE_CHARS,
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), Path(place)))
