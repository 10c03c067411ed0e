"""The offline ears on real synthetic speech over mu-law, and what they make of noise."""

import importlib.util

import numpy as np
import pytest

from core.errors import ProviderError
from core.speech import AnswerKind, Expectation
from voice.audio import g711
from voice.audio.frame import silence
from voice.audio.loudness import with_noise_floor
from voice.ports import Pcm
from voice.providers.stt_pocketsphinx import PocketsphinxTranscriber
from voice.providers.stt_pocketsphinx.ear import Ear, trimmed
from voice.providers.tts_espeak import speak

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None,
    reason="pocketsphinx has no wheel for this Python",
)
PHRASES = ("i already have an agent", "how much does it cost", "within three months")
YES_NO = Expectation(frozenset({AnswerKind.YES_NO}), PHRASES)
WHEN = Expectation(frozenset({AnswerKind.DATE_TIME}), PHRASES)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear()


def on_the_line(text: str, voice: str = "en-us", wpm: int = 140) -> Pcm:
    audio = np.concatenate((silence(300), speak(text, voice, wpm), silence(200)))
    return g711.decode(g711.encode(audio))


@pytest.mark.parametrize(
    ("text", "expects"),
    [
        ("yes", YES_NO),
        ("no", YES_NO),
        ("yes i do", YES_NO),
        ("please stop calling me", YES_NO),
        ("i already have an agent", YES_NO),
        ("tuesday at half past ten", WHEN),
        ("the second one please", WHEN),
    ],
)
def test_sentences_of_the_grammar_are_heard(ear: Ear, text: str, expects: Expectation) -> None:
    heard = ear.hear(on_the_line(text), expects)
    assert heard.text == text
    assert heard.confidence > 0.5


def test_speech_outside_the_grammar_is_heard_with_less_confidence(ear: Ear) -> None:
    inside = [ear.hear(on_the_line(text), YES_NO).confidence for text in PHRASES]
    outside = [
        ear.hear(on_the_line(text), YES_NO).confidence
        for text in ("my dog ate the newspaper again", "potatoes are cheaper at the market")
    ]
    assert max(outside) < min(inside)


@pytest.mark.parametrize("level_dbfs", [-50, -35, -20])
def test_noise_is_nothing(ear: Ear, level_dbfs: float) -> None:
    heard = ear.hear(with_noise_floor(silence(1000), level_dbfs, seed=2), YES_NO)
    assert (heard.text, heard.confidence) == ("", 0.0)


@pytest.mark.parametrize(
    "audio", [silence(0), silence(5), silence(2000)], ids=["none", "5", "2000"]
)
def test_silence_is_nothing(ear: Ear, audio: Pcm) -> None:
    assert ear.hear(audio, YES_NO).text == ""


def test_the_same_sound_is_heard_the_same(ear: Ear) -> None:
    audio = on_the_line("yes i do", "en-gb", 150)
    assert ear.hear(audio, YES_NO) == ear.hear(audio, YES_NO)


def test_trimming_leaves_speech_and_a_margin() -> None:
    tone = (8000 * np.sin(np.arange(4000) / 3)).astype(np.int16)
    audio = np.concatenate((silence(1000), tone, silence(1000)))
    assert trimmed(audio).size == pytest.approx(4000 + 2 * 960, abs=160)


async def test_the_transcriber_decodes_in_a_worker_of_its_own() -> None:
    transcriber = PocketsphinxTranscriber()
    try:
        audio = on_the_line("yes i do")
        transcript = await transcriber.transcribe(audio, YES_NO)
    finally:
        transcriber.close()
    assert transcript.text == "yes i do"
    assert transcript.engine == transcriber.name == "pocketsphinx/en-us"
    assert transcript.audio_ms == audio.size // 8


def test_a_python_without_pocketsphinx_is_told_what_to_do() -> None:
    with pytest.raises(ProviderError, match=r"Python 3\.11 and 3\.13.*C compiler") as caught:
        PocketsphinxTranscriber(find=lambda name: None)
    assert not caught.value.retryable
