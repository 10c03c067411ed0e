"""The languages of callers: those that the engine knows, and no others."""

from __future__ import annotations

import importlib

import pytest

from app.settings import SettingsError, load_settings
from app.whisper_languages import LANGUAGES


def test_the_languages_are_the_engine_s() -> None:
    assert set(importlib.import_module("faster_whisper.tokenizer")._LANGUAGE_CODES) == LANGUAGES


@pytest.mark.parametrize("language", ["en", "yue", "auto"])
def test_a_language_that_it_knows_is_taken(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("WHISPER_LANGUAGE", language)
    assert load_settings(None).whisper_language == language


@pytest.mark.parametrize("language", ["xx", "EN", "english", "en-gb"])
def test_another_is_told_at_start(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("WHISPER_LANGUAGE", language)
    with pytest.raises(
        SettingsError, match="WHISPER_LANGUAGE: it is no language that Whisper knows"
    ):
        load_settings(None)
