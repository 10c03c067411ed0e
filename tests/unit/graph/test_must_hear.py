"""What must be heard comes again, whole and first, until it was heard, and never after that."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.lineup import Rung
from core.breaker import Breaker
from core.call import Direction, EndReason, Outcome
from core.speech import CallerTurn, Heard, MustHear, ReplyPiece, TurnKind, TurnResult
from graph.conversation import GraphConversation
from graph.must_hear import MOST_REPEATS, NOT_HEARD, segments
from tests.unit.conversations import CALL, MONDAY, House, card
from tests.unit.graph.scripted_model import Play, ScriptedModel

SAID = ("yes", "no", "hello", "pardon", "who is this", "how much is it", "goodbye", "three", "")
SIDES = st.sampled_from(Direction)


@dataclass
class Line:
    """A telephone line on which replies are cut, and what came through."""

    conversation: GraphConversation
    heard: Heard | None = None
    known: set[str] = field(default_factory=set)  # the texts that were heard to their end

    @property
    def musts(self) -> list[str]:
        """Every line of the call that must be heard."""
        return [each.text for each in segments(self.conversation.script, self.conversation.card)]

    @property
    def farewell(self) -> str:
        """What the agent parts with."""
        return self.conversation.script.lines.farewell

    async def turn(
        self, text: str, share: float, kind: TurnKind | None = None, *, ends_call: bool = False
    ) -> tuple[list[ReplyPiece], TurnResult]:
        """One turn; ``share`` of the words of its reply come through, 1 for all."""
        number = self.conversation.next_turn
        kind = kind or (TurnKind.SPEECH if text else TurnKind.SILENCE)
        kind = TurnKind.OPENING if number == 1 else kind
        given_ = CallerTurn(number, kind, text, 1.0, MONDAY, self.heard, ends_call=ends_call)
        draft = self.conversation.prepare(given_)
        pieces = [piece async for piece in draft.pieces()]
        committed = await draft.commit(self.heard)
        pieces += committed.voice_now
        assert [piece.index for piece in pieces] == list(range(len(pieces)))
        words = committed.result.reply.split(" ")
        cut = round(len(words) * share)
        through, rest = " ".join(words[:cut]), " ".join(words[cut:])
        self.heard = Heard(number, through, rest, 300 * cut) if share else None
        self.known |= {must for must in self.musts if must in through}
        return pieces, committed.result


def endless_model() -> Rung:
    plays: list[Play] = [["Well, that depends. ", "What else?"] for _ in range(40)]
    return Rung(ScriptedModel(plays, "one/1"), Breaker("one/1"))


@settings(max_examples=60)
@given(
    side=SIDES,
    modelled=st.booleans(),
    said=st.lists(
        st.tuples(st.sampled_from(SAID), st.floats(0, 1) | st.just(1.0), st.booleans()),
        max_size=12,
    ),
)
async def test_nothing_is_missing_at_the_end_and_nothing_heard_comes_again(
    *, side: Direction, modelled: bool, said: list[tuple[str, float, bool]]
) -> None:
    house = House(rungs=(endless_model(),) if modelled else ())
    line = Line(await house.house.open(card(side)))
    silences = [("", 1.0, False)] * 4  # in the end the caller falls silent and hears all
    left: list[str] = []
    in_vain = -1  # how often in a row the same came again; the first time is no repetition
    for at, (text, share, dies) in enumerate([("", 0.5, False), *said, *silences]):
        if dies:  # another process takes over; the last reply is known to be heard, or nothing is
            line.conversation = await house.another().open(card(side))
        owed = [must for must in line.musts if must not in line.known]
        in_vain = in_vain + 1 if at == 0 or len(owed) == len(left) else 1
        left = owed
        pieces, result = await line.turn(text, share)
        if owed and in_vain > MOST_REPEATS:
            assert (result.reply, result.ends_call) == (line.farewell, True)
            return
        marked = [piece for piece in pieces if piece.must_hear]
        assert [piece.text for piece in marked] == owed
        assert pieces[: len(marked)] == marked
        if result.ends_call and share == 1.0:
            assert line.known == set(line.musts)
            return
        assert at < len(said) + len(silences), "silence ends a call"


async def opened(
    side: Direction = Direction.OUTBOUND, share: float = 1.0, *, modelled: bool = False
) -> tuple[House, Line, list[ReplyPiece]]:
    house = House(rungs=(endless_model(),) if modelled else ())
    line = Line(await house.house.open(card(side)))
    pieces, _ = await line.turn("", share)
    return house, line, pieces


async def test_the_opening_says_what_each_piece_tells() -> None:
    _, _, pieces = await opened()
    assert [(piece.text, piece.must_hear) for piece in pieces] == [
        (
            "Hello, this is Sophie, an automated assistant from Hartley and Moss Estate Agents, "
            "twelve Ship Street, Brighton.",
            (MustHear.IDENTITY, MustHear.AUTOMATED),
        ),
        ("This call is recorded.", (MustHear.RECORDING,)),
        ("You can tell me to stop calling at any time.", (MustHear.OPT_OUT,)),
        ("Am I speaking with Emma Carter?", ()),
    ]


async def test_only_what_was_not_heard_comes_again() -> None:
    _, line, pieces = await opened()
    first = pieces[0].text
    line.heard = Heard(1, f"{first} This call", "is recorded. And so on.", 4000)
    again, result = await line.turn("yes", 1.0)
    assert [piece.text for piece in again[:2]] == [pieces[1].text, pieces[2].text]
    assert result.reply.endswith("Am I speaking with Emma Carter?")  # nor was the question heard
    later, _ = await line.turn("yes", 1.0)
    assert not any(piece.must_hear for piece in later)


async def test_a_reply_of_which_nothing_is_known_was_not_heard() -> None:
    _, line, pieces = await opened(share=0.0)
    assert line.heard is None
    again, _ = await line.turn("hello", 1.0)
    assert again[:3] == pieces[:3]


async def test_white_space_and_signs_of_what_was_heard_do_not_matter() -> None:
    _, line, pieces = await opened()
    shouted = "  ".join(piece.text.upper().replace(",", "") for piece in pieces)
    line.heard = Heard(1, shouted, "", 9000)
    later, _ = await line.turn("yes", 1.0)
    assert not any(piece.must_hear for piece in later)


async def test_who_is_called_by_mistake_learns_by_whom() -> None:
    _, line, _ = await opened(share=0.1)
    pieces, result = await line.turn("you have the wrong number", 1.0)
    assert [len(piece.must_hear) for piece in pieces[:3]] == [2, 1, 1]
    assert result.reply.endswith("I will correct our records. Goodbye.")
    assert result.ends_call


async def test_who_wants_no_more_calls_is_not_kept_on_the_line() -> None:
    _, line, _ = await opened(share=0.1)
    for words in ("stop calling me", "goodbye"):
        pieces, result = await line.turn(words, 0.5)
        assert not any(piece.must_hear for piece in pieces)
        assert result.outcome is Outcome.OPTED_OUT
        assert result.ends_call


async def test_what_is_heard_by_the_commit_is_heard() -> None:
    house, line, pieces = await opened(share=0.1)
    reply = " ".join(piece.text for piece in pieces)
    draft = line.conversation.prepare(
        CallerTurn(2, TurnKind.SPEECH, "yes", 1.0, MONDAY, line.heard)
    )
    await draft.commit(Heard(1, reply, "", 9000))
    assert house.book.turns[CALL][2].state_change["heard_lines"] == [0, 1, 2]


async def test_what_is_heard_last_is_known_to_the_next_process() -> None:
    house, line, _ = await opened()
    await line.conversation.close(line.heard, EndReason.PROCESS_DIED)
    line.conversation = await house.another().open(card())
    assert line.conversation.state["heard_lines"] == [0, 1, 2]
    line.heard = None
    later, _ = await line.turn("yes", 1.0)
    assert not any(piece.must_hear for piece in later)


async def test_who_never_hears_the_lines_is_taken_leave_of() -> None:
    """A television speaks over each reply."""
    house, line, pieces = await opened(share=0.1, modelled=True)
    for _ in range(MOST_REPEATS):
        again, result = await line.turn("and now the weather", 0.1)
        assert again[:3] == pieces[:3]
        assert not result.ends_call
    line.conversation = await house.another().open(card())  # the count is part of the state
    _, result = await line.turn("and now the weather", 0.1)
    assert (result.reply, result.ends_call, result.outcome) == (line.farewell, True, None)
    assert result.faults == (NOT_HEARD,)
    assert result.model == "script-brain/1"
    _, result = await line.turn("rain in the south", 0.1)  # it speaks over the farewell, too
    assert (result.reply, result.ends_call) == (line.farewell, True)
    _, result = await line.turn("stop calling me", 1.0)
    assert result.outcome is Outcome.OPTED_OUT
    assert await line.conversation.close(line.heard, EndReason.AGENT_HUNG_UP) is Outcome.OPTED_OUT


async def test_a_line_that_came_through_begins_the_count_anew() -> None:
    _, line, pieces = await opened(share=0.1, modelled=True)
    for _ in range(MOST_REPEATS):
        await line.turn("and now the weather", 0.1)
    assert line.heard is not None
    line.heard = Heard(line.heard.turn, pieces[0].text, "This call is recorded.", 4000)
    for _ in range(MOST_REPEATS):
        again, result = await line.turn("and now the weather", 0.1)
        assert [piece.text for piece in again if piece.must_hear] == [
            piece.text for piece in pieces[1:3]
        ]
        assert not result.ends_call
    _, result = await line.turn("and now the weather", 0.1)
    assert (result.reply, result.ends_call) == (line.farewell, True)


async def test_an_operator_ends_a_call_in_their_own_words_also_then() -> None:
    _, line, _ = await opened(share=0.1)
    for _ in range(MOST_REPEATS):
        await line.turn("and now the weather", 0.1)
    _, result = await line.turn("Bye for now.", 1.0, TurnKind.OPERATOR, ends_call=True)
    assert result.reply.endswith("Bye for now.")
    assert result.ends_call


@pytest.mark.parametrize("side", list(Direction))
async def test_a_silent_caller_is_asked_twice_and_then_left(side: Direction) -> None:
    _, line, _ = await opened(side)
    lines = line.conversation.script.lines
    for prompt in lines.silence:
        _, result = await line.turn("", 1.0)
        assert result.reply.startswith(prompt)
        assert not result.ends_call
    _, result = await line.turn("", 1.0)
    assert (result.reply, result.ends_call) == (lines.no_response, True)
    assert result.outcome is Outcome.NO_RESPONSE


async def test_an_operators_words_are_said_as_they_are_and_change_nothing() -> None:
    house, line, _ = await opened()
    await line.turn("yes", 1.0)
    await line.turn("", 1.0)  # a silence that still counts
    before, expects = line.conversation.state["thread"], line.conversation.expects
    words = "A colleague of mine is listening, too. Please go on."
    pieces, result = await line.turn(words, 1.0, TurnKind.OPERATOR)
    assert " ".join(piece.text for piece in pieces) == words == result.reply
    assert (result.model, result.ends_call, result.usage) == ("operator", False, ())
    assert line.conversation.state["thread"] == before
    assert line.conversation.expects == expects
    assert [m.id for m in line.conversation.state["messages"]][-1] == "t4-agent"
    assert not any(m.content == words for m in line.conversation.state["messages"][:-1])
    assert house.book.turns[CALL][4].turn.kind is TurnKind.OPERATOR
    _, result = await line.turn("yes", 1.0)  # to what? the question was heard a while ago
    assert result.reply == "Do you own the property?"
    _, result = await line.turn("yes", 1.0)
    assert result.reply.startswith("How many bedrooms")


async def test_an_operators_words_wait_for_what_must_be_heard() -> None:
    _, line, pieces = await opened(share=0.3)
    said, _ = await line.turn("One moment.", 1.0, TurnKind.OPERATOR)
    assert said[:3] == pieces[:3]
    assert said[3].text == "One moment."


@pytest.mark.parametrize(
    ("text", "reply"), [("", "Thank you for your time. Goodbye."), ("Bye for now.", "Bye for now.")]
)
async def test_an_operator_ends_the_call_as_it_stands(text: str, reply: str) -> None:
    _, line, _ = await opened()
    await line.turn("yes", 1.0)
    _, result = await line.turn(text, 0.5, TurnKind.OPERATOR, ends_call=True)
    assert (result.reply, result.ends_call, result.outcome) == (reply, True, None)
    _, result = await line.turn("hello?", 1.0)
    assert result.ends_call
    assert await line.conversation.close(line.heard, EndReason.AGENT_HUNG_UP) is Outcome.COMPLETED
