"""Whether a turn model is asked if callers have finished, and which."""

from __future__ import annotations

from typing import Protocol

import structlog

from app.settings_hearing import HearingSettings, TurnModelChoice
from core.errors import ProviderError
from voice.ports import TurnModel
from voice.providers.turn_smart import SmartTurn

log = structlog.get_logger(__name__)


class LocalTurnModel(TurnModel, Protocol):
    """A turn model that works on this machine."""

    def close(self) -> None:
        """End its process."""
        ...


def turn_model(settings: HearingSettings) -> LocalTurnModel | None:
    """The model that the settings ask for; None: pauses and words must do. Loads for a second.

    Raises:
        ProviderError: it was asked for by name and is not installed or does not load; the message
            says what to do.
    """
    if settings.turn_model is TurnModelChoice.OFF:
        return None
    try:
        model = SmartTurn()
        model.warm_up()
    except ProviderError as error:
        if settings.turn_model is TurnModelChoice.ON:
            raise
        log.info("no turn model", reason=str(error))
        return None
    return model
