"""The web application: every route, joined to the services behind it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request

from api import carrier_hooks, media
from api.auth import Viewer
from api.errors import install_error_answers
from api.routes import actions, calls, health
from api.services import Services

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

description = APIRouter(prefix="/api", tags=["description"])


@description.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, _caller: Viewer) -> dict[str, Any]:
    """The API described by OpenAPI; behind a key like the rest of it."""
    app: FastAPI = request.app
    return app.openapi()


ROUTERS: Final = (
    health.router,
    calls.router,
    actions.router,
    description,
    carrier_hooks.router,
    media.router,
)


def make_application(services: Services | None = None, lifespan: Lifespan | None = None) -> FastAPI:
    """The application. Without ``services`` the lifespan puts them into ``app.state``."""
    app = FastAPI(
        title="Parley",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    install_error_answers(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
