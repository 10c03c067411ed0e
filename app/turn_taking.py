"""How patiently calls listen, and when they ask again, as the settings have it."""

from __future__ import annotations

from app.settings_hearing import HearingSettings
from core.errors import BrokenInvariantError
from graph.limits import Limits
from voice.endpointing import Patience, windows_of


def patience_of(settings: HearingSettings) -> Patience:
    """The patience of every call. Lengths of voice are rounded up to whole windows."""
    return Patience(
        on_probability=settings.vad_threshold,
        off_probability=settings.vad_threshold_off,
        onset_windows=windows_of(settings.vad_min_speech_ms),
        barge_in_caution=settings.vad_barge_in_caution,
        lead_in_ms=settings.vad_lead_in_ms,
        extra_pause_ms=settings.vad_extra_pause_ms,
    )


def limits_of(settings: HearingSettings) -> Limits:
    """The bounds of every turn.

    Raises:
        BrokenInvariantError: a turn may take longer than a call waits for it.
    """
    limits = Limits(confidence_floor=settings.stt_confidence_floor)
    must_end_in_time(limits, patience_of(settings))
    return limits


def must_end_in_time(limits: Limits, patience: Patience) -> None:
    """When the models have used up their time, the script still answers before a call gives up.

    Raises:
        BrokenInvariantError: there would be no time left for it.
    """
    most_s = limits.turn_s + limits.calendar_s
    if limits.words_s > limits.turn_s or most_s * 1000 >= patience.brain_ms:
        raise BrokenInvariantError(
            f"A turn may take {most_s:g} s, a call waits for {patience.brain_ms / 1000:g} s."
        )
