"""Answers prepared ahead of their time: adopted, dropped, kept over a breath, three at most."""

from __future__ import annotations

from dataclasses import replace

from core.call import EndReason
from core.speech import MustHear, ReplyPiece
from tests.unit.voice.test_reducer import (
    LISTENING,
    committed,
    drafted,
    of,
    piece,
    run,
    windows,
    words,
)
from voice.call_state import CallState
from voice.commands import Command, Commit, Drop, Judge, Prepare, Release, Speak, Transcribe
from voice.cues import (
    LineDropped,
    PieceReady,
    SoundStarted,
    Timer,
    TimerFired,
    TurnJudged,
    UtterancePlayed,
    VoiceWindow,
)
from voice.turns import Turn


class Caller:
    """Speaks and pauses, window by window, into a call that listens."""

    def __init__(self, state: CallState | None = None) -> None:
        self.state = state or run(*LISTENING)[0]
        self.at_ms = 1000
        self.done: list[Command] = []

    def voice(self, count: int, probability: float = 0.9) -> Caller:
        return self.hears(*windows(count, probability, self.at_ms))

    def pauses(self, count: int) -> Caller:
        return self.voice(count, 0.0)

    def hears(self, *cues: object) -> Caller:
        self.state, commands = run(*cues, state=self.state)
        self.done = commands
        self.at_ms += 32 * sum(isinstance(cue, VoiceWindow) for cue in cues)
        return self


def prepared() -> Caller:
    """A caller who has said "yes" and pauses; the answer is ahead, its first sentence held."""
    caller = Caller().voice(6).pauses(2).hears(words("yes"))
    assert of(Prepare, caller.done)[0].turn == 2
    return caller.hears(piece(2, "Good."), piece(2, "And now?"))


def test_the_answer_is_prepared_in_the_pause_and_only_its_first_sentence_is_voiced() -> None:
    caller = prepared()
    assert [command.text for command in of(Speak, caller.done)] == ["Good."]
    assert caller.state.turn is Turn.LISTENING
    assert not of(Release, caller.done)


def test_a_caller_who_stays_silent_hears_it_at_once() -> None:
    caller = prepared().pauses(30)
    assert of(Release, caller.done) == [Release(2)]
    assert [command.text for command in of(Speak, caller.done)] == ["And now?"]
    assert not of(Prepare, caller.done)
    assert (caller.state.turn, caller.state.number) == (Turn.PROCESSING, 2)


def test_a_caller_who_goes_on_never_hears_of_it() -> None:
    caller = prepared().voice(6)
    assert of(Drop, caller.done) == [Drop(2)]
    assert (caller.state.ahead, caller.state.number) == (None, 1)
    caller.hears(piece(2, "Good."), drafted(2))
    assert caller.done == []


def test_the_answer_outlives_a_breath_when_the_words_stay_the_same() -> None:
    caller = prepared().voice(2)
    assert not of(Drop, caller.done)
    caller.pauses(2)
    assert of(Transcribe, caller.done)[0].attempt == 2
    caller.hears(words("Yes.", attempt=2))
    assert not of(Prepare, caller.done) + of(Drop, caller.done)
    assert of(Release, caller.pauses(30).done) == [Release(2)]


def test_other_words_after_a_breath_are_answered_anew() -> None:
    caller = prepared().voice(2).pauses(2).hears(words("yes but", attempt=2))
    assert of(Drop, caller.done) == [Drop(2)]
    assert [each.text for each in of(Prepare, caller.done)] == ["yes but"]


def test_no_more_answers_than_three_are_begun_ahead_of_one_turn() -> None:
    caller = Caller().voice(6)
    begun = 0
    for attempt in range(1, 6):
        caller.pauses(6).hears(words(f"word {attempt}", attempt=attempt))
        begun += len(of(Prepare, caller.done))
        caller.voice(8)
    assert begun == 3
    caller.pauses(6).hears(words("the end", attempt=6)).pauses(40)
    assert [each.text for each in of(Prepare, caller.done)] == ["the end"]


def test_an_answer_that_fails_ahead_of_its_time_is_asked_for_again() -> None:
    caller = prepared().hears(drafted(2, failed=True))
    assert of(Drop, caller.done) == [Drop(2)]
    assert of(Prepare, caller.pauses(30).done)[0].turn == 2


