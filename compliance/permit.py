"""The dial permit: the only key the dialer accepts, and the refusal that stands for a no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import BrokenInvariantError
from core.phone import PhoneNumber

GATE_SEAL: Final = object()  # held by compliance.gate alone; an architecture test watches


class Basis(StrEnum):
    """Why a call is lawful."""

    OWN_NUMBER = "own_number"  # the operator calls a number that is the operator's own


class ReasonCode(StrEnum):
    """Why a call is refused: stable, machine-readable."""

    INVALID_NUMBER = "INVALID_NUMBER"
    EMERGENCY_NUMBER = "EMERGENCY_NUMBER"
    NUMBER_TYPE_BLOCKED = "NUMBER_TYPE_BLOCKED"
    UNSUPPORTED_JURISDICTION = "UNSUPPORTED_JURISDICTION"
    DNC_CONTACT_OBJECTION = "DNC_CONTACT_OBJECTION"
    NO_LAWFUL_BASIS = "NO_LAWFUL_BASIS"


class RuleKind(StrEnum):
    """Where a rule comes from."""

    LAW = "law"
    SAFETY = "safety"
    HOUSE = "house"  # the installation's own caution


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that said no. ``rule`` cites it; ``message`` is for a person."""

    code: ReasonCode
    kind: RuleKind
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not be placed; every reason, in the order in which to show them."""

    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise BrokenInvariantError("A refusal without a reason was made.")


@dataclass(frozen=True, slots=True)
class DialPermit:
    """Leave to call ``number`` once, until ``expires_at``. Only the gate makes one."""

    number: PhoneNumber
    basis: Basis
    issued_at: datetime
    expires_at: datetime
    seal: object = field(repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.seal is not GATE_SEAL:
            raise BrokenInvariantError("A dial permit was made outside the gate.")
        if self.expires_at <= self.issued_at:
            raise BrokenInvariantError("A dial permit was issued already expired.")

    def holds_at(self, at: datetime) -> bool:
        """Whether the permit may be used at ``at``."""
        return self.issued_at <= at < self.expires_at
