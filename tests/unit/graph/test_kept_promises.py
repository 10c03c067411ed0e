"""What a model says is done, is done; and no call ends on a question or without a word."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from agents.thread import Topic
from core.call import Outcome
from core.effects import EffectTool
from graph.chat import Chat
from graph.limits import Limits
from tests.unit.conversations import House
from tests.unit.graph.line_ups import BRAIN, add, answered, briefs, opened, rung, says
from tests.unit.graph.scripted_model import broken, call
from tests.virtual_time import virtual_time

AT = "2026-11-24T10:00:00+00:00"
SAID = "tomorrow at ten in the morning"
OPT_OUT = call("opt_out", wording="stop")
LETS_GO = "I have taken you off our list"
FAREWELL = "Thank you for your time. Goodbye."


async def read_back(one: Any, *, callback: bool = False) -> tuple[House, Chat]:
    """A call in which a time was read back and heard."""
    house, chat = await opened(one)
    add(one, call("handoff", to="scheduler"), call("ask", topic=Topic.TIME), "When?")
    await says(chat, "what is it about")
    add(one, call("read_back", starts_at=AT, said=SAID, callback=callback), f"So {SAID}?")
    await says(chat, "yes")
    return house, chat


@virtual_time
async def test_a_booking_that_was_agreed_and_only_announced_is_made_by_the_script() -> None:
    one = rung()
    house, chat = await read_back(one)
    add(one, "Lovely, that is booked for you. ", call("ask", topic=Topic.MORE))
    turn = await says(chat, "yes please")
    assert turn.said == []
    assert SAID in turn.waited[0]
    assert turn.result.faults == ("one/1 did not book what was agreed.",)
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1


@virtual_time
async def test_a_booking_that_comes_after_its_announcement_is_the_models_own() -> None:
    one = rung()
    house, chat = await read_back(one)
    add(one, "Lovely, that is booked. ", call("book_appointment", starts_at=AT))
    turn = await says(chat, "yes please")
    assert (turn.said, turn.waited) == ([], ["Lovely, that is booked."])
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1


@virtual_time
async def test_a_callback_that_was_agreed_and_not_noted_is_noted_by_the_script() -> None:
    one = rung()
    house, chat = await read_back(one, callback=True)
    add(one, "We will call you then. ", call("end_call", outcome="completed"))
    turn = await says(chat, "yes please")
    assert turn.result.faults == ("one/1 did not note the agreed callback.",)
    (effect,) = house.book.effects(EffectTool.REQUEST_CALLBACK)
    assert effect.arguments["due_at"] == AT
    assert "we will call you" in turn.waited[0]


@virtual_time
async def test_another_time_may_be_read_back_instead() -> None:
    one = rung()
    house, chat = await read_back(one)
    later = "2026-11-24T14:00:00+00:00"
    add(one, call("read_back", starts_at=later, said="tomorrow at two"), "Or tomorrow at two?")
    turn = await says(chat, "yes please")
    assert (turn.said, turn.result.faults) == (["Or tomorrow at two?"], ())
    assert house.book.done == {}


@virtual_time
async def test_a_wish_to_be_called_later_is_not_only_promised() -> None:
    turn = await answered(rung(["Of course, we will."]), text="can you call me back later")
    assert turn.result.faults == ("one/1 did not take up the wish to be called later.",)
    assert turn.result.model == BRAIN


@pytest.mark.parametrize(
    "claim", ["I have taken you off our list.", "You're now booked for noon.", "That's booked!"]
)
def test_what_nobody_did_is_not_said_to_be_done(claim: str) -> None:
    @virtual_time
    async def run() -> None:
        turn = await answered(rung([f"{claim} ", 0.3, "Goodbye."]))
        assert claim not in turn.said
        assert turn.result.faults == ("one/1 announced what it did not do.",)

    run()


@virtual_time
async def test_words_that_only_sound_like_it_are_voiced_at_the_end() -> None:
    said = ["Mondays are fully booked.", "Shall I call you back?", "It is free."]
    assert (await answered(rung([" ".join(said)]))).said == said


# -- effects called twice, or refused ------------------------------------------------------


@virtual_time
async def test_an_opt_out_called_twice_is_done_and_told_once() -> None:
    end = call("end_call", outcome="opted_out")
    house, chat = await opened(rung([OPT_OUT, OPT_OUT, end, "You are off our list. Goodbye."]))
    turn = await says(chat, "what is it about")
    assert turn.waited == ["You are off our list.", "Goodbye."]
    assert (turn.result.ends_call, turn.result.outcome) == (True, Outcome.OPTED_OUT)
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@virtual_time
async def test_what_was_done_is_told_though_another_effect_was_refused() -> None:
    refused = call("request_callback", due_at=AT)
    house, chat = await opened(rung([OPT_OUT, refused, "We call you tomorrow."]))
    turn = await says(chat, "what is it about")
    assert LETS_GO in " ".join(turn.waited)
    assert turn.waited[-1] == FAREWELL
    assert (turn.result.ends_call, turn.result.outcome) == (True, Outcome.OPTED_OUT)
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@virtual_time
async def test_a_booking_stands_and_is_told_though_a_callback_was_refused() -> None:
    one = rung()
    house, chat = await read_back(one)
    add(one, call("book_appointment", starts_at=AT), call("request_callback", due_at=AT), "Bye.")
    turn = await says(chat, "yes please")
    assert turn.said == []
    assert SAID in turn.waited[0]
    assert turn.waited[-1] == "Is there anything else I can help you with?"
    assert turn.result.outcome is Outcome.BOOKED
    assert (chat.conversation.thread.asked, chat.conversation.thread.proposal) == (Topic.MORE, None)
    assert len(house.book.effects(EffectTool.BOOK_APPOINTMENT)) == 1


@virtual_time
async def test_a_call_does_not_end_on_an_effect_that_was_refused() -> None:
    refused = call("request_callback", due_at=AT)
    turn = await answered(rung([refused, call("end_call", outcome="completed"), "Goodbye."]))
    assert turn.said == ["Sorry, I just need to check. Is that Emma Carter?"]
    assert (turn.result.ends_call, turn.result.outcome) == (False, None)
    assert turn.result.next_agent == "greeting"


# -- calls that end without a word ---------------------------------------------------------


@virtual_time
async def test_a_model_that_only_ends_the_call_is_asked_for_words() -> None:
    one = rung([OPT_OUT, call("end_call", outcome="opted_out")], ["You are off our list."])
    turn = await answered(one)
    assert turn.waited == ["You are off our list."]
    assert len(briefs(one)) == 2


@virtual_time
async def test_a_call_that_ends_on_a_model_cut_off_ends_in_words() -> None:
    one = rung(["We value homes. ", OPT_OUT, call("end_call", outcome="opted_out"), 1.4, "By", 5.0])
    one = type(one)(one.model, one.breaker, 0.5, 9.0)
    turn = await answered(one)
    assert turn.said == ["We value homes."]
    assert LETS_GO in turn.waited[0]
    assert turn.waited[-1] == FAREWELL
    assert turn.result.ends_call


# -- what counts as words ------------------------------------------------------------------


@pytest.mark.parametrize("text", [",", "...", "; ", "?! -"])
def test_signs_are_no_answer(text: str) -> None:
    @virtual_time
    async def run() -> None:
        turn = await answered(rung([text]), rung(["It is free."], name="two/1"))
        assert turn.said == ["It is free."]
        assert turn.result.faults == ("one/1 said nothing.",)

    run()


@virtual_time
async def test_an_announcement_is_never_one_word_too_many() -> None:
    long = "word " * 139 + "end. "
    told = "You have been taken off our list and nobody from here will call you again. "
    two = rung([OPT_OUT, told, "Goodbye."], name="two/1")
    turn = await answered(rung([long, broken()]), two)
    assert turn.waited == [told.strip(), "Goodbye."]


@virtual_time
async def test_held_words_of_a_model_that_failed_take_no_room() -> None:
    ask = call("ask", topic=Topic.CALLBACK_TIME)
    one = rung(["word " * 100 + "end. ", broken()])
    reply = "thing " * 100 + "end."
    two = rung([ask, "When? ", reply], name="two/1")
    turn = await answered(one, two, text="can you call me back later")
    assert turn.said == ["When?", reply]


# -- odd calls -----------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31"])
def test_an_odd_date_ends_no_call_and_spoils_no_thread(year: str) -> None:
    @virtual_time
    async def run() -> None:
        odd = call("note_wish", starts_at=f"{year}T00:00:00+14:00")
        one = rung([odd, "It is free."], ["It takes half an hour."])
        _, chat = await opened(one)
        assert (await says(chat, "what is it about")).said == ["It is free."]
        assert (await says(chat, "what is it about")).said == ["It takes half an hour."]

    run()


@virtual_time
async def test_a_log_holds_no_name_that_a_model_made_up() -> None:
    with capture_logs() as logs:
        one = rung([call("call_emma_carter"), call("ask", emma_carter="12 High Street"), "Hello."])
        await answered(one)
    refused = [each for each in logs if each["event"] == "tool call refused"]
    assert [(each["tool"], each["field"]) for each in refused] == [
        ("unknown", "name"),
        ("ask", "topic"),
    ]
    assert "emma" not in str(refused)


# -- limits are each model's own -----------------------------------------------------------


@virtual_time
async def test_every_model_has_its_own_completions() -> None:
    ask = call("ask", topic="owner")
    one = rung([ask], [ask], [ask])
    two = rung([ask], ["Do you own it?"], name="two/1")
    turn = await answered(one, two, limits=Limits(completions=3))
    assert turn.said == ["Do you own it?"]
    assert turn.result.model == "two/1"