def test_a_turn_judged_over_too_early_is_taken_back_while_nothing_sounds() -> None:
    caller = prepared().pauses(30).voice(2)
    assert (caller.state.turn, caller.state.number) == (Turn.LISTENING, 1)
    assert caller.state.ahead is not None
    caller.pauses(2).hears(words("yes", attempt=2)).pauses(30)
    assert of(Release, caller.done) == [Release(2)]


def test_a_reply_that_has_just_begun_is_withdrawn_and_both_parts_are_one_turn() -> None:
    caller = prepared().pauses(30).hears(drafted(2), SoundStarted(2000, 2)).voice(2)
    assert caller.state.speech is not None
    assert caller.state.speech.in_doubt
    caller.hears(*windows(2, 0.0, caller.at_ms))
    caller.state = caller.state._replace(turn=Turn.LISTENING)  # the line is silent
    caller.hears(words("and no", segment=2))
    assert of(Drop, caller.done) == [Drop(2)]
    assert not of(Commit, caller.done)
    (decode,) = of(Transcribe, caller.done)
    assert decode.from_ms == 1064 - 64 - 320  # where "yes" began
    caller.hears(words("yes and no", segment=2, attempt=decode.attempt))
    assert [each.text for each in of(Prepare, caller.done)] == ["yes and no"]


def test_a_reply_is_made_true_once_it_has_sounded_for_a_while() -> None:
    caller = prepared().pauses(30).hears(drafted(2), SoundStarted(2000, 2))
    assert not of(Commit, caller.done)
    assert of(Commit, caller.hears(TimerFired(2400, Timer.KEEP)).done) == [Commit(2)]


def test_a_reply_that_is_over_sooner_is_made_true_then() -> None:
    caller = Caller().voice(6).pauses(2).hears(words("yes"), piece(2, "Good."), drafted(2))
    caller.pauses(30).hears(SoundStarted(2000, 2), UtterancePlayed(2200, 2, 2))
    assert of(Commit, caller.done) == [Commit(2)]
    caller.hears(committed(2))
    assert caller.state.turn is Turn.LISTENING


def test_an_answer_without_a_sentence_to_voice_is_made_true_at_once() -> None:
    caller = Caller().voice(6).pauses(2).hears(words("book it"), drafted(2))
    assert not of(Commit, caller.done)
    assert of(Commit, caller.pauses(30).done) == [Commit(2)]


def test_the_turn_model_is_asked_in_the_pause_and_only_the_present_one_counts() -> None:
    asked = CallState()._replace(patience=replace(CallState().patience, turn_model=True))
    caller = Caller(run(*LISTENING, state=asked)[0]).voice(6).pauses(2)
    assert len(of(Judge, caller.done)) == 1
    caller.hears(TurnJudged(1300, 1, 1, 0.97))
    assert caller.state.speech is not None
    assert caller.state.speech.complete == 0.97
    caller.hears(TurnJudged(1300, 1, 9, 0.1), TurnJudged(1300, 9, 1, 0.1))
    assert caller.state.speech.complete == 0.97
    assert caller.voice(1).state.speech.complete is None


def test_a_hang_up_keeps_what_was_prepared_and_makes_it_true() -> None:
    caller = prepared().hears(drafted(2), LineDropped(1300, EndReason.CALLER_HUNG_UP))
    assert of(Commit, caller.done) == [Commit(2)]
    assert not of(Release, caller.done)


def test_what_had_to_be_heard_is_proved_when_it_was_played() -> None:
    told = ReplyPiece(0, "This is a machine.", "greeting", must_hear=(MustHear.AUTOMATED,))
    caller = Caller().voice(6).pauses(2).hears(words("who"), PieceReady(1, 2, 2, told))
    caller.pauses(30).hears(SoundStarted(2000, 2))
    caller.hears(UtterancePlayed(2600, 2, 2, "e0:7"))
    (proof,) = [each.evidence for each in caller.done if hasattr(each, "evidence")]
    assert (proof.turn, proof.what, proof.mark, proof.at_ms) == (
        2,
        MustHear.AUTOMATED,
        "e0:7",
        2600,
    )
