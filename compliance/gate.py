"""The gate: may this number be called now? A permit, or every reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from compliance.permit import (
    GATE_SEAL,
    Basis,
    DialPermit,
    Reason,
    ReasonCode,
    Refusal,
    RuleKind,
)
from core.phone import PhoneNumber

# Long enough to reach the carrier, too short to outlive a change of the facts it rests on.
PERMIT_LASTS: Final = timedelta(seconds=60)


class NumberClass(StrEnum):
    """What kind of line a number is, by the national numbering plan."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    UAN = "uan"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    PERSONAL = "personal"
    PAGER = "pager"
    EMERGENCY = "emergency"
    SHORT = "short"
    INVALID = "invalid"
    OTHER = "other"


CALLABLE: Final = frozenset(
    {NumberClass.FIXED_LINE, NumberClass.MOBILE, NumberClass.UAN, NumberClass.VOIP}
)
JURISDICTIONS: Final = frozenset({"GB"})  # the only rules this house knows


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What a number is. ``number`` is None when it is no number in E.164 form."""

    number: PhoneNumber | None
    number_class: NumberClass
    region: str  # ISO 3166-1 alpha-2; empty when unknown


@dataclass(frozen=True, slots=True)
class DialRequest:
    """All that the gate looks at. Whoever asks gathers it; missing facts mean no."""

    facts: NumberFacts
    own_numbers: frozenset[PhoneNumber]
    suppressed: bool  # the person asked this brand not to be called
    at: datetime


def permit_or_refuse(request: DialRequest) -> DialPermit | Refusal:
    """Run every rule: a permit when none objects, else all the reasons."""
    reasons = tuple(found for rule in RULES if (found := rule(request)) is not None)
    number = request.facts.number
    if reasons or number is None:
        return Refusal(reasons or (_unreadable(),))
    return DialPermit(
        number=number,
        basis=Basis.OWN_NUMBER,
        issued_at=request.at,
        expires_at=request.at + PERMIT_LASTS,
        seal=GATE_SEAL,
    )


def _unreadable() -> Reason:
    return Reason(
        ReasonCode.INVALID_NUMBER,
        RuleKind.HOUSE,
        "number.valid",
        "This is no valid telephone number. Write it with its country code: +442079460123.",
    )


def _is_a_number(request: DialRequest) -> Reason | None:
    if request.facts.number_class is NumberClass.INVALID:
        return _unreadable()
    return None


def _is_no_emergency_number(request: DialRequest) -> Reason | None:
    if request.facts.number_class is NumberClass.EMERGENCY:
        return Reason(
            ReasonCode.EMERGENCY_NUMBER,
            RuleKind.SAFETY,
            "number.emergency",
            "Emergency numbers are never called.",
        )
    return None


def _is_a_plain_line(request: DialRequest) -> Reason | None:
    kind = request.facts.number_class
    if kind in CALLABLE or kind in {NumberClass.INVALID, NumberClass.EMERGENCY}:
        return None
    return Reason(
        ReasonCode.NUMBER_TYPE_BLOCKED,
        RuleKind.HOUSE,
        "number.type",
        f"Numbers of the kind {kind.value!r} are never called: only landlines, mobiles, "
        "company-wide (03) and internet telephone numbers are.",
    )


def _is_in_a_known_country(request: DialRequest) -> Reason | None:
    facts = request.facts
    if facts.number_class not in CALLABLE or facts.region in JURISDICTIONS:
        return None
    return Reason(
        ReasonCode.UNSUPPORTED_JURISDICTION,
        RuleKind.HOUSE,
        "number.jurisdiction",
        f"Numbers in {facts.region or 'an unknown country'} are not called: "
        "the calling rules of that country are not part of this installation.",
    )


def _has_not_objected(request: DialRequest) -> Reason | None:
    if not request.suppressed:
        return None
    return Reason(
        ReasonCode.DNC_CONTACT_OBJECTION,
        RuleKind.LAW,
        "PECR reg 21(1)(a)",  # legislation.gov.uk/uksi/2003/2426, read 2026-11-21
        "This person asked not to be called again.",
    )


def _has_a_basis(request: DialRequest) -> Reason | None:
    if request.facts.number in request.own_numbers:
        return None
    return Reason(
        ReasonCode.NO_LAWFUL_BASIS,
        RuleKind.LAW,
        "PECR reg 19",  # automated calls need prior consent; no consent is kept here yet
        "No consent to an automated call is known, and the number is not one of your own. "
        "Your own verified numbers are named in PARLEY_OWN_NUMBERS.",
    )


RULES: Final[tuple[Callable[[DialRequest], Reason | None], ...]] = (
    _is_a_number,
    _is_no_emergency_number,
    _is_a_plain_line,
    _is_in_a_known_country,
    _has_not_objected,
    _has_a_basis,
)
