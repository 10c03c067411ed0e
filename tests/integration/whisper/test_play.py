"""A whole session that hears with the real Whisper engine."""

from __future__ import annotations

import pytest

from tests.calls.stage import on_stage
from tests.fakes.conversation import Line
from tests.integration.whisper.conftest import SAID
from tests.virtual_time import virtual_time
from voice.providers.stt_whisper import WhisperTranscriber


@virtual_time
async def test_what_whisper_writes_reaches_the_brain_with_its_certainty(
    whisper: WhisperTranscriber,
) -> None:
    greeting = Line(["Hello, this is Sophie.", "What is it worth?"])
    async with on_stage([greeting, Line(["Goodbye."], ends_call=True)], hears_with=whisper) as call:
        await call.agent_done()
        await call.says("whatever is said")
        await call.ended
    _, answer = call.conversation.prepared
    assert answer.text == SAID
    assert answer.confidence == pytest.approx(1.0, abs=0.01)
    assert (answer.language, answer.language_probability) == ("en", 1.0)
    assert answer.audio_ms > 500
