"""The reducer's rules for what rarely goes together: slow ears, endless voice, keys in between."""

from __future__ import annotations

from core.speech import Heard, TurnKind
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
from tests.unit.voice.test_reducer_ahead import Caller, prepared
from voice.call_state import CallState
from voice.commands import Drop, Hush, Prepare, Release, SetTimer, Silence, Transcribe
from voice.cues import (
    DigitPressed,
    OperatorSaid,
    PlaybackStopped,
    SoundStarted,
    Timer,
    TimerFired,
    TranscriptReady,
    UtterancePlayed,
)
from voice.endpointing import Patience
from voice.ports import Transcript
from voice.turns import Turn


def probe(text: str, segment: int, attempt: int = 1, at_ms: int = 3000) -> TranscriptReady:
    found = Transcript(text, 0.9, "test/1", 500)
    return TranscriptReady(at_ms, segment, attempt, found, probe=True)


def hushed(turn: int, text: str = "", unheard: str = "") -> PlaybackStopped:
    return PlaybackStopped(2000, Heard(turn, text, unheard, 0))


def spoken_into(caller: Caller, count: int = 12) -> Caller:
    """The caller speaks into the reply that sounds; it is hushed."""
    caller.voice(2)
    assert of(Hush, caller.done)
    return caller.hears(hushed(2, "", "Good. And now?")).voice(count - 2)


def test_what_a_late_probe_withdraws_is_decoded_again_though_the_turn_is_over() -> None:
    caller = prepared().pauses(30).hears(drafted(2), SoundStarted(2000, 2))
    spoken_into(caller).pauses(20)
    assert caller.state.turn is Turn.PROCESSING
    caller.hears(probe("and also", segment=2))
    assert of(Drop, caller.done) == [Drop(2)]
    (decode,) = of(Transcribe, caller.done)
    caller.hears(words("yes and also", segment=2, attempt=decode.attempt))
    assert [each.text for each in of(Prepare, caller.done)] == ["yes and also"]


def test_a_voice_without_end_is_decoded_once_and_then_answered() -> None:
    state = CallState(patience=Patience(longest_turn_ms=2000))
    caller = Caller(run(*LISTENING, state=state)[0]).voice(100)
    assert len(of(Transcribe, caller.done)) == 1
    caller.hears(words("on and on"), piece(2), drafted(2), committed(2)).voice(20)
    assert of(Hush, caller.done) == []  # not at once: the agent has its word
    caller.hears(SoundStarted(5000, 2)).voice(20)
    assert of(Hush, caller.done) == []
    caller.pauses(4).voice(8)
    assert of(Hush, caller.done) == [Hush(2)]


def test_a_voice_that_goes_on_after_a_turn_of_full_length_does_not_cost_its_words() -> None:
    state = CallState(patience=Patience(longest_turn_ms=2000))
    caller = Caller(run(*LISTENING, state=state)[0]).voice(100).pauses(4).voice(10)
    caller.hears(words("on and on"))
    assert [each.text for each in of(Prepare, caller.done)] == ["on and on"]
    caller.hears(piece(2), drafted(2)).pauses(4).voice(4).hears(hushed(2), probe("more", 2))
    assert of(Drop, caller.done) == []
    assert of(Silence, caller.done) == [Silence(2)]


def test_sentences_that_come_while_the_reply_is_hushed_count_as_unheard() -> None:
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(4, 0.9))
    state, _ = run(hushed(1, "Hel", "lo."), piece(1, "And more."), state=state)
    state, commands = run(*windows(3, 0.0, 1128), words("stop"), state=state)
    assert of(Silence, commands) == [Silence(1)]
    assert state.heard == Heard(1, "Hel", "lo. And more.", 0)


def test_ears_that_are_too_slow_do_not_keep_the_agent_silent_after_the_turn_is_over() -> None:
    state, _ = run(*GREETED, *windows(20, 0.9))
    state, _ = run(hushed(1), *windows(30, 0.0, 1640), state=state)
    assert state.turn is Turn.PROCESSING
    soon = TimerFired(2000, Timer.VERDICT)
    later, commands = run(soon, state=state)
    assert (later, commands) == (state, [SetTimer(Timer.VERDICT, 300)])
    after, commands = run(TimerFired(9000, Timer.VERDICT), state=state)
    assert of(Release, commands) == [Release(1)]
    assert after.speech is None


def test_a_few_words_are_waited_for_while_they_are_decoded() -> None:
    state, _ = run(*GREETED, *windows(8, 0.9))
    state, _ = run(hushed(1), *windows(4, 0.0, 1256), state=state)
    state, commands = run(TimerFired(2000, Timer.VERDICT), state=state)
    assert commands == [SetTimer(Timer.VERDICT, 300)]
    _, commands = run(words("stop calling me"), state=state)
    assert of(Silence, commands) == [Silence(1)]


