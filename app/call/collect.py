"""From the server's account of a call and the line's own recording to one result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.call.result import Booking, CallResult, Cost, CostLine, Parts, Span, Transition, Turn
from app.call.scenario import Expected
from app.call.seen import SeenBooking, SeenCall, SeenCost, SeenScript, SeenTiming, SeenTurn
from app.call.spoken_time import SpokenTime
from app.call.steps import steps_of
from core.call import Outcome
from core.money import MICROS_PER_USD

FOREVER_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line of the caller, and where its sound lies on the line, in ms of the stream."""

    text: str
    from_ms: int
    to_ms: int
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """One call as the other end of the line had it.

    All times are milliseconds since the answer. ``caller`` and ``agent``: when each side was
    heard. ``stream_from_ms``: when the media stream began, from which the server counts.
    ``failure``: why the call could not be played to its end; empty if it was.
    """

    scenario: str
    title: str
    direction: str
    lines: Sequence[SpokenLine]
    caller: Sequence[Span]
    agent: Sequence[Span]
    seconds: float
    stream_from_ms: int = 0
    greeting_ms: int | None = None
    barge_in_ms: int | None = None
    call_sid: str | None = None
    expected: Expected | None = None
    agreed: SpokenTime | None = None
    failure: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))


def collect(played: Played, seen: SeenCall | None) -> CallResult:
    """The result of a call. ``seen`` is None when the server could not tell of it any more."""
    turns = _turns(played, seen.turns if seen else [])
    outcome = (seen.outcome if seen else None) or Outcome.FAILED
    if played.failure:
        outcome = Outcome.FAILED
    seen = seen or SeenCall(state="ended")
    result = CallResult(
        outcome=outcome,
        booked_at=seen.bookings[-1].starts_at if seen.bookings else None,
        greeting_ms=played.greeting_ms,
        turns=turns,
        barge_in_ms=played.barge_in_ms,
        cost=_cost(seen.cost),
        call_sid=played.call_sid or seen.call_sid,
        engines=seen.engines,
        scenario=played.scenario,
        title=played.title,
        direction=played.direction,
        seconds=round(played.seconds, 2),
        expected=played.expected.outcome if played.expected else None,
        reason=played.failure.partition("\n")[0] or seen.end_reason or "",
        brand=seen.brand or "",
        script=_script(seen.script),
        started_at=seen.opened_at,
        agreed=_in_full(played.agreed) if played.agreed else None,
        bookings=[_booking(booking) for booking in seen.bookings],
        transitions=[_transition(row) for row in seen.transitions],
    )
    return result.model_copy(update={"problems": _problems(result, played, seen)})


def _turns(played: Played, seen: Sequence[SeenTurn]) -> list[Turn]:
    """Each stored turn with what was truly said before it and what truly sounded after it."""
    waiting = list(played.lines)
    taken: list[list[SpokenLine]] = []
    for turn in seen:
        mine = _lines_of(turn, waiting, played.stream_from_ms)
        waiting = waiting[len(mine) :]
        taken.append(mine)
    begins = [_begins_ms(turn, mine, played) for turn, mine in zip(seen, taken, strict=True)]
    turns: list[Turn] = []
    for index, (turn, mine) in enumerate(zip(seen, taken, strict=True)):
        ends = begins[index + 1] if index + 1 < len(begins) else FOREVER_MS
        spoken = [span for span in played.agent if begins[index] <= span.from_ms < ends]
        v2v = spoken[0].from_ms - begins[index] if mine and spoken else None
        turns.append(_turn(turn, mine, spoken, v2v, played.caller))
    return turns


def _lines_of(
    turn: SeenTurn, waiting: Sequence[SpokenLine], stream_from_ms: int
) -> list[SpokenLine]:
    """The caller's lines that this turn answers: those begun before its speech end."""
    if turn.kind != "speech":
        return []
    if turn.timing is None:
        return list(waiting[:1])
    end = stream_from_ms + turn.timing.speech_end_ms
    return [line for line in waiting if line.from_ms < end]


def _begins_ms(turn: SeenTurn, mine: Sequence[SpokenLine], played: Played) -> int:
    """From when on sound of the agent belongs to this turn: the caller's last sound."""
    if mine:
        return _last_sound_ms(mine[-1], played.caller)
    if turn.kind == "opening" or turn.timing is None:
        return 0
    return played.stream_from_ms + (turn.timing.decided_ms or turn.timing.speech_end_ms)


def _last_sound_ms(line: SpokenLine, caller: Sequence[Span]) -> int:
    """The end of the true sound of a line: recordings and voices trail off in silence."""
    ends = [span.to_ms for span in caller if line.from_ms <= span.to_ms <= line.to_ms + 100]
    return max(ends, default=line.to_ms)


