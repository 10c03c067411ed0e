"""What the law wants heard, in whole calls of the real brain with callers who talk over it."""

from __future__ import annotations

import pytest

from core.call import Direction, EndReason
from core.speech import Evidence, MustHear
from graph.conversation import GraphConversation
from graph.must_hear import segments
from tests.calls.interrupter import Interrupter, interrupted_call
from tests.unit.conversations import House, card
from tests.virtual_time import virtual_time
from voice.spoken.form import spoken_form

CALLS = 5  # each way
QUICK_MS = 220  # the longest word: an opening has forty of them


async def _talks_over(caller: Interrupter) -> None:
    """A few times, and then they let the agent finish."""
    for _ in range(caller.chance.randint(1, 4)):
        await caller.listens(caller.chance.uniform(50, 4000))
        await caller.interrupts(nods=0.4)
    while not caller.call.ended.done():
        await caller.listens(60_000)
        await caller.says("goodbye", sound="wait")


def _notices(brain: GraphConversation) -> dict[MustHear, set[str]]:
    """The sentences that tell each thing that must be heard, as they are spoken."""
    told = dict[MustHear, set[str]]()
    for each in segments(brain.script, brain.card):
        for what in each.what:
            told.setdefault(what, set()).add(spoken_form(each.text).text)
    return told


def _heard(caller: Interrupter, evidence: Evidence) -> str:
    """The sentence whose end the mark stands for, if every word of it was played till then."""
    words, mark = caller.words, evidence.mark
    number, _ = words.marks[mark]
    assert mark in caller.call.line.proofs
    assert words.is_at_end(mark)
    assert words.lacking_ms(number) == 0
    return words.speeches[number].text


@pytest.mark.parametrize("side", Direction)
@virtual_time
async def test_every_notice_is_played_to_its_end_and_proved_by_the_end_of_the_call(
    side: Direction,
) -> None:
    for seed in range(CALLS):
        brain = await House().house.open(card(side))
        async with interrupted_call(seed, [], thinks_with=brain, longest_ms=QUICK_MS) as caller:
            await _talks_over(caller)
            assert caller.call.ended.result() is EndReason.AGENT_HUNG_UP
        notices, proved = _notices(brain), caller.call.log.evidence
        assert {each.what for each in proved} == set(notices), seed
        for each in proved:
            assert _heard(caller, each) in notices[each.what]