def test_a_reply_that_was_heard_is_not_withdrawn_any_more() -> None:
    caller = prepared().pauses(30).hears(SoundStarted(2000, 2), UtterancePlayed(2600, 2, 2))
    spoken_into(caller).hears(probe("what about the price", 2))
    assert (of(Drop, caller.done), of(Silence, caller.done)) == ([], [Silence(2)])


def test_a_reply_that_goes_on_after_a_false_alarm_is_not_withdrawn_any_more() -> None:
    caller = prepared().pauses(30).hears(SoundStarted(2000, 2))
    spoken_into(caller, 4).pauses(4).hears(words("", 2)).pauses(8)
    assert of(Release, caller.done) == [Release(2)]
    caller.hears(SoundStarted(4000, 2)).voice(8)
    caller.hears(hushed(2, "", "Good.")).voice(4).hears(probe("what about the price", 3))
    assert (of(Drop, caller.done), of(Silence, caller.done)) == ([], [Silence(2)])


def test_okay_does_not_stop_a_reply_that_has_not_begun() -> None:
    state, _ = run(START, *windows(4, 0.9), hushed(1))
    state, commands = run(*windows(3, 0.0, 1128), words("okay"), state=state)
    assert of(Silence, commands) == []
    assert run(*windows(9, 0.0, 1224), state=state)[1][-1] == Release(1)


def stopped_without_words() -> CallState:
    """The agent was told to stop; the rest was no words, and its turn is not committed yet."""
    state, _ = run(START, piece(1), SoundStarted(2, 1), *windows(12, 0.9))
    state, _ = run(hushed(1, "", "Hello."), probe("stop", 1), state=state)
    state = state._replace(speech=None)  # as after a noise
    assert state.turn is Turn.LISTENING
    return state


def test_keys_that_wait_for_a_commit_wait_for_the_callers_words_too() -> None:
    state, _ = run(DigitPressed(4, "1"), DigitPressed(5, "#"), state=stopped_without_words())
    assert state.pending is not None
    state, commands = run(*windows(8, 0.9, 3000), state=state)
    assert (state.turn, state.pending, state.digits) == (Turn.LISTENING, None, "1")
    assert of(SetTimer, commands) == [SetTimer(Timer.DIGITS, 2000)]
    assert of(Hush, commands) == []  # nothing sounds
    state, commands = run(committed(1), state=state)
    assert of(Prepare, commands) == []
    state, commands = run(*windows(20, 0.0, 3256), words("hello", 2, at_ms=3900), state=state)
    assert [each.text for each in of(Prepare, commands)] == ["hello"]
    state, _ = run(piece(2), drafted(2), SoundStarted(4000, 2), committed(2), state=state)
    state, commands = run(UtterancePlayed(5000, 2, 2), TimerFired(5500, Timer.DIGITS), state=state)
    assert [each.digits for each in of(Prepare, commands)] == ["1"]


def test_an_order_that_waits_for_a_commit_waits_for_the_callers_words_too() -> None:
    order = OperatorSaid(4, "One moment.", ends_call=False)
    state, _ = run(order, *windows(8, 0.9, 3000), state=stopped_without_words())
    assert [each.text for each in state.orders] == ["One moment."]


def test_a_silence_that_the_caller_breaks_is_no_turn() -> None:
    silence = TimerFired(9, Timer.SILENCE)
    state, _ = run(silence, *windows(8, 0.9, 3000), state=stopped_without_words())
    assert (state.turn, state.pending) == (Turn.LISTENING, None)
    _, commands = run(committed(1), state=state)
    assert of(Prepare, commands) == []


def test_an_order_is_said_after_a_noise() -> None:
    state, _ = run(*LISTENING, *windows(3, 0.9))
    state, _ = run(OperatorSaid(1200, "One moment.", ends_call=False), state=state)
    state, commands = run(*windows(40, 0.0, 1096), words(""), state=state)
    (prepare,) = of(Prepare, commands)
    assert (prepare.kind, prepare.text) == (TurnKind.OPERATOR, "One moment.")


def test_so_many_keys_are_kept_and_no_more() -> None:
    state, _ = run(*LISTENING, *(DigitPressed(at, "7") for at in range(99)))
    assert state.digits == "7" * 32


def test_what_hearing_costs_belongs_to_the_turn_that_is_being_said() -> None:
    caller = prepared()
    (decode,) = of(Transcribe, caller.voice(6).pauses(3).done)
    assert decode.turn == 2
    caller.hears(words("yes it is", attempt=2)).pauses(30).hears(SoundStarted(3000, 2))
    (probing,) = of(Transcribe, caller.voice(9).done)
    assert (probing.probe, probing.turn) == (True, 3)
