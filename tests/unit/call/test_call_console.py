"""The call on the screen: what a person reads, line by line."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from rich.console import Console

from app.call.collect import SpokenLine
from app.call.console import Screen, Silence, stages_in_words, summary
from app.call.result import CallResult
from core.call import Outcome
from core.events import LiveEvent, LiveKind
from tests.unit.call.played_calls import result

TIMING = {"turn": 2, "speech_end_ms": 4000, "decided_ms": 4400, "transcript_ms": 4460}
TIMING |= {"first_clause_ms": 4470, "first_audio_ms": 4490, "first_sent_ms": 4495}

SHOWN = """\
Starting Parley ...
A caller who interrupts
pocketsphinx/en-us · script-brain/1

 0:00 greeting        Hello.
                      Who is it?
 0:03 caller          Yes, speaking.
                      heard “yes speaking”
 0:04 greeting        When?
                      endpointing 400 + transcript 60 + brain 10 + voice 20 +
                      sent 5 = 495 ms
                      Now, or later?
 0:06 caller cuts in  Now!
                      interrupted; not heard: or later?
                      done: book appointment
 0:09 agent           Bye.
"""

SUMMARY = """\

Booked  Tuesday 24 November, 10:00

Answer time     median   worst
Endpointing     408 ms  415 ms  the caller's last sound until the turn was
                                judged over
Transcript       60 ms   60 ms  until the words were known
Brain            10 ms   10 ms  until the first piece of an answer
Voice            20 ms   20 ms  until the first sound of it
Sent              5 ms    5 ms  until that sound left for the line
Played           30 ms   30 ms  until it was heard on the line
Voice to voice  532 ms  540 ms  the caller's last sound to the agent's first

Greeting after           600 ms
Silent when interrupted  140 ms
Length                   10 s, 3 turns
Cost                     $0.0205
Engines                  pocketsphinx/en-us · script-brain/1
"""


def event(kind: LiveKind, at_ms: int, **data: object) -> LiveEvent:
    return LiveEvent(kind, at_ms, data)  # type: ignore[arg-type]  # JSON by construction


def console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=79, force_terminal=terminal, highlight=False), out


def trimmed(out: io.StringIO) -> str:
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def show(screen: Screen) -> None:
    screen.phase("Starting Parley ...")
    screen.began("A caller who interrupts", ["pocketsphinx/en-us", "script-brain/1"])
    for happened in (
        event(LiveKind.STATE, 0, state="speaking"),
        event(LiveKind.SAID, 400, turn=1, text="Hello."),
        event(LiveKind.AGENT, 410, turn=1, agent="greeting", stage="opening", reason=""),
        event(LiveKind.SAID, 1500, turn=1, text="Who is it?"),
    ):
        screen.happened(happened)
    screen.caller_spoke(SpokenLine("Yes, speaking.", 3000, 4100))
    screen.happened(event(LiveKind.HEARD, 4460, turn=2, text="yes speaking", confidence=0.9))
    screen.happened(event(LiveKind.TIMING, 4500, **TIMING))
    screen.happened(event(LiveKind.TIMING, 4500, **TIMING))  # again, with a later moment
    screen.happened(event(LiveKind.SAID, 4480, turn=2, text="When?"))
    screen.happened(event(LiveKind.AGENT, 4510, turn=2, agent="greeting", stage="x", reason=""))
    screen.happened(event(LiveKind.SAID, 4600, turn=2, text="Now, or later?"))
    screen.caller_spoke(SpokenLine("Now!", 6000, 7100, interrupts=True))
    screen.happened(event(LiveKind.INTERRUPTED, 6100, turn=2, heard="When?", unheard="or later?"))
    screen.happened(event(LiveKind.EFFECT, 8000, turn=3, tool="book_appointment", done=True))
    screen.happened(event(LiveKind.SAID, 9000, turn=4, text="Bye."))  # its agent is never told
    screen.happened(event(LiveKind.ENDED, 9500, outcome="booked", reason="agent_hung_up"))


def test_a_call_as_plain_text() -> None:
    plain, out = console()
    with Screen(plain) as screen:
        show(screen)
    assert trimmed(out) == SHOWN


def test_a_terminal_has_colours_and_a_status_line() -> None:
    terminal, out = console(terminal=True)
    with Screen(terminal) as screen:
        show(screen)
    assert "\x1b[" in out.getvalue()
    assert "speaking" in out.getvalue()


def test_the_summary() -> None:
    plain, out = console()
    summary(plain, result(), ZoneInfo("Europe/London"))
    assert trimmed(out) == SUMMARY


def test_the_summary_of_a_call_that_never_was() -> None:
    plain, out = console()
    lost = CallResult(
        outcome=Outcome.FAILED, scenario="booking", seconds=0, problems=["The server [died]."]
    )
    summary(plain, lost, ZoneInfo("Europe/London"))
    assert trimmed(out) == "\nFailed\n  The server [died].\n"


def test_a_waterfall_in_words_leaves_out_what_was_not_measured() -> None:
    assert stages_in_words({"speech_end_ms": 100, "decided_ms": 300}) == "endpointing 200 = 200 ms"


def test_a_waterfall_in_words_names_what_was_done_ahead() -> None:
    moments = {"speech_end_ms": 100, "decided_ms": 400, "transcript_ms": 280, "turn": 2}
    moments |= {"first_clause_ms": 290, "first_audio_ms": 430, "first_sent_ms": 431}
    shown = stages_in_words(moments)
    assert shown == "endpointing 300 + voice 30 + sent 1 = 331 ms; transcript, brain ahead"


def test_silence_watches_without_a_word() -> None:
    watcher = Silence()
    watcher.phase("x")
    watcher.began("x", [])
    watcher.caller_spoke(SpokenLine("x", 0, 1))
    watcher.happened(event(LiveKind.STATE, 0, state="idle"))
