"""Whatever callers say in whatever order, nothing is booked that they did not agree to."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from agents.language.phrases import likely_phrases
from agents.script_loader import shipped_script
from agents.thread import Topic
from core.effects import Effect, EffectTool
from graph.chat import Answer
from tests.unit.conversations import House

SCRIPT = shipped_script("estate_agency_outbound")
TOPICS = ["", *(topic.value for topic in Topic), *(question.id for question in SCRIPT.questions)]
SAID = sorted({phrase for topic in TOPICS for phrase in likely_phrases(SCRIPT, asked=topic)})
PUSHING = [
    "yes",
    "yes please",
    "no",
    "three",
    "this year",
    "the first one",
    "the second one",
    "tuesday at ten",
    "thursday afternoon",
    "tomorrow at two",
    "actually make it friday at eleven",
    "yes but friday at eleven",
    "no wait",
    "",
]
LINES = st.lists(st.one_of(st.sampled_from(PUSHING), st.sampled_from(SAID)), max_size=12)


@settings(max_examples=60)
@given(head=st.sampled_from([0, 4, 5]), lines=LINES, cuts=st.lists(st.floats(0, 1), max_size=12))
async def test_only_an_agreed_time_is_booked(
    head: int, lines: list[str], cuts: list[float]
) -> None:
    with capture_logs() as logged:
        await play(head, lines, cuts)
    assert logged == []  # no tool call refused, no model failed


async def play(head: int, lines: list[str], cuts: list[float]) -> None:
    """One call, checked at every turn."""
    house = House()
    chat = await house.chat()
    answer = await chat.begin()
    for line in ("yes", "yes", "three", "this year", "the first one")[:head]:
        answer = await chat.say(line)
    for at, line in enumerate(lines):
        if chat.ended:
            break
        heard = answer.reply
        if at < len(cuts) and cuts[at] < 0.5:
            heard = answer.reply[: int(len(answer.reply) * cuts[at] * 2)]
            await chat.cut(heard)
        before = chat.conversation.thread
        answer = await chat.say(line)
        assert answer.reply
        for effect in answer.effects:
            check(effect, answer, line, heard)
            if effect.tool is EffectTool.BOOK_APPOINTMENT:
                assert before.asked == Topic.CONFIRM
                assert before.proposal is not None
                assert before.proposal.said in heard
                assert before.proposal.said in answer.reply
                assert before.proposal.starts_at.isoformat() == effect.arguments["starts_at"]
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) <= 1


def check(effect: Effect, answer: Answer, line: str, heard: str) -> None:
    """An effect stands on something the caller said, and what is announced is what is done."""
    assert line
    if effect.tool is EffectTool.BOOK_APPOINTMENT:
        assert "That is booked for" in answer.reply
    if effect.tool is EffectTool.REQUEST_CALLBACK and effect.arguments["due_at"] is not None:
        assert "Shall I ask them to call you" in heard
