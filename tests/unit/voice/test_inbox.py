"""The inbox: bounded, and it says what happens when it is full."""

from __future__ import annotations

from core.call import EndReason
from tests.virtual_time import virtual_time
from voice.cues import DigitPressed, LineDropped, VoiceWindow
from voice.inbox import MOST_ANSWERS, MOST_WAITING, Inbox


@virtual_time
async def test_a_full_inbox_drops_the_oldest_windows_and_nothing_else() -> None:
    inbox = Inbox()
    inbox.put(LineDropped(0, EndReason.SHUT_DOWN))
    for at in range(MOST_WAITING + 10):
        inbox.put(VoiceWindow(at, at, 0.0))
    assert inbox.dropped == 11
    assert isinstance(await inbox.get(), LineDropped)
    first = await inbox.get()
    assert isinstance(first, VoiceWindow)
    assert first.at_ms == 11


@virtual_time
async def test_an_inbox_full_of_answers_still_takes_answers() -> None:
    inbox = Inbox()
    for at in range(MOST_WAITING + 3):
        inbox.put(DigitPressed(at, "1"))
        inbox.put(VoiceWindow(at, at, 0.0))
    assert inbox.refused == 0
    taken = [await inbox.get() for _ in range(MOST_WAITING + 3)]
    assert [cue.at_ms for cue in taken if isinstance(cue, DigitPressed)] == list(
        range(MOST_WAITING + 3 - sum(isinstance(cue, VoiceWindow) for cue in taken))
    )


@virtual_time
async def test_a_call_with_answers_without_end_is_ended() -> None:
    inbox = Inbox()
    for at in range(MOST_ANSWERS + 7):
        inbox.put(DigitPressed(at, "1"))
    assert inbox.refused == 7
    assert await inbox.get() == LineDropped(MOST_ANSWERS, EndReason.INTERNAL_ERROR)
    assert await inbox.get() == DigitPressed(0, "1")
    inbox.put(VoiceWindow(0, 0, 0.0))
    inbox.put(DigitPressed(9999, "1"))
    assert inbox.refused == 7, "there is room again"
