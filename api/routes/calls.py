"""Calls: place one, list them, read one, watch it live, hear it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse, StreamingResponse

from api.auth import Manager, Viewer
from api.errors import CallRefusedError
from api.phone_reading import read_number
from api.schemas.calls import CallDetail, CallList, PlaceCall, PlacedCallOut
from api.services import Services
from campaigns.dialer import CallOrder
from compliance.permit import Refusal
from core.errors import InvalidInputError, NotFoundError
from core.ids import CallId, CallSid
from core.phone import PhoneNumber

MOST_CALLS: Final = 200  # one screenful is 50; more belongs in a report

router = APIRouter(prefix="/api/calls", tags=["calls"])


@router.post("", status_code=HTTPStatus.CREATED)
async def place(order: PlaceCall, request: Request, _caller: Manager) -> PlacedCallOut:
    """Call a number now, if the gate permits; 422 tells every reason why not."""
    services: Services = request.app.state.services
    drama = services.test_numbers_allowed
    placed = await services.dialer.call_once(
        CallOrder(
            facts=read_number(order.to, drama_allowed=drama),
            ours=_ours(order.from_),
            script=order.script,
            variables=order.variables,
        )
    )
    if isinstance(placed, Refusal):
        raise CallRefusedError(placed)
    return PlacedCallOut(call_id=placed.call_id, call_sid=placed.call_sid, state=placed.state.value)


@router.get("")
async def recent(
    request: Request, _caller: Viewer, limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 50
) -> CallList:
    """The newest calls."""
    services: Services = request.app.state.services
    return CallList.model_validate({"calls": await services.views.recent(limit)})


@router.get("/{sid}")
async def one(sid: str, request: Request, _caller: Viewer) -> CallDetail:
    """One call in full, by its CallSid or call id."""
    services: Services = request.app.state.services
    found = await services.views.one(_name(sid))
    if found is None:
        raise NotFoundError("call", sid)
    return CallDetail.model_validate(found)


@router.get("/{sid}/live")
async def live(
    sid: str,
    request: Request,
    _caller: Viewer,
    last_event_id: Annotated[str, Header(pattern=r"^\d+(-\d+)?$")] = "0",
) -> StreamingResponse:
    """The call as it happens: server-sent events from the first line, until ``ended``."""
    services: Services = request.app.state.services
    found = await services.views.one(_name(sid))
    if found is None:
        raise NotFoundError("call", sid)
    call_id = CallId(UUID(str(found["call_id"])))
    return StreamingResponse(
        _events(services, call_id, last_event_id),
        media_type="text/event-stream",
        # Proxies that buffer would hold back every line until the call is over.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/{sid}/recording")
async def recording(sid: str, request: Request, _caller: Viewer) -> FileResponse:
    """The recording: stereo WAV, the caller on the left, the agent on the right."""
    services: Services = request.app.state.services
    name = await services.views.recording(_name(sid))
    if name is None:
        raise NotFoundError("recording of call", sid)
    path = (services.data_dir / name).resolve()
    inside = path.is_relative_to(services.data_dir.resolve())
    if not inside or not await asyncio.to_thread(path.is_file):
        raise NotFoundError("recording of call", sid)
    return FileResponse(path, media_type="audio/wav", filename=f"{sid}.wav")


async def _events(services: Services, call_id: CallId, after: str) -> AsyncIterator[str]:
    yield ": live feed\n\n"  # opens the response before the first line comes
    async for line in services.live.follow(call_id, after):
        if line is None:
            yield ": waiting\n\n"
        else:
            yield f"id: {line[0]}\ndata: {line[1]}\n\n"
    yield ": end of feed\n\n"


def _name(sid: str) -> CallId | CallSid:
    try:
        return CallId(UUID(sid))
    except ValueError:
        return CallSid(sid)


def _ours(text: str | None) -> PhoneNumber | None:
    """The number to call from; unlike the number to call it must be written properly."""
    if text is None:
        return None
    try:
        return PhoneNumber(text)
    except InvalidInputError as error:
        raise InvalidInputError(str(error), field="from") from None
