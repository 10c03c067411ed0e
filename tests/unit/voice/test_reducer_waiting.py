"""How long a call waits: for words that come late, after a noise, and while a voice goes on."""

from __future__ import annotations

import pytest

from core.speech import Heard
from tests.unit.voice.test_reducer import GREETED, LISTENING, of, run, windows, words
from voice.call_state import CallState
from voice.commands import Command, Hush, Prepare, Release, SetTimer
from voice.cues import PlaybackStopped, SoundStarted, Timer, TimerFired, TurnJudged, VoiceWindow
from voice.endpointing import Patience
from voice.onset import ENOUGH
from voice.patience import HALF_MS, UNLIKELY_MS
from voice.turns import Turn

SPOKEN = windows(40, 0.9)  # 1.3 s
END_MS = SPOKEN[-1].at_ms


def decided(patience: Patience | None = None) -> CallState:
    """A turn that was judged over by its silence; its decode is not back."""
    state = run(*LISTENING)[0]._replace(patience=patience or Patience())
    state, _ = run(*SPOKEN, *windows(13, 0.0, END_MS), state=state)
    assert state.turn is Turn.PROCESSING
    return state


def prepared(commands: list[Command]) -> list[str]:
    return [command.text for command in of(Prepare, commands)]


def test_whole_words_that_come_after_the_decision_are_answered_at_once() -> None:
    state, commands = run(words("yes that is fine", at_ms=END_MS + 500), state=decided())
    assert prepared(commands) == ["yes that is fine"]
    assert of(Release, commands) == [Release(2)]
    assert state.turn is Turn.PROCESSING


def test_half_a_sentence_that_comes_after_the_decision_is_waited_for() -> None:
    state, commands = run(words("my name is", at_ms=END_MS + 500), state=decided())
    assert state.turn is Turn.LISTENING
    assert prepared(commands) == ["my name is"]  # ahead of its time
    assert not of(Release, commands)
    quiet = windows(HALF_MS // 32 + 1, 0.0, END_MS)
    _, commands = run(*quiet[16:], state=state)
    assert of(Release, commands) == [Release(2)]


def test_what_is_said_after_half_a_sentence_belongs_to_it() -> None:
    state, _ = run(words("my name is", at_ms=END_MS + 500), state=decided())
    assert state.speech is not None
    before = state.speech
    state, _ = run(*windows(6, 0.9, END_MS + 600), state=state)
    assert state.speech is not None
    assert (state.speech.segment, state.speech.from_ms) == (before.segment, before.from_ms)
    assert state.speech.attempt == before.attempt + 1


def test_words_that_come_when_their_time_is_up_are_answered_whatever_they_are() -> None:
    late_ms = END_MS + HALF_MS + 100
    _, commands = run(words("my name is", at_ms=late_ms), state=decided())
    assert of(Release, commands) == [Release(2)]


def test_a_turn_model_that_answers_after_the_decision_counts_as_well() -> None:
    state = decided(Patience(turn_model=True))
    state, _ = run(TurnJudged(END_MS + 450, 1, 1, 0.1), state=state)
    state, _ = run(words("we were there on", at_ms=END_MS + 500), state=state)
    assert state.turn is Turn.LISTENING
    state, _ = run(*windows(UNLIKELY_MS // 32 + 1, 0.0, END_MS)[16:], state=state)
    assert state.turn is Turn.PROCESSING


@pytest.mark.parametrize(("after_ms", "left_ms"), [(2000, 4720), (6500, 1000)])
def test_a_noise_does_not_put_the_question_off_whether_anybody_is_there(
    after_ms: int, left_ms: int
) -> None:
    state, _ = run(*LISTENING)
    state = state._replace(silent_since_ms=1000)
    start = 1000 + after_ms
    state, _ = run(*windows(3, 0.9, start), *windows(3, 0.0, start + 96), state=state)
    heard = words("", at_ms=start + 250)
    state, commands = run(heard, *windows(15, 0.0, start + 192), state=state)
    assert state.turn is Turn.LISTENING
    assert state.speech is None
    (silence,) = of(SetTimer, commands)
    assert silence.timer is Timer.SILENCE
    assert silence.after_ms == pytest.approx(left_ms, abs=600)
    assert silence.after_ms >= 1000


def in_doubt(voiced: int) -> tuple[CallState, int]:
    """The agent is hushed by a voice of so many windows; and when the last one ended."""
    state, _ = run(*GREETED, *windows(4, 0.0))
    state, commands = run(*windows(1, 0.9, 1128), state=state)
    assert of(Hush, commands) == [Hush(1)]
    state, _ = run(PlaybackStopped(1161, Heard(1, "Hel", "lo.", 0)), state=state)
    spoken = windows(voiced - 1, 0.9, 1160)
    state, _ = run(*spoken, state=state)
    assert state.speech is not None
    return state._replace(speech=state.speech._replace(probing=False)), spoken[-1].at_ms


def test_a_voice_that_goes_on_is_waited_for_though_no_words_were_found_yet() -> None:
    state, now = in_doubt(voiced=28)
    state, commands = run(TimerFired(now + 10, Timer.VERDICT), state=state)
    assert of(SetTimer, commands) == [SetTimer(Timer.VERDICT, Patience().verdict_again_ms)]
    assert state.speech is not None
    _, commands = run(TimerFired(now + 4000, Timer.VERDICT), state=state)
    assert of(Release, commands) == [Release(1)]


def test_a_voice_that_has_ended_without_words_is_not_waited_for() -> None:
    state, now = in_doubt(voiced=20)
    quiet = windows(1, 0.0, now)
    state, _ = run(*quiet, state=state)
    _, commands = run(TimerFired(now + 300, Timer.VERDICT), state=state)
    assert of(Release, commands) == [Release(1)]


@pytest.mark.parametrize(
    ("voiced", "text", "resumes"),
    [(6, "", True), (6, "mm-hm", True), (16, "mm-hm", True), (16, "", False)],
)
def test_what_is_likely_speech_is_given_the_pause_of_a_turn_before_the_agent_goes_on(
    voiced: int, text: str, resumes: bool
) -> None:
    state, now = in_doubt(voiced)
    state, _ = run(*windows(2, 0.0, now), state=state)
    assert state.speech is not None
    heard = words(text, attempt=state.speech.attempt, at_ms=now + 70)
    state, commands = run(heard, *windows(5, 0.0, now + 64), state=state)
    assert bool(of(Release, commands)) is resumes
    _, commands = run(*windows(8, 0.0, now + 224), state=state)
    assert bool(of(Release, commands)) is not resumes


def test_a_false_alarm_wants_more_evidence_next_time() -> None:
    state, now = in_doubt(voiced=20)
    state, _ = run(TimerFired(now + 4000, Timer.VERDICT), SoundStarted(now + 4001, 1), state=state)
    assert state.onset.bar > 0
    state, _ = run(*windows(4, 0.0, now + 4000), state=state)
    state, commands = run(VoiceWindow(now + 4160, now + 4160, 0.9, -25.0), state=state)
    assert state.onset.total > ENOUGH
    assert not of(Hush, commands)
