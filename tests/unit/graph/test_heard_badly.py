"""Words heard badly are asked for again, twice at most; a wish to be left alone counts."""

from __future__ import annotations

import pytest

from agents.thread import Thread, Topic
from core.call import Outcome
from core.effects import EffectTool
from graph.limits import Limits
from tests.unit.graph.line_ups import BRAIN, briefs, opened, rung, says
from tests.virtual_time import virtual_time

FAINT = 0.2


@virtual_time
async def test_twice_the_caller_is_asked_again_then_the_words_count() -> None:
    one = rung(["Fine. "], ["Good. "])
    _, chat = await opened(one)
    for count in (1, 2):
        turn = await says(chat, "yes", FAINT)
        assert turn.result.model == BRAIN
        assert turn.result.tools == ("not_understood", "ask")
        assert "Emma Carter" in " ".join(turn.said), "what was asked is asked again"
        assert chat.conversation.thread.unsure == count
        assert chat.conversation.thread.asked == Topic.RIGHT_PERSON
        assert not turn.result.ends_call
    assert (await says(chat, "yes", FAINT)).said == ["Fine."]
    assert (await says(chat, "yes", FAINT)).said == ["Good."]
    assert len(briefs(one)) == 2


@virtual_time
async def test_words_that_were_heard_well_begin_a_new_count() -> None:
    _, chat = await opened()
    await says(chat, "mumble", FAINT)
    await says(chat, "", FAINT)  # a silence is nothing heard, well or badly
    assert chat.conversation.thread.unsure == 1
    await says(chat, "yes", 0.4)
    assert chat.conversation.thread.unsure == 0
    assert chat.conversation.thread.not_understood == 0
    assert (await says(chat, "yes", FAINT)).result.tools[0] == "not_understood"
    assert chat.conversation.thread.unsure == 1


@virtual_time
async def test_never_call_me_again_counts_however_faint() -> None:
    house, chat = await opened()
    turn = await says(chat, "never call me again", 0.01)
    assert turn.result.outcome is Outcome.OPTED_OUT
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@virtual_time
async def test_a_faint_yes_books_nothing() -> None:
    house, chat = await opened()
    for line in ("yes", "yes", "three", "this year", "the first one"):
        await says(chat, line)
    assert chat.conversation.thread.asked == Topic.CONFIRM
    turn = await says(chat, "yes", FAINT)
    assert house.book.done == {}
    assert chat.conversation.thread.asked == Topic.CONFIRM
    assert turn.result.agent == "scheduler"
    await says(chat, "yes")
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1


@virtual_time
async def test_after_the_farewell_nobody_is_asked_anything() -> None:
    _, chat = await opened()
    await says(chat, "not interested")
    turn = await says(chat, "mumble", FAINT)
    assert turn.result.ends_call


@virtual_time
async def test_the_floor_is_the_operators() -> None:
    _, chat = await opened(limits=Limits(confidence_floor=0.0))
    assert "not_understood" not in (await says(chat, "yes", 0.01)).result.tools


@pytest.mark.parametrize("saved", [{}, {"asked": "owner", "tries": 1}])
def test_a_thread_that_was_saved_before_is_read(saved: dict[str, object]) -> None:
    assert Thread.from_json(saved).unsure == 0  # type: ignore[arg-type]
    assert Thread.from_json(Thread(unsure=2).to_json()).unsure == 2
