"""Effects of a turn made real: all of them or none, each refusal with its code.

Each tool has one applier. An applier writes its rows and says what fact is now true, or raises
a refusal; then the savepoint around the effects of the turn takes them back. A wish not to be
called again stands apart: it is never refused, and nothing that is refused takes it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.effects import Effect, EffectTool, Json
from core.events import Fact, FactKind
from core.ids import CallId
from db.crypto import Keyring
from db.tables.brands import BrandRow, SuppressionScope
from db.tables.calls import CallRow
from db.tables.conversation import (
    BookingRow,
    BookingStatus,
    CallbackRow,
    CallbackStatus,
    EffectRow,
    EffectStatus,
    SuppressionRow,
)
from graph.ports import EffectOutcome

SLOT_TAKEN: Final = "slot_taken"
IN_THE_PAST: Final = "in_the_past"
BAD_ARGUMENTS: Final = "bad_arguments"
NUMBER_WITHHELD: Final = "number_withheld"  # nothing to put on the list of suppressed numbers
NOT_DONE: Final = "another_was_refused"

OVERLAP_SQLSTATE: Final = "23P01"  # exclusion_violation
LONGEST_MINUTES: Final = 24 * 60


class EffectRefusedError(Exception):
    """A rule said no to an effect; ``code`` says which. Never leaves this module."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Scene:
    """What appliers may use besides the effect: the locked call, the moment, the keyring."""

    session: AsyncSession
    call: CallRow
    turn: int
    at: datetime
    keyring: Keyring


Applier: TypeAlias = Callable[[Scene, Effect], Awaitable[Fact]]
Placed: TypeAlias = Sequence[tuple[int, Effect]]  # effects with their places in the turn


async def do_effects(
    scene: Scene, effects: Sequence[Effect]
) -> tuple[Sequence[EffectOutcome], Sequence[Fact]]:
    """Do the opt-outs; then all other ``effects`` or, when one is refused, none of those.

    Stores what became of each. The same key twice in one turn is one effect.
    """
    placed = list(enumerate({effect.key: effect for effect in effects}.values()))
    leaving = [each for each in placed if each[1].tool is EffectTool.OPT_OUT]
    others = [each for each in placed if each[1].tool is not EffectTool.OPT_OUT]
    left, facts = await _leave(scene, leaving)
    done, more = await _all_or_none(scene, others)
    became = {outcome.key: outcome for outcome in (*left, *done)}
    return [became[effect.key] for _, effect in placed], [*facts, *more]


async def _leave(scene: Scene, leaving: Placed) -> tuple[Sequence[EffectOutcome], Sequence[Fact]]:
    """Opt the caller out. Of a withheld number there is nothing to suppress: that is noted."""
    note = NUMBER_WITHHELD if scene.call.theirs is None else ""
    reasons = {effect.key: note for _, effect in leaving}
    await _store(scene, leaving, reasons, EffectStatus.DONE)
    facts = [await _opt_out(scene, effect) for _, effect in leaving]
    return [EffectOutcome(key, done=True, reason=note) for key in reasons], facts


async def _all_or_none(
    scene: Scene, effects: Placed
) -> tuple[Sequence[EffectOutcome], Sequence[Fact]]:
    if not effects:
        return [], []
    reasons = {effect.key: "" for _, effect in effects}
    facts: list[Fact] = []
    current = ""
    try:
        async with scene.session.begin_nested():
            await _store(scene, effects, reasons, EffectStatus.DONE)
            for _, effect in effects:
                current = effect.key
                facts.append(await APPLIERS[effect.tool](scene, effect))
    except EffectRefusedError as refusal:
        reasons = {key: refusal.code if key == current else NOT_DONE for key in reasons}
        await _store(scene, effects, reasons, EffectStatus.REFUSED)
        return [EffectOutcome(key, done=False, reason=code) for key, code in reasons.items()], []
    return [EffectOutcome(key, done=True) for key in reasons], facts


