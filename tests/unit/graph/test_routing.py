"""Who answers a turn: every rule, and the order between them."""

from __future__ import annotations

import pytest

from agents.agent import Role
from agents.language.reading import Intent, Reading, WhenSaid
from agents.thread import Topic
from core.speech import TurnKind
from graph.routing import route


def said(*intents: Intent, objection: str | None = None, time: bool = False) -> Reading:
    when = WhenSaid(part="morning") if time else None
    return Reading("words", intents or (Intent.UNCLEAR,), when=when, objection=objection)


@pytest.mark.parametrize(
    ("kind", "reading", "asked", "qualified", "to"),
    [
        (TurnKind.OPENING, said(Intent.OPT_OUT), "", False, Role.GREETING),
        (TurnKind.SILENCE, said(Intent.OPT_OUT), "", False, Role.QUALIFICATION),
        (TurnKind.SPEECH, said(Intent.OPT_OUT), Topic.CLOSED, False, Role.QUALIFICATION),
        (TurnKind.SPEECH, said(Intent.OPT_OUT), Topic.CONFIRM, True, Role.OBJECTION),
        (TurnKind.SPEECH, said(Intent.NOT_INTERESTED), "", False, Role.OBJECTION),
        (TurnKind.SPEECH, said(objection="fees"), "", False, Role.OBJECTION),
        (TurnKind.SPEECH, said(Intent.CALL_LATER, objection="busy"), "", False, Role.QUALIFICATION),
        (TurnKind.SPEECH, said(time=True), "bedrooms", True, Role.SCHEDULER),
        (TurnKind.SPEECH, said(time=True), "bedrooms", False, Role.QUALIFICATION),
        (TurnKind.SPEECH, said(time=True), Topic.PURPOSE, True, Role.QUALIFICATION),
        (TurnKind.SPEECH, said(Intent.YES), "bedrooms", True, Role.QUALIFICATION),
        (TurnKind.DTMF, said(Intent.UNCLEAR), "bedrooms", False, Role.QUALIFICATION),
    ],
)
def test_the_rules_in_their_order(
    kind: TurnKind, reading: Reading, asked: str, qualified: bool, to: Role
) -> None:
    chosen = route(
        kind=kind, reading=reading, active=Role.QUALIFICATION, asked=asked, qualified=qualified
    )
    assert chosen.role is to
    assert chosen.reason


@pytest.mark.parametrize("role", list(Role))
def test_whoever_has_the_thread_keeps_it(role: Role) -> None:
    chosen = route(
        kind=TurnKind.SPEECH, reading=said(Intent.YES), active=role, asked="", qualified=False
    )
    assert chosen.role is role
