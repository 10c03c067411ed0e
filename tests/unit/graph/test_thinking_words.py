"""What the caller hears of a line-up: no word twice, nothing announced before it is done."""

from __future__ import annotations

from agents.thread import Topic
from core.effects import EffectTool
from graph.limits import Limits
from tests.unit.graph.line_ups import add, answered, briefs, opened, rung, says
from tests.unit.graph.scripted_model import broken, call
from tests.virtual_time import virtual_time

HOMES = "We value homes for free. "
GO_AWAY = "what is this"  # words that nobody but a model takes for an opt-out
ASKS_WHO = "Sorry, I just need to check. Is that Emma Carter?"
LONG = "The valuer looks at every room, and it takes no more than half an hour. "


@virtual_time
async def test_cut_in_the_middle_of_a_sentence_the_next_goes_on() -> None:
    two = rung(["It is quick."], name="two/1")
    turn = await answered(rung([HOMES, "It takes ha", broken()]), two)
    assert turn.said == ["We value homes for free.", "It is quick."]
    assert turn.result.model == "one/1, two/1"
    assert briefs(two)[0].said_already == "We value homes for free."


@virtual_time
async def test_a_sentence_that_was_voiced_is_not_said_again() -> None:
    two = rung(["Well: we value homes for free! ", "WE VALUE HOMES, FOR FREE. ", "It is quick."])
    turn = await answered(rung([HOMES, broken()]), two)
    assert turn.said == [
        "We value homes for free.",
        "Well: we value homes for free!",
        "It is quick.",
    ]


@virtual_time
async def test_cut_after_a_clause_only_the_rest_of_it_is_said() -> None:
    one = rung(["The valuer looks at every room, and it ", broken()])
    two = rung(["The valuer looks at every room and it takes half an hour. ", "Shall I go on?"])
    turn = await answered(one, two)
    assert turn.said == [
        "The valuer looks at every room,",
        "and it takes half an hour.",
        "Shall I go on?",
    ]


@virtual_time
async def test_a_clause_that_nobody_finishes_is_followed_by_what_was_asked() -> None:
    one = rung(["The valuer looks at every room, and it ", broken()])
    turn = await answered(one, rung(["The valuer looks at every room."], name="two/1"))
    assert turn.said == ["The valuer looks at every room,", ASKS_WHO]
    assert turn.result.faults == ("one/1 failed: gone.",)


@virtual_time
async def test_a_model_that_called_tools_and_died_has_done_nothing() -> None:
    one = rung([call("record_answer", question="owner", value="no"), HOMES, broken()])
    turn = await answered(one, rung([call("ask", topic="bedrooms"), "How many?"], name="two/1"))
    assert turn.said == ["We value homes for free.", "How many?"]
    assert turn.result.slots == {}
    assert turn.result.tools == ("ask",)


@virtual_time
async def test_an_effect_of_a_model_that_died_is_neither_done_nor_announced() -> None:
    stop = call("opt_out", wording="stop")
    one = rung(["You are off our list. ", stop, "Goodbye. ", broken()])
    two = rung([stop, "Done, goodbye."], name="two/1")
    house, chat = await opened(one, two)
    turn = await says(chat, GO_AWAY)
    assert turn.said == []
    assert turn.waited == ["Done, goodbye."]
    assert turn.result.model == "two/1"
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


# -- models that either call tools or speak ----------------------------------------------


@virtual_time
async def test_a_model_that_only_calls_tools_is_asked_for_words() -> None:
    one = rung(
        [call("record_answer", question="owner", value="yes"), call("ask", topic="bedrooms")],
        ["How many bedrooms?"],
    )
    turn = await answered(one)
    assert turn.said == ["How many bedrooms?"]
    assert turn.result.model == "one/1"
    assert turn.result.slots == {"owner": "yes"}
    first, second = briefs(one)
    assert first.done == ()
    assert [(done.call.name, done.result) for done in second.done] == [
        ("record_answer", "ok"),
        ("ask", "ok"),
    ]
    assert second.slots == {"owner": "yes"}
    assert second.thread.asked == "bedrooms"


@virtual_time
async def test_a_refused_call_is_told_with_its_reason() -> None:
    one = rung([call("ask", topic="shoe_size")], [call("ask", topic="owner")], ["Do you own it?"])
    turn = await answered(one)
    assert turn.said == ["Do you own it?"]
    assert [done.result for done in briefs(one)[2].done] == [
        "There is no question shoe_size.",
        "ok",
    ]


