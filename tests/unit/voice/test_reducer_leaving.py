"""The reducer's rules for the end of a call: keys, orders, time that is up, what was heard."""

from __future__ import annotations

from core.call import EndReason
from core.speech import Evidence, Heard, MustHear, ReplyPiece, TurnKind
from tests.unit.voice.test_reducer import (
    GREETED,
    LISTENING,
    START,
    committed,
    drafted,
    of,
    piece,
    run,
    windows,
    words,
)
from tests.unit.voice.test_reducer_ahead import prepared
from tests.unit.voice.test_reducer_trouble import hushed, probe, spoken_into
from voice.call_state import CallState, Order
from voice.commands import Commit, EndCall, Hush, Prepare, Prove, Release, SetTimer, Silence, Speak
from voice.cues import (
    CommitFailed,
    DigitPressed,
    LineDropped,
    OperatorSaid,
    PieceReady,
    SoundStarted,
    Timer,
    TimerFired,
    UtterancePlayed,
)
from voice.reducer_finish import has_room
from voice.turns import Turn

HUNG_UP = LineDropped(5000, EndReason.CALLER_HUNG_UP)
GOODBYE = OperatorSaid(900, "Goodbye now.", ends_call=True)
FARE_WELL = (*GREETED[:-1], committed(1, ends=True), UtterancePlayed(3, 1, 1))


def test_keys_pressed_just_before_hanging_up_are_answered() -> None:
    _, commands = run(*LISTENING, DigitPressed(4, "9"), HUNG_UP)
    (prepare,) = of(Prepare, commands)[1:]
    assert (prepare.kind, prepare.digits) == (TurnKind.DTMF, "9")


def test_keys_are_answered_after_the_words_that_came_with_them() -> None:
    state, _ = run(*LISTENING, DigitPressed(4, "9"), *windows(8, 0.9))
    state, commands = run(HUNG_UP, words("no more"), drafted(2), committed(2), state=state)
    assert [(each.text, each.digits) for each in of(Prepare, commands)] == [
        ("no more", ""),
        ("", "9"),
    ]
    _, commands = run(drafted(3), committed(3), state=state)
    assert of(Commit, commands) == [Commit(3)]
    assert commands[-1] == EndCall(EndReason.CALLER_HUNG_UP)


def test_keys_pressed_into_the_farewell_are_answered_before_the_end() -> None:
    state, _ = run(*FARE_WELL, DigitPressed(4, "9"))
    state, commands = run(TimerFired(6, Timer.DIGITS), state=state)
    assert (state.digits, commands) == ("9", [])
    _, commands = run(TimerFired(7, Timer.DRAIN), state=state)
    assert [each.digits for each in of(Prepare, commands)] == ["9"]


def test_nothing_is_answered_after_a_turn_that_could_not_be_stored() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(12, 0.9))
    state, _ = run(hushed(1), probe("stop", 1), *windows(3, 0.0, 1384), state=state)
    for last in (words("stop calling me"), DigitPressed(4, "9")):
        dead, _ = run(last, HUNG_UP, state=state)
        _, commands = run(CommitFailed(5100, 1), state=dead)
        assert of(Prepare, commands) == []
        assert commands[-1] == EndCall(EndReason.CALLER_HUNG_UP)
    sorry, _ = run(CommitFailed(4000, 1), DigitPressed(4001, "9"), state=state)
    _, commands = run(HUNG_UP, hushed(1), state=sorry)
    assert of(Prepare, commands) == []
    assert commands[-1] == EndCall(EndReason.CALLER_HUNG_UP)


def test_the_answer_prepared_in_the_pause_is_used_though_the_line_drops_first() -> None:
    caller = prepared().hears(*windows(2, 0.9, 1300), HUNG_UP)
    piece_later = piece(2, "Bye.")
    caller.hears(piece_later, drafted(2), words("Yes", attempt=2))
    assert of(Commit, caller.done) == [Commit(2)]


def test_an_answer_that_fails_after_the_line_dropped_is_asked_for_again() -> None:
    caller = prepared().hears(*windows(2, 0.9, 1300), HUNG_UP)
    caller.hears(drafted(2, failed=True), words("Yes", attempt=2))
    assert [each.text for each in of(Prepare, caller.done)] == ["Yes"]


