"""What is set about hearing reaches the calls, and the defaults are the code's own."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.settings_hearing import HearingSettings
from app.turn_taking import limits_of, must_end_in_time, patience_of
from core.errors import BrokenInvariantError
from graph.limits import Limits
from voice.config import VoiceConfig
from voice.endpointing import PAUSE_MS, WINDOW_MS, Patience


def test_the_defaults_of_the_settings_are_the_defaults_of_the_code() -> None:
    settings = HearingSettings.model_validate({})
    assert patience_of(settings) == Patience()
    assert limits_of(settings) == Limits()
    assert settings.stt_timeout_ms == VoiceConfig().transcribe_timeout_s * 1000


def test_the_floor_of_confidence_reaches_the_turns() -> None:
    settings = HearingSettings.model_validate({"STT_CONFIDENCE_FLOOR": 0.25})
    assert limits_of(settings) == Limits(confidence_floor=0.25)


def test_every_setting_of_the_detector_reaches_the_call() -> None:
    settings = HearingSettings.model_validate(
        {
            "VAD_THRESHOLD": 0.7,
            "VAD_THRESHOLD_OFF": 0.2,
            "VAD_BARGE_IN_CAUTION": 1.5,
            "VAD_MIN_SPEECH_MS": 100,
            "VAD_LEAD_IN_MS": 400,
            "VAD_EXTRA_PAUSE_MS": -50,
        }
    )
    assert patience_of(settings) == Patience(
        on_probability=0.7,
        off_probability=0.2,
        onset_windows=4,
        barge_in_caution=1.5,
        lead_in_ms=400,
        extra_pause_ms=-50,
    )


def test_the_shortest_pause_that_can_be_set_still_leaves_time_to_decode() -> None:
    least = min(PAUSE_MS.values()) - 200
    with pytest.raises(ValidationError):
        HearingSettings.model_validate({"VAD_EXTRA_PAUSE_MS": -201})
    assert least >= Patience().decode_after_ms + WINDOW_MS // 2


@pytest.mark.parametrize("limits", [Limits(turn_s=7.0), Limits(calendar_s=2.0), Limits(words_s=7)])
def test_the_script_has_time_to_answer_before_a_call_apologises(limits: Limits) -> None:
    with pytest.raises(BrokenInvariantError):
        must_end_in_time(limits, Patience())
    must_end_in_time(Limits(), Patience())
