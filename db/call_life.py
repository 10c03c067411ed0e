"""The steps in a call's life that several repositories take, each inside their transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from compliance.permit import Basis
from core.call import CallCue, CallState, EndReason, Outcome, follow
from core.card import CallCard, ScriptRef
from core.errors import NotFoundError, RefusedError
from core.events import Fact, FactKind
from core.ids import BrandId, CallId, CallSid
from db.crypto import Keyring
from db.tables.calls import CallRow
from db.tables.conversation import TurnRow
from db.unit_of_work import publish

log = structlog.get_logger(__name__)

NOBODY_ANSWERED: Final = frozenset({EndReason.BUSY, EndReason.NO_ANSWER, EndReason.NO_RESPONSE})


def card_of(row: CallRow) -> CallCard:
    """The card of a stored call."""
    return CallCard(
        call_id=CallId(row.call_id),
        brand=BrandId(row.brand_id),
        direction=row.direction,
        script=ScriptRef(row.script_name, row.script_version),
        ours=row.ours,
        theirs=row.theirs,
        opened_at=row.opened_at,
        call_sid=None if row.call_sid is None else CallSid(row.call_sid),
        variables={name: str(value) for name, value in row.variables.items()},
    )


async def open_call(
    session: AsyncSession,
    keyring: Keyring,
    card: CallCard,
    state: CallState,
    basis: Basis | None = None,
) -> bool:
    """Write a new call and its fact; False when the call or its CallSid is known already."""
    values: dict[str, object] = {
        "call_id": card.call_id,
        "call_sid": card.call_sid,
        "brand_id": card.brand,
        "direction": card.direction,
        "state": state,
        "script_name": card.script.name,
        "script_version": card.script.version,
        "ours": card.ours,
        "ours_index": keyring.index(card.ours.e164),
        "theirs": card.theirs,
        "theirs_index": None if card.theirs is None else keyring.index(card.theirs.e164),
        "variables": dict(card.variables),
        "engines": [],
        "permit_basis": basis,
        "opened_at": card.opened_at,
        "lease_fence": 0,
    }
    written = await session.scalar(
        insert(CallRow).values(values).on_conflict_do_nothing().returning(CallRow.call_id)
    )
    if written is None:
        return False
    opened = {"direction": card.direction.value, "brand_id": str(card.brand)}
    await publish(session, [Fact(FactKind.CALL_OPENED, card.opened_at, card.call_id, opened)])
    return True


async def lock_call(session: AsyncSession, call_id: UUID) -> CallRow:
    """The call, held until the transaction ends. Raises NotFoundError."""
    row = await session.get(CallRow, call_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("call", str(call_id))
    return row


def attach_sid(row: CallRow, call_sid: CallSid) -> None:
    """Name the call as the carrier does. Raises RefusedError when it has another name."""
    if row.call_sid is None:
        row.call_sid = call_sid
    elif row.call_sid != call_sid:
        raise RefusedError("CALL_SID_DIFFERS", "The carrier knows this call by another CallSid.")


def require_owner(row: CallRow, owner: str) -> None:
    """Let only the process that holds a live call write to it.

    An owner's name is new with every start of a process, so a process that lost a call can never
    be taken for the one that holds it: to have the same name is to have the same fence.
    ``lease_fence`` only counts the owners, for those who look into a call's past.

    Raises:
        RefusedError: ``CALL_ENDED``, or ``LEASE_LOST`` to another process.
    """
    if row.state is CallState.ENDED:
        raise RefusedError("CALL_ENDED", "The call is over; nothing more is committed to it.")
    if is_lost(row, owner):
        raise RefusedError("LEASE_LOST", "Another process holds the call now.")


def is_lost(row: CallRow, owner: str) -> bool:
    """Whether another process than ``owner`` holds the call now."""
    return row.lease_owner not in {None, owner}


def ignores(row: CallRow, owner: str, what: str) -> bool:
    """Whether ``what`` comes from a process that lost the call; then the log tells of it."""
    lost = is_lost(row, owner)
    if lost:
        log.warning("write to a lost call ignored", call_id=str(row.call_id), what=what)
    return lost


def is_leased(row: CallRow, at: datetime) -> bool:
    """Whether a living process holds the call."""
    return row.lease_expires_at is not None and row.lease_expires_at > at


async def outcome_so_far(session: AsyncSession, row: CallRow, reason: EndReason) -> Outcome:
    """What an unfinished call came to: its last committed turn knows, else the reason."""
    nothing = Outcome.NO_RESPONSE if reason in NOBODY_ANSWERED else Outcome.FAILED
    return row.outcome or await outcome_by_turns(session, row, nothing)


async def outcome_by_turns(session: AsyncSession, row: CallRow, otherwise: Outcome) -> Outcome:
    """What the last committed turn came to; ``otherwise`` when it came to nothing yet.

    A process does not know of a commit that was written while it stopped waiting for it: the
    row knows more than the memory.
    """
    last = await session.scalar(
        select(TurnRow.outcome)
        .where(TurnRow.call_id == row.call_id)
        .order_by(TurnRow.number.desc())
        .limit(1)
    )
    return otherwise if last is None else last


async def end_call(
    session: AsyncSession, row: CallRow, reason: EndReason, outcome: Outcome, at: datetime
) -> None:
    """End a call that is not over yet, let go of its lease, and publish the fact."""
    row.state = follow(row.state, CallCue.ENDED)
    row.end_reason, row.outcome, row.ended_at = reason, outcome, at
    row.lease_owner = row.lease_expires_at = None
    ended = {"outcome": outcome.value, "reason": reason.value, "brand_id": str(row.brand_id)}
    await session.flush()
    await publish(session, [Fact(FactKind.CALL_ENDED, at, CallId(row.call_id), ended)])