TIME_IS_UP = TimerFired(900_000, Timer.CALL)


def test_time_that_is_up_lets_the_caller_finish() -> None:
    state, _ = run(*LISTENING, *windows(8, 0.9))
    state, commands = run(TIME_IS_UP, state=state)
    assert (state.leaving, commands) == (None, [SetTimer(Timer.CALL, 1000)])
    state, _ = run(*windows(40, 0.0, 1256), words("stop calling me"), state=state)
    assert state.turn is Turn.PROCESSING
    state, commands = run(TIME_IS_UP, state=state)
    assert state.leaving is EndReason.AGENT_HUNG_UP
    assert of(Commit, commands) == [Commit(2)]


def test_words_that_wait_for_a_commit_are_answered_before_time_is_up() -> None:
    state, _ = run(START, *windows(4, 0.9), hushed(1))
    state, _ = run(*windows(3, 0.0, 1128), words("stop calling me"), state=state)
    state, _ = run(*windows(30, 0.0, 1224), TIME_IS_UP, state=state)
    _, commands = run(committed(1), state=state)
    assert [each.text for each in of(Prepare, commands)] == ["stop calling me"]


def test_a_caller_who_never_finishes_is_told_so_even_after_a_withdrawn_reply() -> None:
    caller = prepared().pauses(30).hears(drafted(2), SoundStarted(2000, 2))
    spoken_into(caller).hears(probe("and also this", 2))
    assert caller.state.reply is None
    caller.hears(TimerFired(920_000, Timer.CALL))
    (speak,) = of(Speak, caller.done)
    assert (speak.turn, speak.text) == (2, caller.state.time_up)
    assert of(Release, caller.done) == [Release(2)]
    caller.hears(SoundStarted(920_100, 2), UtterancePlayed(924_000, 2, speak.utterance))
    assert of(SetTimer, caller.done) == [SetTimer(Timer.DRAIN, 500)]
    caller.hears(TimerFired(924_500, Timer.DRAIN))
    assert of(Commit, caller.done) == []
    assert caller.done[-1] == EndCall(EndReason.AGENT_HUNG_UP)


def test_a_call_that_takes_leave_ends_once_its_last_turn_is_stored() -> None:
    state, _ = run(START, TimerFired(9, Timer.BRAIN), SoundStarted(10, 1))
    state, _ = run(UtterancePlayed(11, 1, 1), state=state)
    waiting, commands = run(TimerFired(12, Timer.DRAIN), state=state)
    assert of(EndCall, commands) == []
    for stored in (committed(1), CommitFailed(13, 1)):
        assert run(stored, state=waiting)[1][-1] == EndCall(EndReason.INTERNAL_ERROR)
        assert run(stored, TimerFired(14, Timer.DRAIN), state=state)[1][-1] == EndCall(
            EndReason.INTERNAL_ERROR
        )


def test_a_draft_that_fails_after_it_was_cut_is_no_trouble() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(12, 0.9))
    state, _ = run(hushed(1), probe("stop", 1), drafted(1, failed=True), state=state)
    assert state.leaving is None


NOTICE = ReplyPiece(0, "This call is recorded.", "greeting", must_hear=(MustHear.RECORDING,))


def test_what_the_voice_failed_to_say_counts_as_unheard() -> None:
    state, commands = run(START, PieceReady(1, 1, 1, NOTICE), piece(1, "And more."), drafted(1))
    assert [each.must_hear for each in of(Speak, commands)] == [True, False]
    failed = UtterancePlayed(2, 1, 1, voiced=False, unheard="This call is recorded.")
    state, _ = run(failed, SoundStarted(3, 1), UtterancePlayed(4, 1, 2, "e0:1"), state=state)
    state, _ = run(committed(1), state=state)
    assert state.heard == Heard(1, "And more.", "This call is recorded.", 0)


def test_of_a_sentence_that_broke_off_its_beginning_was_heard() -> None:
    state, _ = run(START, PieceReady(1, 1, 1, NOTICE), drafted(1), SoundStarted(2, 1))
    state, _ = run(UtterancePlayed(3, 1, 1, unheard=" recorded."), committed(1), state=state)
    assert state.heard == Heard(1, "This call is", "recorded.", 0)


