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

    503 also while the process finishes its live calls before it ends: new ones go elsewhere. The
    cache may be gone without harm to calls, so it is shown and does not decide.
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
    status = "ready" if well else "not ready"
    if services.desk.is_draining:
        status = "draining"
    return JSONResponse(
        {
            "status": status,
            "checks": states,
            "engines": list(services.engines()),
            "models": list(services.circuits()),
            "reply_cache": dict(services.reply_cache()),
            "calls_live": services.desk.live,
            "load": {
                "has_room": services.desk.has_room,
                "reason": services.load.reason,
                "loop_lag_p99_ms": round(services.load.lag_p99_ms, 1),
            },
            "streams": {"waiting": services.room.waiting, **services.counts.shown()},
        },
        HTTPStatus.OK if status == "ready" else HTTPStatus.SERVICE_UNAVAILABLE,
    )
