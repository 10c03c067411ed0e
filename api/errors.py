"""Errors as answers: one table from error family to HTTP status, told as problem+json."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from compliance.permit import Refusal
from core.effects import Json
from core.errors import (
    BrokenInvariantError,
    InvalidInputError,
    NotFoundError,
    ParleyError,
    ProviderError,
    RefusedError,
)

PROBLEM_TYPE: Final = "application/problem+json"  # RFC 9457

NO_OBJECT: Final = "The body must be a JSON object, sent as Content-Type: application/json."
NO_OBJECTS: Final = frozenset({"json_invalid", "model_attributes_type"})  # of pydantic's errors

log = structlog.get_logger(__name__)

STATUS: Final[Mapping[type[ParleyError], HTTPStatus]] = MappingProxyType(
    {
        InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
        NotFoundError: HTTPStatus.NOT_FOUND,
        RefusedError: HTTPStatus.CONFLICT,
        ProviderError: HTTPStatus.BAD_GATEWAY,
        BrokenInvariantError: HTTPStatus.INTERNAL_SERVER_ERROR,
        ParleyError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


class UnauthorizedError(ParleyError):
    """Nobody known is asking: no API key, or a wrong one."""


class ForbiddenError(ParleyError):
    """Whoever asks is known but may not do this."""


class CallRefusedError(ParleyError):
    """The gate refused to place a call; the answer shows every reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("This call may not be placed.")
        self.refusal = refusal


def problem(
    status: HTTPStatus,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Json] | None = None,
) -> JSONResponse:
    """An answer of RFC 9457: what went wrong, for people (``detail``) and programs."""
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        **(more or {}),
    }
    return JSONResponse(body, status.value, dict(headers or {}), media_type=PROBLEM_TYPE)


def answer(error: ParleyError) -> JSONResponse:
    """The answer that tells ``error``."""
    if isinstance(error, UnauthorizedError):
        wants = {"WWW-Authenticate": 'Bearer realm="parley"'}
        return problem(HTTPStatus.UNAUTHORIZED, str(error), wants)
    if isinstance(error, ForbiddenError):
        return problem(HTTPStatus.FORBIDDEN, str(error))
    if isinstance(error, CallRefusedError):
        reasons: list[Json] = [
            {
                "code": reason.code.value,
                "basis": reason.kind.value,
                "rule": reason.rule,
                "message": reason.message,
            }
            for reason in error.refusal.reasons
        ]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), more={"reasons": reasons})
    status = next(STATUS[family] for family in type(error).__mro__ if family in STATUS)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        # A bug's text may hold anything, so the log keeps it and the answer does not.
        log.error("request broke an invariant", error=type(error).__name__, exc_info=error)
        return problem(status, "Something went wrong here. The server's log says what.")
    return problem(status, str(error), more=_facts(error))


def _facts(error: ParleyError) -> dict[str, Json]:
    """The error's attributes that help a program."""
    if isinstance(error, InvalidInputError) and error.field:
        return {"field": error.field}
    if isinstance(error, RefusedError):
        return {"code": error.code}
    if isinstance(error, ProviderError):
        return {"provider": error.provider, "retryable": error.retryable}
    return {}


def install_error_answers(app: FastAPI) -> None:
    """Make ``app`` answer every error as problem+json."""

    @app.exception_handler(ParleyError)
    async def _ours(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, ParleyError):
            raise error
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        # The input is left out: it may be somebody's telephone number.
        errors: list[Json] = [
            {"field": "", "message": NO_OBJECT}
            if one["type"] in NO_OBJECTS
            else {"field": ".".join(map(str, one["loc"][1:])), "message": str(one["msg"])}
            for one in error.errors()
        ]
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not fit.", more={"errors": errors}
        )

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        return problem(HTTPStatus(error.status_code), str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def _bug(_request: Request, _error: Exception) -> JSONResponse:
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Something went wrong here. The server's log says what.",
        )
