"""The ear and the hub: windows in order, alone or in company, and the last minute kept."""

from __future__ import annotations

import asyncio
from functools import cache

import numpy as np
import pytest

from core.ids import VoiceName
from tests.virtual_time import virtual_time
from voice.audio import g711
from voice.audio.loudness import level_dbfs
from voice.hearing import ECHO_FROM, KEEP_S, Hearing
from voice.ports import Pcm
from voice.providers.tts_espeak import speak
from voice.vad import MOST_AT_ONCE, WINDOW, SharedVad, VadStream, Voiced
from voice.vad_hub import COUNT_WINDOWS, FEW_CALLS, GATHER_S, VadHub

FRAME = 160
FRAME_S = 0.02


@cache
def shared_vad() -> SharedVad:
    return SharedVad()


def spoken(text: str) -> bytes:
    return g711.encode(speak(text, VoiceName("en-us"), 140))


class _CountedVad(SharedVad):
    """Counts the batches it judges, by size."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def judge(self, streams: object) -> list[Voiced]:
        found = super().judge(streams)  # type: ignore[arg-type]
        self.batches.append(len(found))
        return found


def alone(payload: bytes) -> list[Voiced]:
    stream = VadStream()
    stream.hear(payload)
    return shared_vad().probabilities([stream])[0]


@virtual_time
async def test_the_ear_keeps_the_last_minute_and_cuts_by_position() -> None:
    hub = VadHub(shared_vad())
    hearing = Hearing(hub, lambda _: None)
    for second in range(KEEP_S + 30):
        hearing.feed(g711.encode(np.full(8000, second * 100, dtype=np.int16)))
    await asyncio.sleep(1)
    assert hearing.position_ms == (KEEP_S + 30) * 1000
    cut = hearing.cut(80_500, 81_500)
    assert cut.size == 8000
    assert abs(int(cut[0]) - 8000) <= 256
    assert abs(int(cut[-1]) - 8100) <= 256
    assert hearing.cut(0, 1000).size == 0, "long gone"
    assert Hearing(hub, lambda _: None).cut(0, 100).size == 0


@virtual_time
async def test_what_is_recorded_is_what_came() -> None:
    recorded: list[tuple[float, Pcm]] = []

    class Track:
        def caller(self, at_ms: float, audio: Pcm) -> None:
            recorded.append((at_ms, audio))

    hearing = Hearing(VadHub(shared_vad()), lambda _: None, Track())
    for byte in (3, 200):
        hearing.feed(bytes([byte]) * FRAME)
    assert [at for at, _ in recorded] == [0, 20]
    assert g711.encode(recorded[1][1]) == bytes([200]) * FRAME


@virtual_time
async def test_few_calls_are_judged_at_once() -> None:
    windows: list[Voiced] = []
    hearing = Hearing(VadHub(shared_vad()), windows.append)
    payload = spoken("Yes, that is right.")
    for at in range(0, len(payload), FRAME):
        hearing.feed(payload[at : at + FRAME])
        whole = min(at + FRAME, len(payload)) // WINDOW
        assert len(windows) == whole, "no later than the frame that completes it"
        await asyncio.sleep(FRAME_S)
    assert windows == alone(payload)


@virtual_time
async def test_many_calls_are_judged_in_batches_and_hear_the_same() -> None:
    """100 calls at once: each gets exactly the windows that it would get alone."""
    payload = spoken("How much do you charge?")[: 40 * FRAME]
    vad, calls = _CountedVad(), 100
    hub = VadHub(vad)
    windows: list[list[Voiced]] = [[] for _ in range(calls)]
    ears = [Hearing(hub, heard.append) for heard in windows]
    lates: list[float] = []
    for at in range(0, len(payload), FRAME):
        for hearing in ears:
            hearing.feed(payload[at : at + FRAME])
        before = asyncio.get_running_loop().time()
        while len(windows[-1]) < (at + FRAME) // WINDOW:
            await asyncio.sleep(0.001)
        lates.append(asyncio.get_running_loop().time() - before)
        await asyncio.sleep(FRAME_S)
    for heard in windows:
        assert [w.end_sample for w in heard] == [w.end_sample for w in alone(payload)]
        assert np.allclose(
            [w.probability for w in heard], [w.probability for w in alone(payload)], atol=1e-4
        )
    assert max(lates) <= GATHER_S + 0.001
    assert max(vad.batches) == MOST_AT_ONCE
    settled = vad.batches[calls * COUNT_WINDOWS :]  # until then they were thought to be few
    assert sum(settled) / len(settled) >= FEW_CALLS


@virtual_time
async def test_a_call_that_breaks_costs_no_other_its_windows() -> None:
    hub, windows = VadHub(shared_vad()), list[list[Voiced]]()

    def broken(_: Voiced) -> None:
        raise ValueError("a call's own fault")

    ears = [Hearing(hub, broken)]
    for _ in range(40):
        heard: list[Voiced] = []
        windows.append(heard)
        ears.append(Hearing(hub, heard.append))
    for _ in range(48):  # of 20 ms: 30 windows
        for hearing in ears:
            try:
                hearing.feed(b"\xff" * FRAME)
            except ValueError:
                assert hearing is ears[0], "told to the call itself, when it is judged alone"
        await asyncio.sleep(FRAME_S)
    assert {len(heard) for heard in windows} == {30}


@virtual_time
async def test_a_long_message_does_not_keep_the_loop_from_others() -> None:
    windows: list[Voiced] = []
    hearing = Hearing(VadHub(shared_vad()), windows.append)
    hearing.feed(b"\xff" * 8000)
    assert len(windows) < 8, "31 windows would block for 1.5 ms"
    await asyncio.sleep(0.1)
    assert [w.end_sample for w in windows] == [WINDOW * n for n in range(1, 32)]


@pytest.mark.parametrize("amplitude", [0, 8, 300, 9000, 32000])
def test_each_window_tells_its_level(amplitude: int) -> None:
    tone = np.round(amplitude * np.sin(np.arange(WINDOW * 2) * 0.7)).astype(np.int16)
    payload = g711.encode(tone)
    first, second = alone(payload)
    decoded = g711.decode(payload)
    assert first.level_db == pytest.approx(level_dbfs(decoded[:WINDOW]), abs=0.1)
    assert second.level_db == pytest.approx(level_dbfs(decoded[WINDOW:]), abs=0.1)


@virtual_time
async def test_our_own_sound_is_known_when_it_comes_back() -> None:
    """Speech that we play returns after 100 ms, quieter; then nothing of ours is playing."""
    sound = g711.decode(spoken("Good morning, this is an automated assistant."))[:16_000]
    played: list[Pcm | None] = [None]
    windows: list[Voiced] = []
    hearing = Hearing(VadHub(shared_vad()), windows.append, reference=lambda: played[0])
    echo = np.concatenate((np.zeros(800, dtype=np.int16), sound))[: sound.size] // 3
    for at in range(0, sound.size, FRAME):
        played[0] = sound[max(0, at + FRAME - 6400) : at + FRAME]
        hearing.feed(g711.encode(echo[at : at + FRAME]))
        await asyncio.sleep(FRAME_S)
    loud = [window.echo for window in windows if window.probability >= 0.5]
    assert len(loud) > 10
    assert np.median(loud) > 0.8
    assert all(window.echo == 0 for window in windows if window.probability < ECHO_FROM)
    played[0], before = None, len(windows)
    hearing.feed(g711.encode(sound[:8000]))
    await asyncio.sleep(0.1)
    assert {window.echo for window in windows[before:]} == {0.0}
