"""The book of calls: opened, placed, found again, and followed as the carrier reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from compliance.permit import DialPermit
from core.call import CallCue, CallState, EndReason, follow
from core.card import CallCard
from core.errors import BrokenInvariantError, NotFoundError
from core.ids import CallId, CallSid
from db.call_life import attach_sid, card_of, end_call, is_leased, lock_call, open_call
from db.call_life import outcome_so_far as so_far
from db.crypto import Keyring
from db.tables.calls import CallRow, StatusCallbackRow
from db.unit_of_work import Units


def as_call_id(reference: str) -> CallId | None:
    """The call id that ``reference`` spells, if it spells one."""
    try:
        return CallId(UUID(reference))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class PostgresCallBook:
    """Calls as campaigns and the API see them; also the book of attempts."""

    units: Units
    keyring: Keyring

    async def opened(self, card: CallCard, permit: DialPermit) -> None:
        """Write an outbound call before anybody dials. Idempotent."""
        async with self.units.begin() as session:
            await open_call(session, self.keyring, card, CallState.QUEUED, permit.basis)

    async def open_inbound(self, card: CallCard) -> CallCard:
        """Write a call that rings here; a repeated webhook gets the card of the first.

        Raises:
            BrokenInvariantError: the card has no CallSid.
        """
        if card.call_sid is None:
            raise BrokenInvariantError("An inbound call has a CallSid from its first webhook.")
        async with self.units.begin() as session:
            if await open_call(session, self.keyring, card, CallState.RINGING):
                return card
            return card_of(await _by_sid(session, card.call_sid))

    async def placed(self, call_id: CallId, call_sid: CallSid) -> None:
        """The carrier took the call; its callbacks may have come first.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call has another CallSid.
        """
        async with self.units.begin() as session:
            row = await lock_call(session, call_id)
            attach_sid(row, call_sid)
            row.state = follow(row.state, CallCue.PLACED)

    async def failed(self, call_id: CallId, reason: EndReason, at: datetime) -> None:
        """The carrier refused: the call is over. Idempotent. Raises NotFoundError."""
        async with self.units.begin() as session:
            row = await lock_call(session, call_id)
            if row.state is not CallState.ENDED:
                await end_call(session, row, reason, await so_far(session, row, reason), at)

    async def card(self, call_id: CallId) -> CallCard:
        """The card of a call. Raises NotFoundError."""
        async with self.units.begin() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                raise NotFoundError("call", str(call_id))
            return card_of(row)

    async def find(self, reference: str) -> CallCard:
        """The card of the call with this CallSid or call id. Raises NotFoundError."""
        call_id = as_call_id(reference)
        if call_id is not None:
            return await self.card(call_id)
        async with self.units.begin() as session:
            return card_of(await _by_sid(session, CallSid(reference)))

    async def state(self, call_id: CallId) -> CallState:
        """Where the call is in its life. Raises NotFoundError."""
        async with self.units.begin() as session:
            state = await session.scalar(select(CallRow.state).where(CallRow.call_id == call_id))
            if state is None:
                raise NotFoundError("call", str(call_id))
            return state

    async def report(
        self,
        call_sid: CallSid,
        sequence: int,
        status: str,
        cue: CallCue,
        at: datetime,
        *,
        reason: EndReason = EndReason.CARRIER_FAILED,
        call_id: CallId | None = None,
    ) -> CallState:
        """Apply what the carrier reports; repeated and late reports change nothing.

        ``sequence`` and ``status`` name the delivery as the carrier does. ``call_id`` finds a
        call whose CallSid is not known yet. ``reason`` is used when the report ends the call.
        A call that a living process holds is ended by that process, not by the report.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call has another CallSid.
        """
        async with self.units.begin() as session:
            known = call_id or (await _by_sid(session, call_sid)).call_id
            row = await lock_call(session, known)
            attach_sid(row, call_sid)
            delivery = (
                insert(StatusCallbackRow)
                .values(call_sid=call_sid, sequence=sequence, status=status, received_at=at)
                .on_conflict_do_nothing()
                .returning(StatusCallbackRow.sequence)
            )
            if await session.scalar(delivery) is not None:
                await _apply(session, row, cue, reason, at)
            return row.state


async def _apply(
    session: AsyncSession, row: CallRow, cue: CallCue, reason: EndReason, at: datetime
) -> None:
    if cue is not CallCue.ENDED:
        before, row.state = row.state, follow(row.state, cue)
        if row.state is CallState.TALKING and before is not CallState.TALKING:
            row.answered_at = at
        return
    row.carrier_ended_at = row.carrier_ended_at or at
    if row.state is not CallState.ENDED and not is_leased(row, at):
        await end_call(session, row, reason, await so_far(session, row, reason), at)


async def _by_sid(session: AsyncSession, call_sid: CallSid) -> CallRow:
    row = await session.scalar(select(CallRow).where(CallRow.call_sid == call_sid))
    if row is None:
        raise NotFoundError("call", call_sid)
    return row
