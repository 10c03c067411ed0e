"""The book of calls: opened, placed, found again, and followed as the carrier reports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from compliance.permit import DialPermit
from core.call import CallCue, CallState, Direction, EndReason, follow
from core.card import CallCard
from core.clock import Entropy
from core.errors import NotFoundError, RefusedError
from core.ids import ENTROPY_BYTES, CallId, CallSid, uuid7
from core.phone import PhoneNumber
from db.brands import PostgresBrandBook
from db.call_life import (
    attach_sid,
    card_of,
    end_call,
    is_leased,
    lock_call,
    open_call,
    outcome_so_far,
)
from db.crypto import Keyring
from db.tables.calls import CallRow, StatusCallbackRow
from db.unit_of_work import Units


class CarrierReport(Protocol):
    """What the carrier says of a call: once, twice or out of order.

    ``sequence`` and ``status`` name the delivery as the carrier does. ``call_id`` finds a call
    that we placed; one that came in is found by its CallSid. ``reason`` is set when the call
    failed to happen.
    """

    @property
    def call_sid(self) -> CallSid: ...
    @property
    def call_id(self) -> CallId | None: ...
    @property
    def sequence(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def cue(self) -> CallCue: ...
    @property
    def reason(self) -> EndReason | None: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class PostgresCallBook:
    """``campaigns.ports.AttemptBook`` and the API's register of calls."""

    units: Units
    keyring: Keyring
    brands: PostgresBrandBook
    entropy: Entropy

    async def opened(self, card: CallCard, permit: DialPermit) -> None:
        """Write an outbound call before anybody dials. Idempotent."""
        async with self.units.begin() as session:
            await open_call(session, self.keyring, card, CallState.QUEUED, permit.basis)

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
                outcome = await outcome_so_far(session, row, reason)
                await end_call(session, row, reason, outcome, at)

    async def receive(
        self, call_sid: CallSid, ours: PhoneNumber, theirs: PhoneNumber | None, at: datetime
    ) -> CallCard | None:
        """Open the call that comes in, or find it again by its SID; None: not our number."""
        async with self.units.begin() as session:
            known = await _by_sid(session, call_sid)
            if known is not None:
                return card_of(known)
        try:
            line = await self.brands.by_number(ours)
        except NotFoundError:
            return None
        card = CallCard(
            call_id=CallId(uuid7(at, self.entropy(ENTROPY_BYTES))),
            brand=line.brand.id,
            direction=Direction.INBOUND,
            script=line.inbound,
            ours=ours,
            theirs=theirs,
            opened_at=at,
            call_sid=call_sid,
        )
        async with self.units.begin() as session:
            if await open_call(session, self.keyring, card, CallState.RINGING):
                return card
            rival = await _by_sid(session, call_sid)  # the same webhook, delivered twice at once
            return None if rival is None else card_of(rival)

    async def card(self, call_id: CallId) -> CallCard:
        """The card of a call. Raises NotFoundError."""
        async with self.units.begin() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                raise NotFoundError("call", str(call_id))
            return card_of(row)

    async def is_over(self, call_id: CallId) -> bool:
        """Whether the call has ended; also true of one that there never was."""
        async with self.units.begin() as session:
            state = await session.scalar(select(CallRow.state).where(CallRow.call_id == call_id))
            return state is None or state is CallState.ENDED

    async def forget_recordings(self, calls: Collection[CallId]) -> None:
        """None of ``calls`` has a recording any more."""
        async with self.units.begin() as session:
            await session.execute(
                update(CallRow).where(CallRow.call_id.in_(calls)).values(recording=None)
            )

    async def name(self, call_id: CallId, call_sid: CallSid) -> CallCard:
        """The card of a call that we placed, now that the carrier's name for it is known.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call is over, or carries another SID.
        """
        async with self.units.begin() as session:
            row = await lock_call(session, call_id)
            if row.state is CallState.ENDED:
                raise RefusedError("CALL_ENDED", "The call is over.")
            attach_sid(row, call_sid)
            return card_of(row)

    async def follow(self, report: CarrierReport) -> None:
        """Take the report in; a repeated or late one changes nothing.

        A call that a living process holds is ended by that process, not by the carrier's word:
        its last turn may still be on the way to being committed.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: the call has another CallSid.
        """
        async with self.units.begin() as session:
            call_id = report.call_id
            if call_id is None:
                found = await _by_sid(session, report.call_sid)
                if found is None:
                    raise NotFoundError("call", report.call_sid)
                call_id = CallId(found.call_id)
            row = await lock_call(session, call_id)
            attach_sid(row, report.call_sid)
            delivery = (
                insert(StatusCallbackRow)
                .values(
                    call_sid=report.call_sid,
                    sequence=report.sequence,
                    status=report.status,
                    received_at=report.at,
                )
                .on_conflict_do_nothing()
                .returning(StatusCallbackRow.sequence)
            )
            if await session.scalar(delivery) is not None:
                await _apply(session, row, report)


async def _apply(session: AsyncSession, row: CallRow, report: CarrierReport) -> None:
    if report.cue is not CallCue.ENDED:
        row.state = follow(row.state, report.cue)
        if row.state is CallState.TALKING:
            row.answered_at = row.answered_at or report.at
        return
    row.carrier_ended_at = row.carrier_ended_at or report.at
    if row.state is not CallState.ENDED and not is_leased(row, report.at):
        reason = row.end_reason or report.reason or _why_over(row)
        outcome = await outcome_so_far(session, row, reason)
        await end_call(session, row, reason, outcome, report.at)


def _why_over(row: CallRow) -> EndReason:
    """Why a call without a living session ended, when the carrier only says that it did."""
    if row.lease_owner is not None:
        return EndReason.PROCESS_DIED
    talked = row.state is CallState.TALKING
    return EndReason.STREAM_LOST if talked else EndReason.CALLER_HUNG_UP


async def _by_sid(session: AsyncSession, call_sid: CallSid) -> CallRow | None:
    found: CallRow | None = await session.scalar(
        select(CallRow).where(CallRow.call_sid == call_sid)
    )
    return found
