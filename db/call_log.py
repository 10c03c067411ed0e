"""The log of live calls, and the leases by which processes own them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.call import CallCue, CallState, EndReason, Outcome, follow
from core.card import CallCard
from core.clock import Clock
from core.errors import NotFoundError, RefusedError
from core.ids import CallId
from core.speech import Evidence
from core.timing import TurnTiming
from core.usage import Usage
from db.call_life import (
    attach_sid,
    end_call,
    ignores,
    is_leased,
    lock_call,
    open_call,
    outcome_by_turns,
    outcome_so_far,
)
from db.crypto import Keyring
from db.tables.calls import CallRow
from db.tables.conversation import EvidenceRow, TurnTimingRow
from db.unit_of_work import Units
from db.usage import record_usage

LEASE: Final = timedelta(seconds=30)  # renewed every 10 s: two renewals may be missed
# After the carrier's last word a session needs seconds to end; a minute means that it hangs.
CARRIER_GRACE: Final = timedelta(minutes=1)
# The carrier rings for at most 600 s; a call without a stream after that has been forgotten.
FORGOTTEN: Final = timedelta(minutes=15)
ORPHANS_AT_ONCE: Final = 100  # per transaction, so that no lock is held long


@dataclass(frozen=True, slots=True)
class PostgresCallLog:
    """``voice.ports.CallLog``. ``owner`` names this process in the leases of its calls.

    What comes from a process that lost the call to another one is ignored, and logged.
    """

    units: Units
    keyring: Keyring
    clock: Clock
    owner: str

    async def opened(self, card: CallCard, engines: Sequence[str]) -> None:
        """The media stream is up: the call talks, and this process owns it.

        Raises:
            RefusedError: the call is over, or another living process holds it.
        """
        now = self.clock.now()
        async with self.units.begin() as session:
            await open_call(session, self.keyring, card, CallState.QUEUED)
            row = await lock_call(session, card.call_id)
            if row.state is CallState.ENDED:
                raise RefusedError("CALL_ENDED", "The call is over; it cannot be answered.")
            if row.lease_owner not in {None, self.owner} and is_leased(row, now):
                raise RefusedError("CALL_OWNED", "Another process holds the call.")
            if card.call_sid is not None:
                attach_sid(row, card.call_sid)
            row.state = follow(row.state, CallCue.ANSWERED)
            row.answered_at = row.answered_at or now
            row.engines = list(engines)
            if row.lease_owner != self.owner:
                row.lease_owner, row.lease_fence = self.owner, row.lease_fence + 1
            row.lease_expires_at = now + LEASE

    async def used(
        self, call_id: CallId, usage: Sequence[Usage], timings: Sequence[TurnTiming] = ()
    ) -> None:
        """Store usage that arose outside a turn's commit, and waterfalls of turns.

        What was used is owed, also by a process that has lost the call meanwhile; its waterfalls
        are ignored. A later waterfall of the same turn replaces the first.

        Raises:
            NotFoundError: there is no such call.
        """
        async with self.units.begin() as session:
            call = await _find(session, call_id)
            await record_usage(session, call, usage, self.clock.now())
            if timings and not ignores(call, self.owner, "timing"):
                rows = [{"call_id": call_id, **asdict(timing)} for timing in timings]
                await session.execute(_KEEP_TIMING, rows)

    async def proved(self, call_id: CallId, evidence: Evidence) -> None:
        """Store that something was heard that had to be; the first proof of a turn stands.

        Raises:
            NotFoundError: there is no such call.
        """
        async with self.units.begin() as session:
            call = await _find(session, call_id)
            if ignores(call, self.owner, "evidence"):
                return
            await session.execute(
                insert(EvidenceRow)
                .values(call_id=call_id, stored_at=self.clock.now(), **asdict(evidence))
                .on_conflict_do_nothing(index_elements=["call_id", "turn", "what"])
            )

    async def ended(
        self, call_id: CallId, reason: EndReason, outcome: Outcome, recording: str | None
    ) -> None:
        """The call is over; the first end stands, a recording may still be added.

        The last committed turn's outcome goes before ``outcome``.

        Raises:
            NotFoundError: there is no such call.
        """
        async with self.units.begin() as session:
            row = await lock_call(session, call_id)
            if ignores(row, self.owner, "end"):
                return
            row.recording = row.recording or recording
            if row.state is not CallState.ENDED:
                outcome = await outcome_by_turns(session, row, outcome)
                await end_call(session, row, reason, outcome, self.clock.now())

    async def renew(self, calls: Collection[CallId]) -> int:
        """Keep the leases of ``calls``, those this process still holds; how many it kept.

        To be called every 10 s. A call that is not named, because its session is gone, runs out
        of its lease and is closed as an orphan.
        """
        async with self.units.begin() as session:
            renewed = await session.scalars(
                update(CallRow)
                .where(
                    CallRow.call_id.in_(calls),
                    CallRow.state == CallState.TALKING,
                    CallRow.lease_owner == self.owner,
                )
                .values(lease_expires_at=self.clock.now() + LEASE)
                .returning(CallRow.call_id)
                .execution_options(synchronize_session=False)
            )
            return len(renewed.all())

    async def close_orphans(
        self, now: datetime, dead_owners: Collection[str] = ()
    ) -> Sequence[CallId]:
        """End the calls that nobody will end any more; their committed turns are kept.

        These are: calls whose lease ran out or whose owner is among ``dead_owners``; calls that
        hang in a session a minute after the carrier ended them; calls that never got a stream.
        Safe to run in several processes at once.
        """
        closed: list[CallId] = []
        while some := await self._close_some(now, dead_owners):
            closed += some
        return closed

    async def _close_some(self, now: datetime, dead: Collection[str]) -> Sequence[CallId]:
        lost = or_(CallRow.lease_expires_at <= now, CallRow.lease_owner.in_(list(dead)))
        hanging = CallRow.carrier_ended_at <= now - CARRIER_GRACE
        forgotten = and_(CallRow.lease_owner.is_(None), CallRow.opened_at <= now - FORGOTTEN)
        async with self.units.begin() as session:
            rows = await session.scalars(
                select(CallRow)
                .where(CallRow.state != CallState.ENDED, or_(lost, hanging, forgotten))
                .order_by(CallRow.call_id)
                .limit(ORPHANS_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            orphans = rows.all()
            for row in orphans:
                reason = row.end_reason or _why(row, now, dead)
                outcome = await outcome_so_far(session, row, reason)
                await end_call(session, row, reason, outcome, now)
            return [CallId(row.call_id) for row in orphans]


def _keep_timing() -> Insert:
    new = insert(TurnTimingRow)
    told = {each.name: new.excluded[each.name] for each in fields(TurnTiming)}
    return new.on_conflict_do_update(index_elements=["call_id", "turn"], set_=told)


_KEEP_TIMING: Final = _keep_timing()


async def _find(session: AsyncSession, call_id: CallId) -> CallRow:
    call = await session.get(CallRow, call_id)
    if call is None:
        raise NotFoundError("call", str(call_id))
    return call


def _why(row: CallRow, now: datetime, dead: Collection[str]) -> EndReason:
    if row.lease_owner is None:
        talked = row.state is CallState.TALKING
        return EndReason.STREAM_LOST if talked else EndReason.CARRIER_FAILED
    if row.lease_owner in dead or not is_leased(row, now):
        return EndReason.PROCESS_DIED
    return EndReason.STREAM_LOST
