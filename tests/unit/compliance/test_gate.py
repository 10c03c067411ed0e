"""The gate: who may be called, every reason why not, and permits that nobody else can make."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.gate import (
    CALLABLE,
    PERMIT_LASTS,
    RULES,
    DialRequest,
    NumberClass,
    NumberFacts,
    permit_or_refuse,
)
from compliance.permit import GATE_SEAL, Basis, DialPermit, ReasonCode, Refusal
from core.errors import BrokenInvariantError
from core.phone import PhoneNumber

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWN = PhoneNumber("+447911123456")
OTHER = PhoneNumber("+442079460123")
FACTS = NumberFacts(OWN, NumberClass.MOBILE, "GB")
ASKED = DialRequest(FACTS, frozenset({OWN}), suppressed=False, at=NOW)


def codes(request: DialRequest) -> set[ReasonCode]:
    verdict = permit_or_refuse(request)
    return {reason.code for reason in verdict.reasons} if isinstance(verdict, Refusal) else set()


def test_an_own_number_is_permitted_for_a_moment() -> None:
    permit = permit_or_refuse(ASKED)
    assert isinstance(permit, DialPermit)
    assert (permit.number, permit.basis) == (OWN, Basis.OWN_NUMBER)
    assert not permit.holds_at(NOW - timedelta(seconds=1))
    assert permit.holds_at(NOW)
    assert permit.holds_at(NOW + PERMIT_LASTS - timedelta(microseconds=1))
    assert not permit.holds_at(NOW + PERMIT_LASTS)


@pytest.mark.parametrize("kind", sorted(set(NumberClass) - CALLABLE))
def test_other_kinds_of_number_are_never_called(kind: NumberClass) -> None:
    assert codes(replace(ASKED, facts=replace(FACTS, number_class=kind)))


@pytest.mark.parametrize("region", ["US", "JE", "GG", "IM", ""])
def test_other_countries_are_not_called(region: str) -> None:
    asked = replace(ASKED, facts=replace(FACTS, region=region))
    assert codes(asked) == {ReasonCode.UNSUPPORTED_JURISDICTION}


def test_all_reasons_are_told() -> None:
    facts = NumberFacts(OTHER, NumberClass.PREMIUM_RATE, "GB")
    asked = DialRequest(facts, frozenset({OWN}), suppressed=True, at=NOW)
    assert codes(asked) == {
        ReasonCode.NUMBER_TYPE_BLOCKED,
        ReasonCode.DNC_CONTACT_OBJECTION,
        ReasonCode.NO_LAWFUL_BASIS,
    }


def test_without_a_number_there_is_no_permit() -> None:
    """Facts that contradict themselves are refused as well."""
    asked = DialRequest(
        NumberFacts(None, NumberClass.MOBILE, "GB"), frozenset(), suppressed=False, at=NOW
    )
    assert ReasonCode.NO_LAWFUL_BASIS in codes(asked)


@given(
    number=st.sampled_from([None, OWN, OTHER]),
    kind=st.sampled_from(NumberClass),
    region=st.sampled_from(["GB", "US", ""]),
    suppressed=st.booleans(),
)
def test_a_permit_means_that_every_rule_agreed(
    number: PhoneNumber | None, kind: NumberClass, region: str, suppressed: bool
) -> None:
    asked = DialRequest(NumberFacts(number, kind, region), frozenset({OWN}), suppressed, NOW)
    objections = [found for rule in RULES if (found := rule(asked)) is not None]
    verdict = permit_or_refuse(asked)
    if isinstance(verdict, DialPermit):
        assert (number, region, suppressed, objections) == (OWN, "GB", False, [])
        assert kind in CALLABLE
    else:
        assert list(verdict.reasons) == objections or number is None
        assert all(reason.message and reason.rule for reason in verdict.reasons)


def test_a_permit_is_not_made_elsewhere() -> None:
    with pytest.raises(BrokenInvariantError):
        DialPermit(OWN, Basis.OWN_NUMBER, NOW, NOW + PERMIT_LASTS, seal=object())
    with pytest.raises(BrokenInvariantError):
        DialPermit(OWN, Basis.OWN_NUMBER, NOW, NOW, seal=GATE_SEAL)
    with pytest.raises(BrokenInvariantError):
        Refusal(())


def test_only_the_gate_holds_the_seal() -> None:
    """The seal is a Python object, so what keeps it is that no other file names it."""
    holders = set()
    for package in (
        "core",
        "compliance",
        "campaigns",
        "voice",
        "graph",
        "agents",
        "db",
        "api",
        "app",
    ):
        for path in (ROOT / package).rglob("*.py"):
            names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
            if "GATE_SEAL" in names or "GATE_SEAL" in path.read_text():
                holders.add(str(path.relative_to(ROOT)))
    assert holders == {"compliance/gate.py", "compliance/permit.py"}
