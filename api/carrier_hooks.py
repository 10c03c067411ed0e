"""The carrier's webhooks: a call comes in or was answered, its status changed, its stream ended.

Twilio delivers a webhook again when it is unsure, and callbacks in any order, so each of these
may come twice and late without harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from api.phone_reading import carrier_number
from api.services import Services, StatusReport
from api.twilio_signature import as_socket_url, form_fields
from api.twiml import TWIML_TYPE, connect_stream, hang_up, say_and_hang_up
from core.call import CallCue, CallState, EndReason
from core.card import CallCard
from core.errors import InvalidInputError, NotFoundError, RefusedError
from core.ids import CallId, CallSid

FORM_BYTES: Final = 64 * 1024  # Twilio's longest callback is about 2 kB
CALL_SID_CHARS: Final = 34

SORRY: Final = "We are sorry, this call could not be continued. Please try again later."
ALL_BUSY: Final = "We are sorry, all our lines are busy. Please try again later."
NOT_IN_SERVICE: Final = "We are sorry, this number is not in service. Goodbye."

# twilio.com/docs/voice/api/call-resource#statuscallbackevent, read 2026-11-21
STATUS: Final[Mapping[str, tuple[CallCue, EndReason | None]]] = MappingProxyType(
    {
        "queued": (CallCue.PLACED, None),
        "initiated": (CallCue.PLACED, None),
        "ringing": (CallCue.RANG, None),
        "in-progress": (CallCue.ANSWERED, None),
        "completed": (CallCue.ENDED, None),
        "busy": (CallCue.ENDED, EndReason.BUSY),
        "no-answer": (CallCue.ENDED, EndReason.NO_ANSWER),
        "canceled": (CallCue.ENDED, EndReason.CANCELED),
        "failed": (CallCue.ENDED, EndReason.CARRIER_FAILED),
    }
)

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio", tags=["carrier"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """The rule of the carrier's routes, as a dependency: a signed form, given as a mapping."""

    async def __call__(self, request: Request) -> Mapping[str, str]:
        """The form's fields. Answers 403 to whoever is not the carrier."""
        services: Services = request.app.state.services
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            fields = form_fields(bytes(body))
        except ValueError:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The form cannot be read.") from None
        if not services.door.admits(request.scope, fields):
            log.warning("webhook refused: not signed by the carrier", path=request.url.path)
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "The carrier's signature is missing or wrong."
            )
        return dict(fields)


CarrierForm = Annotated[Mapping[str, str], Depends(Signed())]


@router.post("/voice")
async def incoming(request: Request, form: CarrierForm) -> Response:
    """A call comes in: the called number chooses the brand and its inbound script."""
    services: Services = request.app.state.services
    call_sid, ours = _call_sid(form), carrier_number(form.get("To", ""))
    card = None
    if ours is not None:
        theirs = carrier_number(form.get("From", ""))
        card = await services.register.receive(call_sid, ours, theirs, services.clock.now())
    if card is None:
        log.warning("call to a number that is not ours", call_sid=call_sid, pii_number=str(ours))
        return _twiml(say_and_hang_up(NOT_IN_SERVICE))
    return await _connect(services, card)


@router.post("/voice/{call_id}")
async def answered(call_id: UUID, request: Request, form: CarrierForm) -> Response:
    """A call that we placed was answered."""
    services: Services = request.app.state.services
    call_sid = _call_sid(form)
    try:
        card = await services.register.name(CallId(call_id), call_sid)
    except (NotFoundError, RefusedError) as error:
        log.warning("answered call refused", call_id=str(call_id), reason=str(error))
        return _twiml(hang_up())
    return await _connect(services, card)


@router.post("/status-callback")
async def status(request: Request, form: CarrierForm) -> Response:
    """The status of a call that came in changed."""
    return await _follow(request, form, None)


@router.post("/status-callback/{call_id}")
async def placed_status(call_id: UUID, request: Request, form: CarrierForm) -> Response:
    """The status of a call that we placed changed, perhaps before the carrier named it to us."""
    return await _follow(request, form, CallId(call_id))


@router.post("/after-stream")
async def after_stream(request: Request, form: CarrierForm) -> Response:
    """The stream is over: nothing to add after a finished call, an apology after a broken one."""
    services: Services = request.app.state.services
    shown = await services.views.one(_call_sid(form))
    if shown is not None and shown.get("state") in NOT_YET_HELD:
        call_id = CallId(UUID(str(shown["call_id"])))
        log.warning("call turned away: no stream of it was let in", call_id=str(call_id))
        await services.register.failed(call_id, EndReason.TURNED_AWAY, services.clock.now())
    if shown is None or shown.get("end_reason") in BROKEN_ENDS or shown.get("state") != "ended":
        return _twiml(say_and_hang_up(SORRY))
    return _twiml(hang_up())


BROKEN_ENDS: Final = frozenset(
    {
        EndReason.TURNED_AWAY.value,
        EndReason.STREAM_LOST.value,
        EndReason.PROCESS_DIED.value,
        EndReason.SHUT_DOWN.value,
        EndReason.INTERNAL_ERROR.value,
    }
)


# A call is talking from the moment that it is held.
NOT_YET_HELD: Final = frozenset(
    {CallState.QUEUED.value, CallState.DIALING.value, CallState.RINGING.value}
)


async def _connect(services: Services, card: CallCard) -> Response:
    # The carrier asks again when our answer was late: a place that is kept stays kept.
    if not (services.desk.has_room or services.places.claim(card.call_id)):
        log.warning(
            "call turned away: no room", call_id=str(card.call_id), reason=services.load.reason
        )
        await services.register.failed(card.call_id, EndReason.TURNED_AWAY, services.clock.now())
        return _twiml(say_and_hang_up(ALL_BUSY))
    services.places.reserve(card.call_id)
    base = services.public_base_url
    return _twiml(
        connect_stream(
            stream_url=as_socket_url(f"{base}/twilio/stream"),
            after_url=f"{base}/twilio/after-stream",
            call_id=card.call_id,
            token=services.tokens.issue(card.call_id),
            information=SORRY,
        )
    )


async def _follow(request: Request, form: Mapping[str, str], call_id: CallId | None) -> Response:
    services: Services = request.app.state.services
    call_sid, word = _call_sid(form), form.get("CallStatus", "")
    if word not in STATUS:
        # A status that Twilio adds one day must not make it deliver this for ever.
        log.warning("unknown call status ignored", call_sid=call_sid, status=word[:40])
        return Response(status_code=HTTPStatus.NO_CONTENT)
    cue, reason = STATUS[word]
    report = StatusReport(
        call_sid=call_sid,
        call_id=call_id,
        sequence=_sequence(form),
        status=word,
        cue=cue,
        reason=reason,
        at=services.clock.now(),
    )
    try:
        await services.register.follow(report)
    except (NotFoundError, RefusedError) as error:
        # Such a call never was ours, or not under this name: nothing that a retry would mend.
        log.warning("status of an unknown call ignored", call_sid=call_sid, reason=str(error))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _call_sid(form: Mapping[str, str]) -> CallSid:
    sid = form.get("CallSid", "")
    if len(sid) != CALL_SID_CHARS or not sid.startswith("CA") or not sid.isalnum():
        raise InvalidInputError("CallSid is missing or malformed.", field="CallSid")
    return CallSid(sid)


def _sequence(form: Mapping[str, str]) -> int:
    text = form.get("SequenceNumber", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidInputError("SequenceNumber is not a number.", field="SequenceNumber")
    return int(text)


def _twiml(text: str) -> Response:
    return Response(text, media_type=TWIML_TYPE)
