"""Prompts: every name has a value, every tool rule is in them, and they stay short."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.agent import Role
from agents.brief import Brief
from agents.prompts import rendered
from agents.roster import ROSTER
from agents.thread import Proposal, Topic
from agents.tools.diary import Diary
from core.call import Outcome
from tests.unit.graph.line_ups import answered, briefs, rung

LONGEST = 4500  # characters, about 1100 tokens, with the example script's facts


async def brief_of(role: Role) -> Brief:
    one = rung(["Yes."])
    await answered(one)
    brief = briefs(one)[0]
    diary = Diary(brief.script.booking, brief.zone, brief.now)
    return replace(brief, agent=ROSTER[role], diary=diary)


@pytest.mark.parametrize("role", list(Role))
async def test_every_prompt_is_whole_and_short(role: Role) -> None:
    prompt = rendered(await brief_of(role))
    assert "$" not in prompt
    assert len(prompt) < LONGEST
    assert prompt.index("## Where you are") > prompt.index("## How you speak"), (
        "what changes comes last: vendors remember the beginning"
    )


@pytest.mark.parametrize("role", list(Role))
async def test_every_topic_that_can_be_asked_is_named(role: Role) -> None:
    prompt = rendered(await brief_of(role))
    for topic in Topic:
        assert (topic.value in prompt) == (topic is not Topic.CLOSED)
    for rule in ("`ask`", "`opt_out`", "`end_call`", "`read_back`", "no\n  Markdown"):
        assert rule in prompt


async def test_where_the_conversation_stands_is_told() -> None:
    brief = await brief_of(Role.SCHEDULER)
    at = brief.now.replace(hour=10, minute=0) + timedelta(days=1)
    thread = replace(
        brief.thread,
        offers=(at,),
        proposal=Proposal(at, "tomorrow at ten"),
        wish=at,
        objections={"fees_too_high": 1},
        outcome=Outcome.CALLBACK,
    ).ask(Topic.CONFIRM)
    prompt = rendered(replace(brief, thread=thread, slots={"owner": "yes", "bedrooms": 3}))
    for told in (
        "You asked last: @confirm",
        '{"owner": "yes", "bedrooms": 3}',
        "Questions still open: moving",
        f"Times you offered: {at.isoformat()}",
        f"You read back: {at.isoformat()} (tomorrow at ten)",
        "They wished for",
        "fees_too_high",
        "callback",
        "Free times: 2026-11-2",
    ):
        assert told in prompt


async def test_free_times_are_shown_only_to_those_who_may_need_them() -> None:
    brief = await brief_of(Role.QUALIFICATION)
    assert "Free times" not in rendered(brief)
    nearly = replace(brief, slots={"owner": "yes", "bedrooms": 3})
    assert "Free times: 2026-11-2" in rendered(nearly)
    assert "cannot be read" in rendered(replace(nearly, diary=None))
