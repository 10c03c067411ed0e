"""The playback buffer: laws of any course of events, and single cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.playout import PlayedMark, Playout

SILENCE = 0xFF
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 700)),
        st.tuples(st.just("advance"), st.integers(0, 500)),
        st.tuples(st.just("mark"), st.just(0)),
        st.tuples(st.just("clear"), st.just(0)),
    ),
    max_size=40,
)


@dataclass
class Model:
    """A sample-by-sample buffer, too slow to use and too simple to be wrong."""

    queue: list[tuple[int, int]] = field(default_factory=list)  # sample value, byte offset
    position: int = 0
    heard: list[int] = field(default_factory=list)
    sources: list[tuple[int, int]] = field(default_factory=list)  # position, byte offset
    taken: int = 0
    marks: list[tuple[int, str]] = field(default_factory=list)
    echoed: list[tuple[str, int]] = field(default_factory=list)

    def put(self, audio: bytes) -> None:
        for value in audio:
            self.queue.append((value, self.taken))
            self.taken += 1

    def mark(self, name: str) -> None:
        if self.queue:
            self.marks.append((self.taken, name))
        else:
            self.echoed.append((name, self.position))

    def advance(self, length: int) -> None:
        for _ in range(length):
            if self.queue:
                value, offset = self.queue.pop(0)
                self.heard.append(value)
                self.sources.append((self.position, offset))
                self.position += 1
                while self.marks and self.marks[0][0] == offset + 1:
                    self.echoed.append((self.marks.pop(0)[1], self.position))
            else:
                self.heard.append(SILENCE)
                self.position += 1

    def clear(self) -> None:
        self.queue.clear()
        self.echoed += [(name, self.position) for _, name in self.marks]
        self.marks.clear()


@given(EVENTS)
def test_it_plays_exactly_what_the_simplest_buffer_plays(events: list[tuple[str, int]]) -> None:
    playout, model = Playout(), Model()
    heard, echoed = bytearray(), []
    for index, (event, size) in enumerate(events):
        if event == "put":
            audio = bytes((index * 7 + n) % 250 for n in range(size))
            assert playout.put(audio) == 0
            model.put(audio)
        elif event == "advance":
            step = playout.advance(playout.position + size)
            heard += step.audio
            echoed += [(mark.name, mark.at) for mark in step.marks]
            model.advance(size)
        elif event == "mark":
            if playout.mark(str(index)):
                echoed.append((str(index), playout.position))
            model.mark(str(index))
        else:
            echoed += [(name, playout.position) for name in playout.clear()]
            model.clear()
    assert list(heard) == model.heard
    assert echoed == model.echoed
    assert playout.queued == len(model.queue)
    truth = [
        (at, stretch.offset + at - stretch.start)
        for stretch in playout.stretches
        for at in range(stretch.start, stretch.end)
    ]
    assert truth == model.sources


@given(EVENTS, st.integers(1, 160))
def test_the_size_of_the_steps_changes_nothing(events: list[tuple[str, int]], step: int) -> None:
    def run(step: int) -> tuple[Any, ...]:
        playout = Playout()
        heard, marks = bytearray(), list[PlayedMark]()
        for index, (event, size) in enumerate(events):
            if event == "put":
                playout.put(bytes([index]) * size)
            elif event == "mark":
                playout.mark(str(index))
            elif event == "clear":
                playout.clear()
            else:
                target = playout.position + size
                while playout.position < target:
                    part = playout.advance(min(target, playout.position + step))
                    heard.extend(part.audio)
                    marks.extend(part.marks)
        return heard, marks, playout.stretches, playout.gaps()

    assert run(step) == run(10_000)


def test_a_full_buffer_drops_what_does_not_fit() -> None:
    playout = Playout(limit=100)
    assert playout.put(b"a" * 80) == 0
    assert playout.put(b"b" * 30) == 10
    assert playout.put(b"c") == 1
    assert playout.advance(100).audio == b"a" * 80 + b"b" * 20


def test_time_never_goes_back() -> None:
    playout = Playout(position=500)
    playout.put(b"a" * 10)
    assert playout.advance(400).audio == b""
    assert playout.position == 500


def test_holes_are_gaps_that_nothing_explains() -> None:
    playout = Playout()
    for cause in ("hole", "mark", "late mark", "clear", "pause"):
        playout.put(b"a" * 160)
        if cause == "mark":
            playout.mark("m")
        playout.advance(playout.position + 160)
        if cause == "clear":
            playout.clear()
        playout.advance(playout.position + (80 if cause != "pause" else 16_000))
        if cause == "late mark":
            assert playout.mark("late")
    playout.put(b"a")
    playout.advance(playout.position + 1)
    assert len(playout.gaps()) == 5
    (hole,) = playout.holes()
    assert (hole.start, hole.length_ms) == (160, 10.0)


def test_a_stretch_begins_anew_after_a_clear() -> None:
    playout = Playout()
    playout.put(b"a" * 320)
    playout.advance(160)
    playout.clear()
    playout.put(b"b" * 160)
    playout.advance(320)
    assert [(s.start, s.end, s.offset) for s in playout.stretches] == [(0, 160, 0), (160, 320, 320)]
    assert playout.gaps() == ()
