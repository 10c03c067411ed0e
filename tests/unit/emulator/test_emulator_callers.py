"""Callers, ears, pipes and the in-memory socket, each on its own."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.asgi_link import AsgiLinks
from emulator.caller import HangUp, Press, SilentCaller, WavCaller
from emulator.ear import Ear
from emulator.exchange import read_wav
from emulator.faults import FaultError
from emulator.g711 import FRAME_BYTES, SILENT_FRAME, comfort_noise, dbfs, decode, encode, split
from emulator.links import LinkClosedError
from emulator.network import Delay, Pipe, PipeFullError
from emulator.queue_caller import LineClosedError, QueueCaller
from emulator.recording import Recording
from tests.unit.emulator.toy_gateway import tone
from tests.virtual_time import virtual_time

LOUD = encode(tone(20))


def test_mulaw_keeps_every_code_and_every_sample_closely() -> None:
    codes = bytes(range(256))
    again = encode(decode(codes))
    assert [a for a, b in zip(codes, again, strict=True) if a != b] == [0x7F]  # negative zero
    linear = np.arange(-32635, 32636, dtype=np.int16)
    error = np.abs(decode(encode(linear)).astype(int) - linear)
    assert (error <= np.maximum(8, np.abs(linear.astype(int)) // 16)).all()
    assert decode(b"\xff\x00\x80").tolist() == [0, -32124, 32124]  # G.711, table 2a


def test_loudness() -> None:
    assert dbfs(b"") == dbfs(SILENT_FRAME) == -100
    assert dbfs(encode(tone(1000))) == pytest.approx(20 * np.log10(8000 / 32768 / 2**0.5), abs=0.1)
    noise = b"".join(comfort_noise(-65))
    assert len(noise) == 50 * FRAME_BYTES
    assert dbfs(noise) == pytest.approx(-65, abs=1.5)


def test_an_ear_hears_edges_to_the_sample_and_bridges_short_pauses() -> None:
    edges: list[tuple[str, float]] = []
    ear = Ear(lambda at: edges.append(("on", at)), lambda at: edges.append(("off", at)))
    silence = b"\xff" * 72
    for frame in split(silence + encode(tone(100)) + b"\xff" * 1600 + encode(tone(100)) + silence):
        ear.hear(frame)
    assert ear.sounding_ms == pytest.approx(409, abs=12)
    for _ in range(20):
        ear.hear(SILENT_FRAME)
    assert edges == [("on", 9.0), ("off", 409.0)]
    assert ear.sounding_ms == 0.0
    assert ear.quiet_ms == pytest.approx(411, abs=12)
    ear.hear(LOUD)
    ear.close()
    assert edges[2:] == [("on", ear.line_ms - 20), ("off", ear.line_ms)]


def test_a_silent_caller_leaves_in_time() -> None:
    caller = SilentCaller(stays_ms=60, noise_dbfs=-60)
    acts = [caller.live(SILENT_FRAME) for _ in range(3)]
    assert isinstance(acts[2], HangUp)
    assert isinstance(acts[0], bytes)
    assert -63 < dbfs(acts[0]) < -57


def test_a_wav_caller_loses_patience_with_a_silent_agent() -> None:
    caller = WavCaller([tone(20)], patience_ms=100)
    acts = [caller.live(SILENT_FRAME) for _ in range(10)]
    assert acts[:4] == [SILENT_FRAME] * 4
    assert acts[4] == LOUD
    assert isinstance(acts[-1], HangUp)
    caller.line_closed()


@virtual_time
async def test_a_directed_caller_does_one_thing_after_the_other() -> None:
    caller = QueueCaller()
    first, second = caller.say(tone(40)), caller.say(tone(20))
    caller.press("1")
    assert [caller.live(SILENT_FRAME) for _ in range(4)][3] == Press("1")
    assert await first.spoken()
    assert await second.spoken()
    assert [caller.live(SILENT_FRAME) for _ in range(5)] == [SILENT_FRAME] * 5
    long = caller.say(tone(200))
    caller.live(SILENT_FRAME)
    now = caller.say_now(tone(20))
    assert caller.live(SILENT_FRAME) == LOUD
    assert (await long.spoken(), await now.spoken()) == (False, True)
    caller.say(tone(100))
    caller.hang_up_now()
    assert isinstance(caller.live(SILENT_FRAME), HangUp)
    assert await caller.say(tone(0)).spoken()
    with pytest.raises(ValueError, match="no key"):
        caller.press("x")


@virtual_time
async def test_a_directed_caller_waits_for_the_agent() -> None:
    caller = QueueCaller()
    async with asyncio.TaskGroup() as group:
        quiet = group.create_task(caller.agent_quiet(100))
        at_once = group.create_task(caller.agent_quiet(40, has_spoken=False))
        speaking = group.create_task(caller.agent_speaking(60))
        await asyncio.sleep(0)
        done: list[tuple[bool, ...]] = []
        for frame in [SILENT_FRAME] * 6 + [LOUD] * 4 + [SILENT_FRAME] * 6:
            caller.live(frame)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            done.append((at_once.done(), speaking.done(), quiet.done()))
    assert done.index((True, False, False)) == 1
    assert done.index((True, True, False)) == 8
    assert done.index((True, True, True)) == 14


@virtual_time
async def test_a_closed_line_ends_all_waiting() -> None:
    caller = QueueCaller(noise_dbfs=-65)
    utterance = caller.say(tone(100))

    async def wait() -> None:
        with pytest.raises(LineClosedError):
            await caller.agent_speaking(10)

    async with asyncio.TaskGroup() as group:
        group.create_task(wait())
        await asyncio.sleep(0)
        caller.line_closed()
    await caller.closed()
    assert not await utterance.spoken()
    assert not await caller.say(tone(20)).spoken()
    with pytest.raises(LineClosedError):
        await caller.agent_quiet(1)


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=30),
    st.floats(0, 100),
    st.floats(0, 300),
    st.integers(0, 9),
)
def test_a_pipe_keeps_the_order_and_the_delay(
    sent_after_ms: list[int], base_ms: float, jitter_ms: float, seed: int
) -> None:
    @virtual_time
    async def run() -> None:
        loop = asyncio.get_running_loop()
        arrived: list[tuple[int, float]] = []
        sent: list[float] = []

        async def deliver(item: int) -> None:
            arrived.append((item, loop.time()))

        pipe = Pipe(Delay(base_ms, jitter_ms), deliver, seed=seed)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(pipe.run())
            for number, after_ms in enumerate(sent_after_ms):
                await asyncio.sleep(after_ms / 1000)
                sent.append(loop.time())
                pipe.put(number)
            await pipe.drained()
            running.cancel()
        assert [number for number, _ in arrived] == list(range(len(sent_after_ms)))
        for number, at in arrived:
            assert at >= sent[number] + base_ms / 1000 - 1e-6
            assert at <= max(sent[: number + 1]) + (base_ms + jitter_ms) / 1000 + 1e-6

    run()


@virtual_time
async def test_a_full_pipe_says_so() -> None:
    async def deliver(item: int) -> None:
        raise AssertionError(item)

    pipe = Pipe(Delay(), deliver, limit=1)
    pipe.put(1)
    with pytest.raises(PipeFullError):
        pipe.put(2)
    with pytest.raises(ValueError, match="negative"):
        Delay(-1)


def test_a_recording_has_both_sides_in_step(tmp_path: Path) -> None:
    recording = Recording()
    recording.add_heard(LOUD)
    recording.add_heard(SILENT_FRAME)
    recording.add_said(LOUD)
    assert recording.stereo().shape == (320, 2)
    recording.write_wav(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 320)
        frames = np.frombuffer(file.readframes(320), dtype="<i2").reshape(-1, 2)
    assert np.array_equal(frames[:, 1], recording.heard())
    assert (frames[160:, 0] == 0).all()


def test_only_telephone_wavs_are_played(tmp_path: Path) -> None:
    for rate, ok in ((8000, True), (16_000, False)):
        path = tmp_path / f"{rate}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(tone(20).tobytes())
        if ok:
            assert read_wav(path.read_bytes()) == LOUD
        else:
            with pytest.raises(FaultError, match="8000"):
                read_wav(path.read_bytes())
    with pytest.raises(FaultError, match="Not a WAV"):
        read_wav(b"RIFF")


@virtual_time
async def test_an_application_that_just_returns_loses_the_socket() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": b"x"})
        assert (await receive())["text"] == "hello"

    async with AsgiLinks(app) as links:
        link = await links("ws://localhost/s", {})
        await link.send("hello")
        assert await link.receive() == b"x"
        with pytest.raises(LinkClosedError) as closed:
            await link.receive()
        assert not closed.value.clean
        with pytest.raises(LinkClosedError):
            await link.send("too late")


@virtual_time
async def test_an_application_hears_that_twilio_left() -> None:
    heard: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        heard.append((await receive())["code"])
        with pytest.raises(OSError, match="left"):
            await send({"type": "websocket.send", "text": "still there?"})

    async with AsgiLinks(app) as links:
        await (await links("ws://localhost/s", {})).close()
        (await links("wss://localhost/s", {})).abort()
    assert heard == [1000, 1006]