async def _store(
    scene: Scene, effects: Placed, reasons: Mapping[str, str], status: EffectStatus
) -> None:
    rows = [
        {
            "key": effect.key,
            "call_id": scene.call.call_id,
            "turn": scene.turn,
            "position": position,
            "tool": effect.tool,
            "arguments": dict(effect.arguments),
            "status": status,
            "reason": reasons[effect.key],
            "at": scene.at,
        }
        for position, effect in effects
    ]
    if rows:
        await scene.session.execute(insert(EffectRow), rows)


async def _book(scene: Scene, effect: Effect) -> Fact:
    starts_at = _instant(effect.arguments.get("starts_at"))
    ends_at = starts_at + timedelta(minutes=_minutes(effect.arguments.get("minutes")))
    name, value = effect.arguments.get("name"), effect.arguments.get("value_micros", 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise EffectRefusedError(BAD_ARGUMENTS)
    if starts_at <= scene.at:
        raise EffectRefusedError(IN_THE_PAST)
    # One writer per diary: two inserts that meet in an exclusion constraint can deadlock.
    await scene.session.execute(
        select(BrandRow.id)
        .where(BrandRow.id == scene.call.brand_id)
        .with_for_update(key_share=True)
    )
    booking = insert(BookingRow).values(
        call_id=scene.call.call_id,
        effect_key=effect.key,
        brand_id=scene.call.brand_id,
        starts_at=starts_at,
        ends_at=ends_at,
        name=None if name is None else str(name),
        value_micros=value,
        status=BookingStatus.CONFIRMED,
        created_at=scene.at,
    )
    try:
        await scene.session.execute(booking)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != OVERLAP_SQLSTATE:
            raise
        raise EffectRefusedError(SLOT_TAKEN) from None
    return _fact(
        scene,
        FactKind.APPOINTMENT_BOOKED,
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        value_micros=value,
    )


async def _call_back(scene: Scene, effect: Effect) -> Fact:
    given = effect.arguments.get("due_at")
    due_at = None if given is None else _instant(given)
    if due_at is not None and due_at <= scene.at:
        raise EffectRefusedError(IN_THE_PAST)
    await scene.session.execute(
        insert(CallbackRow).values(
            call_id=scene.call.call_id,
            effect_key=effect.key,
            brand_id=scene.call.brand_id,
            due_at=due_at,
            wording=str(effect.arguments.get("wording", "")),
            status=CallbackStatus.OPEN,
            created_at=scene.at,
        )
    )
    due = None if due_at is None else due_at.isoformat()
    return _fact(scene, FactKind.CALLBACK_REQUESTED, due_at=due)


async def _opt_out(scene: Scene, effect: Effect) -> Fact:
    if scene.call.theirs is None:
        return _fact(scene, FactKind.OPTED_OUT, note=NUMBER_WITHHELD)
    brand = await scene.session.get_one(BrandRow, scene.call.brand_id)
    only_brand = brand.suppression_scope is SuppressionScope.BRAND
    await scene.session.execute(
        insert(SuppressionRow).values(
            number=scene.call.theirs,
            number_index=scene.keyring.index(scene.call.theirs.e164),
            brand_id=brand.id if only_brand else None,
            call_id=scene.call.call_id,
            effect_key=effect.key,
            wording=str(effect.arguments.get("wording", "")),
            at=scene.at,
        )
    )
    return _fact(scene, FactKind.OPTED_OUT, scope=brand.suppression_scope.value)


APPLIERS: Final[Mapping[EffectTool, Applier]] = MappingProxyType(
    {
        EffectTool.BOOK_APPOINTMENT: _book,
        EffectTool.REQUEST_CALLBACK: _call_back,
    }
)


def _fact(scene: Scene, kind: FactKind, **data: Json) -> Fact:
    about: dict[str, Json] = {"brand_id": str(scene.call.brand_id), "turn": scene.turn}
    return Fact(kind, scene.at, CallId(scene.call.call_id), {**about, **data})


def _instant(value: Json) -> datetime:
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise EffectRefusedError(BAD_ARGUMENTS) from None
    if instant.tzinfo is None:
        raise EffectRefusedError(BAD_ARGUMENTS)
    return instant


def _minutes(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LONGEST_MINUTES:
        raise EffectRefusedError(BAD_ARGUMENTS)
    return value
