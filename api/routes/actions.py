"""Actions on a live call, in the shape that language models and operators' tools send."""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import Final
from uuid import UUID

import structlog
from fastapi import APIRouter, HTTPException, Request

from api.auth import Manager
from api.orders import OrderAnswer
from api.schemas.actions import CallAction, CallActionOut
from api.services import Services
from core.ids import CallId, CallSid

END, SAY, TRANSFER = "end_conversation", "say", "transfer"
ACTIONS: Final = (END, SAY)
NAME: Final = re.compile(r"CA[0-9a-f]{32}|[0-9a-f-]{36}")  # what else is sent, no log shows

router = APIRouter(prefix="/api", tags=["actions"])
log = structlog.get_logger(__name__)


@router.post("/llm-action")
async def act(asked: CallAction, request: Request, caller: Manager) -> CallActionOut:
    """Have the agent of a live call say something, or end the call in words.

    What cannot be done answers 200 with ``success`` false and a message that says why.
    """
    services: Services = request.app.state.services
    wait_s = services.order_rate.wait_s(caller.key_name, services.clock.monotonic_s())
    if wait_s:
        raise HTTPException(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"This key may give {services.order_rate.most} orders a minute.",
            {"Retry-After": str(math.ceil(wait_s))},
        )
    answer = await _carried_out(asked, services)
    log.info(
        "call ordered",
        call=asked.call_sid if NAME.fullmatch(asked.call_sid) else "unknown",
        action=asked.action if asked.action in ACTIONS else "unknown",
        taken=answer.taken,
        by=caller.key_name,
        pii_reason=asked.reason,
    )
    return CallActionOut(
        success=answer.taken, action=asked.action, call_sid=asked.call_sid, message=answer.why
    )


async def _carried_out(asked: CallAction, services: Services) -> OrderAnswer:
    name, text = _name(asked.call_sid), _words(asked.message)
    if asked.action == END:
        return await services.orders.give(name, text, ends_call=True)
    if asked.action == SAY:
        if not text:
            return OrderAnswer(taken=False, why="'say' needs a message: the words to be said.")
        return await services.orders.give(name, text, ends_call=False)
    if asked.action == TRANSFER:
        return OrderAnswer(taken=False, why="'transfer' is not supported yet.")
    known = " and ".join(f"'{action}'" for action in ACTIONS)
    return OrderAnswer(taken=False, why=f"There is no such action. There are {known}.")


def _words(message: str | None) -> str:
    """What of a message can be said: all of it, or nothing where there is no word in it."""
    return message if message and any(each.isalnum() for each in message) else ""


def _name(sid: str) -> CallId | CallSid:
    try:
        return CallId(UUID(sid))
    except ValueError:
        return CallSid(sid)