def test_an_apology_does_not_make_what_was_cut_before_it_heard() -> None:
    state, _ = run(START, PieceReady(1, 1, 1, NOTICE), SoundStarted(2, 1), *windows(12, 0.9))
    state, _ = run(hushed(1, "This", "call is recorded."), probe("stop", 1), state=state)
    state, commands = run(CommitFailed(3, 1), SoundStarted(4, 1), state=state)
    (speak,) = of(Speak, commands)
    state, _ = run(UtterancePlayed(5, 1, speak.utterance, "e1:1"), state=state)
    assert state.heard == Heard(1, f"This {state.apology}", "call is recorded.", 0)


def test_an_order_that_ends_the_call_silences_the_agent_at_once() -> None:
    state, commands = run(START, piece(1), SoundStarted(2, 1), GOODBYE)
    assert (of(Hush, commands), of(Silence, commands)) == ([Hush(1)], [Silence(1)])
    assert of(Commit, commands) == [Commit(1)]
    state, commands = run(hushed(1, "Hel", "lo."), committed(1), state=state)
    prepare = of(Prepare, commands)[-1]
    assert (prepare.text, prepare.ends_call, prepare.heard) == (
        "Goodbye now.",
        True,
        Heard(1, "Hel", "lo.", 0),
    )


def test_a_notice_heard_just_before_an_order_silenced_the_reply_is_proved() -> None:
    heard = UtterancePlayed(3, 1, 1, "e0:1")  # it was on its way when the order came
    _, commands = run(START, PieceReady(1, 1, 1, NOTICE), SoundStarted(2, 1), GOODBYE, heard)
    assert of(Prove, commands) == [Prove(Evidence(1, MustHear.RECORDING, "e0:1", 3))]


def test_an_order_that_ends_the_call_is_not_kept_waiting_by_an_answer() -> None:
    caller = prepared().pauses(30).hears(GOODBYE)
    assert (of(Hush, caller.done), of(Commit, caller.done)) == ([Hush(2)], [Commit(2)])
    caller.hears(hushed(2, "", "Good. And now?"), committed(2))
    assert [each.text for each in of(Prepare, caller.done)] == ["Goodbye now."]


def test_the_caller_is_let_finish_and_answered_without_a_sound_before_that_order() -> None:
    state, commands = run(*LISTENING, *windows(8, 0.9), GOODBYE, *windows(40, 0.0, 1256))
    state, commands = run(words("stop calling me"), state=state)
    assert [each.text for each in of(Prepare, commands)] == ["stop calling me"]
    assert (of(Silence, commands), of(Commit, commands)) == ([Silence(2)], [Commit(2)])
    _, commands = run(hushed(2), committed(2), state=state)
    assert [each.text for each in of(Prepare, commands)] == ["Goodbye now."]


def test_that_order_ends_the_doubt_whether_the_caller_cut_in() -> None:
    state, _ = run(*GREETED, *windows(4, 0.9), hushed(1))
    state, commands = run(GOODBYE, state=state)
    assert of(Silence, commands) == [Silence(1)]
    assert state.speech is not None
    assert not state.speech.in_doubt


def test_the_goodbye_that_was_ordered_is_not_interrupted() -> None:
    state, _ = run(*LISTENING, GOODBYE, piece(2), SoundStarted(1000, 2))
    state, commands = run(*windows(20, 0.9), state=state)
    assert (state.speech, commands) == (None, [])


def test_an_order_that_ends_the_call_is_the_last() -> None:
    state, _ = run(*GREETED, OperatorSaid(4, "One moment.", ends_call=False))
    assert has_room(state, ends_call=False, coming=2)
    assert not has_room(state, ends_call=False, coming=3)
    speaking, _ = run(*LISTENING, *windows(8, 0.9), GOODBYE)
    assert not has_room(speaking, ends_call=False)
    assert has_room(speaking, ends_call=True)
    later = OperatorSaid(5, "And this.", ends_call=False)
    assert run(later, state=speaking)[0].orders == (Order("Goodbye now.", True),)
    assert not has_room(run(*FARE_WELL)[0], ends_call=True)
    assert not has_room(CallState(), ends_call=True)
