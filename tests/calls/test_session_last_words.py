"""The end of calls as little plays: last words, last keys, orders, and what was heard by then."""

from __future__ import annotations

import asyncio

from core.call import EndReason
from core.speech import MustHear
from tests.calls.stage import on_stage, spoken
from tests.calls.test_session_plays import GOODBYE, GREETING
from tests.fakes.conversation import Line
from tests.virtual_time import virtual_time


@virtual_time
async def test_a_hang_up_in_mid_sentence_keeps_what_was_heard() -> None:
    async with on_stage([GREETING]) as call:
        await call.agent_speaking(for_ms=1000)
        call.line.hang_up()
        assert await call.ended is EndReason.CALLER_HUNG_UP
    ((heard, _),) = call.conversation.closed
    assert heard is not None
    assert heard.text == "Hello, this is"
    assert len(call.conversation.committed) == 1


@virtual_time
async def test_a_hang_up_while_the_brain_thinks_keeps_the_callers_words() -> None:
    async with on_stage([GREETING, Line(hangs=True)]) as call:
        await call.agent_done()
        await call.says("yes please")
        await asyncio.sleep(1.5)
        call.line.hang_up()
        await call.ended
    assert [turn.text for turn, _, _ in call.conversation.committed] == ["", "yes please"]


@virtual_time
async def test_a_commit_that_fails_after_the_caller_hung_up_ends_the_call() -> None:
    late = {"broken_commits": frozenset({1}), "commit_delay_s": 1.5}
    async with on_stage([GREETING], **late) as call:
        await call.agent_speaking(for_ms=1000)
        await call.says("stop calling me")
        call.line.hang_up()
        assert await call.ended is EndReason.CALLER_HUNG_UP
    assert [turn.number for turn in call.conversation.prepared] == [1]
    assert len(call.conversation.closed) == 1


@virtual_time
async def test_a_notice_that_the_voice_failed_to_say_was_not_heard() -> None:
    line = Line(["Broken.", "Whole again."], ends_call=True, musts={0: (MustHear.RECORDING,)})
    async with on_stage([line], broken=frozenset({"Broken."})) as call:
        await call.ended
    ((heard, _),) = call.conversation.closed
    assert heard is not None
    assert (heard.text, heard.unheard) == ("Whole again.", "Broken.")


@virtual_time
async def test_keys_pressed_just_before_hanging_up_are_a_turn() -> None:
    async with on_stage([GREETING, GOODBYE]) as call:
        await call.agent_done()
        call.line.press("9")
        await asyncio.sleep(0.3)
        call.line.hang_up()
        await call.ended
    assert [turn.digits for turn, _, _ in call.conversation.committed] == ["", "9"]


@virtual_time
async def test_orders_are_taken_while_there_is_room() -> None:
    async with on_stage([GREETING, Line(["As you wish."]), GOODBYE]) as call:
        assert not call.session.order("Too early.", ends_call=False)
        await call.agent_speaking(for_ms=300)
        taken = [call.session.order("One moment.", ends_call=False) for _ in range(5)]
        assert taken == [True] * 4 + [False]
        assert call.session.order("Goodbye.", ends_call=True)
        await asyncio.sleep(0.1)
        assert not call.session.order("And this.", ends_call=False)
        call.line.hang_up()
        await call.ended
        assert not call.session.order("Too late.", ends_call=True)


@virtual_time
async def test_what_was_said_just_before_hanging_up_is_still_answered_and_stored() -> None:
    opt_out = Line(["I have taken your number off our list."], ends_call=True)
    for pause_s in (0.0, 0.1, 0.25, 0.45):
        async with on_stage([GREETING, opt_out], delay_s=0.2) as call:
            await call.agent_done()
            call.ears.texts.append("stop calling me")
            await call.sounds(spoken("stop calling me"))
            await asyncio.sleep(pause_s)
            call.line.hang_up()
            assert await call.ended is EndReason.CALLER_HUNG_UP
        said = [(turn.text, reply) for turn, reply, _ in call.conversation.committed]
        assert said[-1] == ("stop calling me", "I have taken your number off our list."), pause_s
        ((heard, _),) = call.conversation.closed
        assert heard is not None


@virtual_time
async def test_a_decode_that_never_ends_does_not_hold_a_dead_line() -> None:
    async with on_stage([GREETING], delay_s=5.0) as call:
        await call.agent_done()
        await call.says("stop calling me")
        call.line.hang_up()
        began = asyncio.get_running_loop().time()
        await call.ended
        assert asyncio.get_running_loop().time() - began < 4.5  # the grace of last words
