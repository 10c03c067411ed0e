"""What the brain is told was heard, in whole calls on a shaky line, against what was played."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from statistics import median

import pytest

from core.call import EndReason
from core.speech import Heard
from tests.calls.interrupter import Interrupter, interrupted_call
from tests.fakes.conversation import Line
from tests.virtual_time import virtual_time

CALLS = 21
REPLIES = 11  # of a call, each talked over if it is long enough
WORDS = ("the", "fee", "for", "your", "flat", "is", "fifty", "pounds", "a", "week", "on", "Monday")


@dataclass
class Tally:
    """Words believed heard minus words played, by reply."""

    cut: list[int] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)

    def add(self, caller: Interrupter, line: Line, heard: Heard, reply: str) -> None:
        assert f"{heard.text} {heard.unheard}".strip() == reply
        error = len(heard.text.split()) - sum(map(caller.heard_of, line.says))
        (self.cut if heard.unheard else self.whole).append(error)


def share_within_a_word(errors: list[int]) -> float:
    return sum(abs(error) <= 1 for error in errors) / len(errors)


def replies(chance: random.Random) -> list[Line]:
    said = set[str]()
    while len(said) < 3 * REPLIES:
        said.add(" ".join(chance.choices(WORDS, k=chance.randint(6, 10))))
    texts = sorted(said)
    return [
        Line(
            [texts.pop() for _ in range(chance.randint(1, 3))], piece_delay_s=chance.uniform(0, 0.1)
        )
        for _ in range(REPLIES)
    ] + [Line(["Goodbye now"], ends_call=True)]


async def _call(seed: int, tally: Tally) -> None:
    chance = random.Random(seed)
    lines = replies(chance)
    async with interrupted_call(seed, lines) as caller:
        while not caller.call.ended.done():
            await caller.listens(chance.uniform(100, 1800))
            await caller.interrupts(nods=0.12)
        assert caller.call.ended.result() is EndReason.AGENT_HUNG_UP
    brain = caller.call.conversation
    told = [heard for _, _, heard in brain.committed[1:]]
    for line, (_, reply, _), heard in zip(lines[:REPLIES], brain.committed, told, strict=False):
        assert heard is not None
        tally.add(caller, line, heard, reply)


@pytest.mark.no_cover  # tracing costs more than the calls; the plays run the same lines
@virtual_time
async def test_two_hundred_interruptions_of_whole_calls_on_a_shaky_line() -> None:
    tally = Tally()
    for seed in range(CALLS):
        await _call(seed, tally)
    assert len(tally.cut) >= 200
    assert median(map(abs, tally.cut)) == 0
    assert share_within_a_word(tally.cut) >= 0.95
    assert share_within_a_word(tally.whole) >= 0.95
