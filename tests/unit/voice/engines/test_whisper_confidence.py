"""How sure a Whisper decode is, by its figures, and what is dropped as made up."""

from __future__ import annotations

import pytest

from voice.providers.stt_whisper.confidence import Judged, Segment, certainty, is_made_up, judge


def segment(
    text: str = " Yes.",
    tokens: int = 2,
    logprob: float = -0.3,
    silent: float = 0.0,
    ratio: float = 0.9,
) -> Segment:
    return Segment(text, tokens, logprob, silent, ratio)


@pytest.mark.parametrize(
    ("logprob", "silent", "sure"),
    [
        (0.0, 0.0, 1.0),
        (-0.5, 0.0, 1.0),
        (-1.75, 0.0, 0.5),
        (-3.0, 0.0, 0.0),
        (-9.0, 0.0, 0.0),
        (-0.5, 0.25, 0.75),
        (-1.75, 0.5, 0.25),
        (-0.5, 1.0, 0.0),
        (-0.5, 1.01, 0.0),  # rounding of the engine's
        (-0.5, -0.01, 1.0),
    ],
)
def test_certainty_is_linear_and_lowered_by_silence(
    logprob: float, silent: float, sure: float
) -> None:
    assert certainty(segment(logprob=logprob, silent=silent)) == pytest.approx(sure)


@pytest.mark.parametrize(
    ("logprob", "silent", "ratio", "made_up"),
    [
        (-1.01, 0.61, 1.0, True),
        (-1.0, 0.61, 1.0, False),  # both must be beyond
        (-1.01, 0.6, 1.0, False),
        (-0.1, 0.0, 2.41, True),
        (-0.1, 0.0, 2.4, False),
    ],
)
def test_what_is_said_of_silence_or_over_and_over_is_made_up(
    logprob: float, silent: float, ratio: float, made_up: bool
) -> None:
    assert is_made_up(segment(logprob=logprob, silent=silent, ratio=ratio)) is made_up


def test_longer_segments_count_for_more() -> None:
    judged = judge([segment(" Yes.", 1, -3.0), segment(" At half past ten\n please.", 3, -0.5)])
    assert judged == Judged("Yes. At half past ten please.", 0.75)


def test_a_segment_without_tokens_still_counts() -> None:
    assert judge([segment(tokens=0)]).confidence == 1.0


@pytest.mark.parametrize(
    "segments",
    [[], [segment("  ")], [segment(" Thank you.", logprob=-2.0, silent=0.9)]],
    ids=["none", "blank", "made up"],
)
def test_nothing_is_not_sure_at_all(segments: list[Segment]) -> None:
    assert judge(segments) == Judged("", 0.0)


def test_the_made_up_end_of_a_turn_is_left_out() -> None:
    loop = segment(" bye bye bye bye", 40, -0.2, ratio=6.0)
    assert judge([segment(" Yes, please.", 4, -0.5), loop]) == Judged("Yes, please.", 1.0)