@virtual_time
async def test_a_refused_call_beside_words_is_left_at_that() -> None:
    one = rung([call("ask", topic="shoe_size"), "What size?"])
    assert (await answered(one)).said == ["What size?"]
    assert len(briefs(one)) == 1


@virtual_time
async def test_tools_alone_are_not_asked_for_ever() -> None:
    one = rung(*[[call("ask", topic="owner")] for _ in range(9)])
    turn = await answered(one, limits=Limits(completions=3))
    assert len(briefs(one)) == 3
    assert turn.result.faults == ("one/1 said nothing.",)
    assert turn.result.model == "script-brain/1"


@virtual_time
async def test_a_second_completion_cannot_book_what_the_first_read_back() -> None:
    """A yes before the read-back is no yes to it, however many completions a turn takes."""
    at = "2026-11-24T10:00:00+00:00"
    one = rung()
    house, chat = await opened(one)
    offer = "I have tomorrow at ten in the morning. Would that do?"
    add(one, call("offer_times", times=[at]), call("handoff", to="scheduler"), offer)
    await says(chat, "what is it about")
    said = "tomorrow at ten in the morning"
    add(one, call("read_back", starts_at=at, said=said))
    add(one, call("book_appointment", starts_at=at))
    add(one, "Shall I book it?")
    await says(chat, "yes")
    assert house.book.done == {}


@virtual_time
async def test_a_silent_handoff_needs_no_words() -> None:
    one = rung([call("handoff", to="qualification")], ["Do you own it?"])
    turn = await answered(one)
    assert [piece.agent for piece in turn.pieces] == ["qualification"]


# -- words that may announce an effect ---------------------------------------------------


@virtual_time
async def test_an_announcement_before_its_call_waits_for_the_commit() -> None:
    one = rung(["You will not hear from us again. ", call("opt_out", wording="stop"), "Goodbye."])
    house, chat = await opened(one)
    turn = await says(chat, GO_AWAY)
    assert turn.said == []
    assert turn.waited == ["You will not hear from us again.", "Goodbye."]
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@virtual_time
async def test_a_wish_for_no_more_calls_needs_no_model() -> None:
    one = rung(["But why? It is free! ", call("ask", topic="owner"), "Do you own it?"])
    house, chat = await opened(one)
    turn = await says(chat, "never call me again")
    assert briefs(one) == []
    assert turn.result.model == "script-brain/1"
    assert len(house.book.effects(EffectTool.OPT_OUT)) == 1


@virtual_time
async def test_held_words_without_an_effect_are_voiced_at_the_end() -> None:
    one = rung(["Of course, when suits you? ", 0.3, call("ask", topic=Topic.CALLBACK_TIME)])
    turn = await answered(one, text="can you call me back later")
    assert turn.said == ["Of course, when suits you?"]
    assert turn.waited == []


@virtual_time
async def test_held_words_of_a_refused_effect_are_never_voiced() -> None:
    at = "2026-11-24T10:00:00+00:00"
    one = rung(
        [
            "We call you back! ",
            call("request_callback", due_at=at, wording="later"),
            "See you then.",
        ]
    )
    turn = await answered(one)
    assert (turn.said, turn.waited) == ([ASKS_WHO], [])  # a safe line


@virtual_time
async def test_held_words_of_a_model_that_died_are_never_voiced() -> None:
    one = rung(["Yes, we will call you. ", broken()])
    two = rung([call("ask", topic=Topic.CALLBACK_TIME), "When?"], name="two/1")
    turn = await answered(one, two, text="can you call me back later")
    assert turn.said == ["When?"]


# -- length ------------------------------------------------------------------------------


@virtual_time
async def test_a_reply_ends_with_the_last_sentence_that_fits() -> None:
    sentence = "word " * 19 + "end. "
    one = rung([sentence * 9, call("ask", topic="owner"), "One more."])
    turn = await answered(one)
    assert len(" ".join(turn.said).split()) == 140
    assert turn.said[-1].endswith("end.")
    assert turn.result.tools == ("ask",)


@virtual_time
async def test_only_what_can_be_spoken_is_voiced() -> None:
    one = rung(["<think>Hm.</think>", "**Yes**, we do 😀. ", '{"name": "ask"}', "- It is free."])
    assert (await answered(one)).said == ["Yes, we do .", "It is free."]