def _turn(
    turn: SeenTurn,
    mine: Sequence[SpokenLine],
    spoken: list[Span],
    v2v_ms: int | None,
    caller: Sequence[Span],
) -> Turn:
    reply, unheard = turn.reply or "", turn.unheard or ""
    return Turn(
        number=turn.number,
        caller_said=" ".join(line.text for line in mine),
        heard=turn.caller_said or "",
        confidence=turn.confidence,
        language=turn.language,
        language_probability=turn.language_probability,
        agent=turn.agent or "",
        stage=turn.stage or "",
        reply=reply,
        heard_of_reply=reply if turn.heard is None else turn.heard,
        unheard=unheard,
        v2v_ms=v2v_ms,
        parts=parts_of(turn.timing, v2v_ms),
        intent=turn.intent or "",
        tools=turn.tools,
        model=turn.model or "",
        faults=turn.faults,
        cost_micros=turn.cost_micros or 0,
        caller=[Span(from_ms=line.from_ms, to_ms=_last_sound_ms(line, caller)) for line in mine],
        spoken=spoken,
        interrupted=bool(unheard),
    )


def parts_of(timing: SeenTiming | None, v2v_ms: int | None = None) -> Parts:
    """The steps between the moments of ``timing``; None where a moment is missing.

    ``v2v_ms``: the whole as the line saw it; what the steps lack of it was spent listening.
    """
    steps = steps_of({} if timing is None else timing.model_dump())
    took = dict(steps.took_ms)
    if v2v_ms is not None and "endpointing" in took:
        took["endpointing"] = max(0, v2v_ms - steps.total_ms + took["endpointing"])
    return Parts(
        endpointing_ms=took.get("endpointing"),
        transcript_ms=took.get("transcript"),
        brain_ms=took.get("brain"),
        voice_ms=took.get("voice"),
        send_ms=took.get("send"),
        played_ms=took.get("played"),
        ahead=list(steps.ahead),
    )


def _cost(cost: SeenCost) -> Cost:
    lines = [
        CostLine(
            sku=line.sku,
            unit=line.unit,
            quantity=line.quantity,
            usd=(line.micros or 0) / MICROS_PER_USD,
        )
        for line in cost.lines
    ]
    return Cost(total_usd=cost.total_micros / MICROS_PER_USD, lines=lines)


def _script(script: SeenScript | None) -> str:
    return f"{script.name} v{script.version}" if script else ""


def _booking(booking: SeenBooking) -> Booking:
    value = None if booking.value_micros is None else booking.value_micros / MICROS_PER_USD
    return Booking(
        starts_at=booking.starts_at,
        minutes=booking.minutes,
        name=booking.name or "",
        value_usd=value,
    )


def _transition(row: dict[str, str | int | None]) -> Transition:
    return Transition(
        turn=int(row.get("turn") or 0),
        from_agent=str(row.get("from") or ""),
        to_agent=str(row.get("to") or ""),
        stage=str(row.get("stage") or ""),
        reason=str(row.get("reason") or ""),
    )


def _in_full(agreed: SpokenTime) -> str:
    """``Tuesday 24 November 10:00``."""
    day = f"{agreed.day:%A %d %B} " if agreed.day else ""
    return f"{day}{agreed.minute // 60:02d}:{agreed.minute % 60:02d}"


def _problems(result: CallResult, played: Played, seen: SeenCall) -> list[str]:
    """All that is not as the scenario says, one sentence each."""
    found: list[str] = []
    if played.failure:
        found.append(played.failure)
    elif seen.outcome is None:
        found.append("The server has no outcome for this call.")
    expected = played.expected
    if expected is None:
        return found
    if not played.failure and result.outcome is not expected.outcome:
        found.append(f"The call ended as {result.outcome}, not as {expected.outcome}.")
    if expected.barge_in and not any(turn.interrupted for turn in result.turns):
        found.append("The agent was not interrupted.")
    return found + _wrong_times(played, seen)


def _wrong_times(played: Played, seen: SeenCall) -> list[str]:
    """Appointments and callbacks at times to which the caller did not agree."""
    found: list[str] = []
    promised = [("Booked", booking.starts_at) for booking in seen.bookings]
    promised += [("Callback", row.due_at) for row in seen.callbacks if row.due_at is not None]
    for what, at in promised:
        local = at.astimezone(played.zone)
        if played.agreed is None:
            found.append(f"{what} for {local:%A %d %B %H:%M}, but the caller agreed to no time.")
        elif not played.agreed.is_at(local):
            found.append(
                f"{what} for {local:%A %d %B %H:%M}, "
                f"but the caller agreed to {_in_full(played.agreed)}."
            )
    return found
