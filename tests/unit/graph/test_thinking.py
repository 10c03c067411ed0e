"""A turn across a line-up: deadlines, breakers, and who takes over. In virtual time."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any, cast

import pytest

from agents.ports import ModelPiece
from core.breaker import Breaker, BreakerLimits, Circuit
from core.errors import BusyError
from core.speech import CallerTurn, TurnKind
from graph.limits import Limits
from tests.unit.conversations import MONDAY, House
from tests.unit.graph.line_ups import BRAIN, FIRST_S, STALL_S, add, answered, briefs, opened, says
from tests.unit.graph.line_ups import rung as model
from tests.unit.graph.scripted_model import ScriptedModel, broken, call
from tests.virtual_time import virtual_time

ASKS_WHO = "Am I speaking with Emma Carter?"  # the script brain's answer to most things here


def now() -> float:
    return asyncio.get_running_loop().time()


def circuit(breaker: Breaker | None) -> Circuit:
    assert breaker is not None
    return breaker.circuit(now())


@virtual_time
async def test_the_first_model_answers() -> None:
    one = model(["We value homes ", "for free."])
    turn = await answered(one)
    assert turn.said == ["We value homes for free."]
    assert (turn.result.model, turn.result.faults) == ("one/1", ())
    assert [usage.sku for usage in turn.result.usage] == ["scripted/tokens"]


@pytest.mark.parametrize(
    ("play", "fault", "wait_s"),
    [
        ([None], "one/1 did not begin within 0.5 s.", FIRST_S),
        ([0.6, "Too late."], "one/1 did not begin within 0.5 s.", FIRST_S),
        (
            ["<think>well", 0.3, " now", 0.3, "</think>Hi."],
            "one/1 did not begin within 0.5 s.",
            0.5,
        ),
        ([" \n", None], "one/1 did not begin within 0.5 s.", FIRST_S),
        ([0.4, "But ", 1.6, "late."], "one/1 fell silent for 1.5 s.", 0.4 + STALL_S),
        ([call("ask", topic="owner"), None], "one/1 fell silent for 1.5 s.", STALL_S),
        ([broken()], "one/1 failed: gone.", 0),
        (["But ", broken()], "one/1 failed: gone.", 0),
        (["<think>I know nothing.</think>"], "one/1 said nothing.", 0),
        (["But {smile. We value homes."], "one/1 did not end what it began.", 0),
        ([], "one/1 said nothing.", 0),
    ],
    ids=str,
)
def test_a_model_that_fails_makes_room_for_the_next(
    play: list[Any], fault: str, wait_s: float
) -> None:
    @virtual_time
    async def run() -> None:
        one, two = model(play), model(["We value homes."], name="two/1")
        _, chat = await opened(one, two)
        begun = now()
        turn = await says(chat, "what is it about")
        assert turn.said == ["We value homes."]
        assert (turn.result.model, turn.result.faults) == ("two/1", (fault,))
        assert now() - begun == pytest.approx(wait_s, abs=0.01)
        assert one.breaker is not None
        assert one.breaker.reason == fault

    run()


@virtual_time
async def test_slow_but_steady_is_fast_enough() -> None:
    one = model([0.45, "We value ", 1.4, "homes. ", 1.4, "It is ", 1.4, "free."])
    turn = await answered(one)
    assert turn.said == ["We value homes.", "It is free."]
    assert turn.result.faults == ()


@virtual_time
async def test_the_script_brain_answers_when_all_others_are_gone() -> None:
    turn = await answered(model([broken()]), model([None], name="two/1"))
    assert ASKS_WHO in " ".join(turn.said)
    assert turn.result.model == BRAIN
    assert turn.result.faults == ("one/1 failed: gone.", "two/1 did not begin within 0.5 s.")


@virtual_time
async def test_what_was_used_is_metered_whoever_answers() -> None:
    one = model([call("ask", topic="owner")], ["<think>no</think>"])
    turn = await answered(one, model(["Hello."], name="two/1"))
    assert turn.result.model == "two/1"
    assert len(turn.result.usage) == 3
    assert turn.result.tools == ()


@virtual_time
async def test_three_failures_in_a_row_keep_the_turns_away() -> None:
    one = model([broken()], [broken()], [broken()])
    _, chat = await opened(one)
    for _ in range(3):
        turn = await says(chat, "what is it about")
        assert turn.result.faults == ("one/1 failed: gone.",)
    turn = await says(chat, "what is it about")
    assert turn.result.faults == ("one/1 was left alone, as it failed before.",)
    assert len(briefs(one)) == 3
    await asyncio.sleep(5)  # then it gets a trial
    add(one, "Here I am.")
    turn = await says(chat, "what is it about")
    assert turn.said == ["Here I am."]
    assert circuit(one.breaker) is Circuit.CLOSED


@virtual_time
async def test_a_failed_trial_waits_for_longer() -> None:
    breaker = Breaker("one/1", BreakerLimits(failures=1, open_s=5))
    one = model([broken()], [broken()], breaker=breaker)
    _, chat = await opened(one)
    await says(chat, "what is it about")
    await asyncio.sleep(5)
    await says(chat, "what is it about")
    await asyncio.sleep(9.9)
    assert not breaker.lets(now())
    await asyncio.sleep(0.1)
    assert breaker.lets(now())


@virtual_time
async def test_a_wrong_key_is_not_tried_for_five_minutes() -> None:
    one = model([broken(retryable=False)])
    turn = await answered(one)
    assert turn.result.faults == ("one/1 failed: gone.",)
    assert one.breaker is not None
    await asyncio.sleep(299)
    assert not one.breaker.lets(now())
    await asyncio.sleep(1)
    assert one.breaker.lets(now())


@virtual_time
async def test_a_vendor_that_asks_to_be_left_alone_is() -> None:
    one = model([broken(retry_after_s=20)])
    await answered(one)
    assert one.breaker is not None
    await asyncio.sleep(19)
    assert not one.breaker.lets(now())
    await asyncio.sleep(1)
    assert one.breaker.lets(now())


@virtual_time
async def test_a_full_queue_is_nobodys_fault() -> None:
    one = model(*[[BusyError("one/1", "full")] for _ in range(5)])
    _, chat = await opened(one)
    for _ in range(5):
        turn = await says(chat, "what is it about")
        assert turn.result.faults == ("one/1 had no room for another request.",)
    assert circuit(one.breaker) is Circuit.CLOSED


@virtual_time
async def test_the_time_in_our_own_queue_is_not_the_models() -> None:
    one = model([0.4, ModelPiece(admitted=True), 0.4, "We value homes."])
    turn = await answered(one)
    assert (turn.said, turn.result.faults) == (["We value homes."], ())
    one = model([0.4, ModelPiece(admitted=True), 0.6, "Too late."])
    turn = await answered(one)
    assert turn.result.faults == ("one/1 did not begin within 0.5 s.",)


@virtual_time
async def test_an_error_in_this_process_is_not_quoted() -> None:
    secret = broken("cannot read: Emma Carter, 12 High Street")
    house = House(model=ScriptedModel([["Hello."], [secret]]))
    answers = await house.talk("what is it about")
    assert answers[-1].result is not None
    assert answers[-1].result.faults == ("scripted/1 failed.",)
    assert answers[-1].reply, "and the caller is not left in silence"


async def interrupted(chat: Any, after: int) -> list[str]:
    """Answer a turn and cancel it after so many pieces; what was voiced."""
    turn = CallerTurn(chat.conversation.next_turn, TurnKind.SPEECH, "go on", 1.0, MONDAY)
    draft, read = chat.conversation.prepare(turn), list[str]()

    async def listen() -> None:
        async with aclosing(cast("Any", draft.pieces())) as pieces:
            async for piece in pieces:
                read.append(piece.text)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        while len(read) < after:
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
    await draft.commit(None)
    return read


@virtual_time
async def test_barge_in_tells_the_breaker_nothing_and_frees_a_trial() -> None:
    one = model([broken(retry_after_s=1)], ["Well. ", None], ["Well. ", None])
    _, chat = await opened(one)
    await says(chat, "what is it about")
    await asyncio.sleep(1)
    for _ in range(2):  # each is a trial: the first was freed
        assert await interrupted(chat, after=1) == ["Well."]
        assert circuit(one.breaker) is Circuit.HALF_OPEN
    assert chat.conversation.state["messages"][-1].content == "Well."


@virtual_time
async def test_the_turn_as_a_whole_has_an_end() -> None:
    steps = [step for _ in range(40) for step in ("and so on ", 1.0)]
    one = model(["We value homes. ", *steps])
    _, chat = await opened(one, limits=Limits(turn_s=6))
    begun = now()
    turn = await says(chat, "what is it about")
    assert now() - begun == pytest.approx(6, abs=0.01)
    assert turn.said == ["We value homes."]
    assert turn.result.faults == ("The turn took longer than 6 s.",)
    assert circuit(one.breaker) is Circuit.CLOSED


@virtual_time
async def test_what_must_not_depend_on_a_model_does_not() -> None:
    one = model(["Made up."])
    _, chat = await opened(one)
    assert (await says(chat, "")).result.model == BRAIN
    turn = await says(chat, "what is it about")
    assert turn.said == ["Made up."]


@virtual_time
async def test_who_calls_is_said_by_the_script_before_a_model_answers() -> None:
    one = model(["Made up."])
    _, chat = await opened(one)
    await chat.cut("Hello, this is")
    answer = await chat.say("what?")
    assert answer.reply.startswith("Hello, this is Sophie, an automated assistant")
    assert answer.reply.endswith("at any time. Made up.")
    assert briefs(one)[0].said_already == answer.reply.removesuffix(" Made up.")
