"""Health: is the process alive, and can it take calls?"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.services import Services

CHECK_S: Final = 2.0  # a probe that takes longer is an answer too

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """Whether the database, the cache and the engines work; 503 names what does not.

    The cache may be gone without harm to calls, so it is shown and does not decide.
    """
    services: Services = request.app.state.services
    states: dict[str, str] = {}
    for name, check in services.checks.items():
        try:
            async with asyncio.timeout(CHECK_S):
                await check()
            states[name] = "ok"
        except Exception as error:  # noqa: BLE001  whatever a probe raises is its answer
            log.warning("not ready", check=name, error=type(error).__name__)
            states[name] = "failed"
    well = all(state == "ok" for name, state in states.items() if name != "cache")
    counts = services.counts
    return JSONResponse(
        {
            "status": "ready" if well else "not ready",
            "checks": states,
            "engines": list(services.engines),
            "models": list(services.circuits()),
            "calls_live": services.desk.live,
            "streams": {
                "opened": counts.opened,
                "refused": counts.refused,
                "failed": counts.failed,
                "malformed_messages": counts.malformed,
            },
        },
        HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE,
    )
