"""espeak-ng: the offline voice, loaded at run time from the espeakng-loader wheel by ctypes.

espeak-ng is GPL-3.0-or-later and optional: no part of it is in this tree, and without the wheel
the constructor says what to install. The library holds one synthesiser per process, so one lock
guards it and one worker thread uses it; it makes speech about a thousand times faster than real
time, so a line is never the bottleneck. Returning 1 from its audio callback stops it within one
buffer, which is how a cancelled reply ends.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import importlib.util
import re
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from core.errors import InvalidInputError, ProviderError
from core.ids import VoiceName
from voice.audio.resample import Resampler
from voice.ports import LINE_HZ, Pcm, SpeechChunk
from voice.spoken_words import WordClock

PROVIDER: Final = "espeak-ng"
INSTALL_HINT: Final = "espeakng-loader (GPL-3.0-or-later) comes with: rm -rf .venv && make setup"
BUFFER_MS = 60  # sound per callback, so how soon the first chunk comes and a cancel bites
SLOWEST_WPM, FASTEST_WPM = 80, 450  # the limits of espeak-ng
DEFAULT_WPM = 160  # its own 175 sounds hurried on a telephone
DEFAULT_PITCH = 50  # 0 to 100, its own default
MAX_TEXT_CHARS = 5000  # more is no sentence; five minutes of speech

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: retrieve by callback, in the calling thread
_DO_NOT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report missing data, do not end the process
_CHARS_UTF8 = 1
_AT_CHARACTER = 1  # espeak_POSITION_TYPE: the start position counts characters
_RATE, _PITCH = 1, 3  # espeak_PARAMETER
_END_OF_LIST, _WORD = 0, 1  # espeak_EVENT_TYPE
_VOICE = re.compile(r"(?P<language>[a-z][a-z0-9-]*)(\+(?P<variant>[A-Za-z0-9_-]+))?")
_ALIASES: Final = {"en-gb": "en", "en-uk": "en"}  # the name of British English's own file


class _Id(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # milliseconds
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
# Takes native samples and the words (character from 0, ms) that begin in them; False to stop.
_Taker = Callable[[Pcm, list[tuple[int, int]]], bool]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a line is spoken: words per minute (80 to 450) and pitch (0 to 100)."""

    wpm: int = DEFAULT_WPM
    pitch: int = DEFAULT_PITCH

    def __post_init__(self) -> None:
        if not SLOWEST_WPM <= self.wpm <= FASTEST_WPM:
            raise InvalidInputError(
                f"A speaking rate is {SLOWEST_WPM} to {FASTEST_WPM} words per minute, "
                f"got {self.wpm}.",
                field="wpm",
            )
        if not 0 <= self.pitch <= 100:
            raise InvalidInputError(f"A pitch is 0 to 100, got {self.pitch}.", field="pitch")


class _Library:
    """The one synthesiser of this process. Its methods block; the lock lets one in at a time."""

    def __init__(self, loader: ModuleType) -> None:
        self._lock = threading.Lock()
        self._native = ctypes.CDLL(str(loader.get_library_path()))
        self._native.espeak_Info.restype = ctypes.c_char_p
        self._native.espeak_Info.argtypes = [ctypes.c_void_p]
        self._native.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
            ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        self._data = Path(loader.get_data_path())
        self._take: _Taker | None = None
        self._callback = _CALLBACK(self._on_sound)  # kept: the library holds only its address
        self.rate_hz: int = self._native.espeak_Initialize(
            _SYNCHRONOUS, BUFFER_MS, str(self._data).encode(), _DO_NOT_EXIT
        )
        if self.rate_hz <= 0:
            raise ProviderError(PROVIDER, f"its data in {self._data} is unusable", retryable=False)
        self._native.espeak_SetSynthCallback(self._callback)
        self.version: str = self._native.espeak_Info(None).decode()

    def speak(self, text: str, voice: VoiceName, delivery: Delivery, take: _Taker) -> None:
        """Synthesise ``text``, handing buffers to ``take`` until it says False."""
        spoken = text.encode()
        with self._lock:
            self._choose(voice)
            self._native.espeak_SetParameter(_RATE, delivery.wpm, 0)
            self._native.espeak_SetParameter(_PITCH, delivery.pitch, 0)
            self._take = take
            try:
                status = self._native.espeak_Synth(
                    spoken, len(spoken) + 1, 0, _AT_CHARACTER, 0, _CHARS_UTF8, None, None
                )
            finally:
                self._take = None
        if status != 0:
            raise ProviderError(PROVIDER, f"synthesis failed with {status}", retryable=True)

    def check(self, voice: VoiceName) -> None:
        """Raise InvalidInputError unless ``voice`` can be spoken."""
        with self._lock:
            self._choose(voice)

    def _choose(self, voice: VoiceName) -> None:
        name = _VOICE.fullmatch(voice)
        if name is not None and self._select(name["language"], name["variant"]):
            return
        raise InvalidInputError(
            f"espeak-ng has no voice {voice!r}; try en-gb, en-us or en-us+f3.", field="voice"
        )

    def _select(self, language: str, variant: str | None) -> bool:
        selected = _ALIASES.get(language, language)
        if variant is not None:  # an unknown variant would be passed over without a word
            if not (self._data / "voices" / "!v" / variant).is_file():
                return False
            selected = f"{selected}+{variant}"
        return bool(self._native.espeak_SetVoiceByName(selected.encode()) == 0)

    def _on_sound(self, samples: Any, count: int, events: Any) -> int:
        if self._take is None:
            return 1
        words: list[tuple[int, int]] = []
        at = 0
        while events[at].type != _END_OF_LIST:
            if events[at].type == _WORD:
                words.append((events[at].text_position - 1, events[at].audio_position))
            at += 1
        audio = np.zeros(0, dtype=np.int16)
        if count > 0:
            audio = np.ctypeslib.as_array(samples, shape=(count,)).copy()
        return 0 if self._take(audio, words) else 1


@cache
def _library() -> _Library:
    """The library, loaded at first use and kept for the life of the process."""
    if importlib.util.find_spec("espeakng_loader") is None:
        raise ProviderError(PROVIDER, f"not installed; {INSTALL_HINT}", retryable=False)
    try:
        return _Library(importlib.import_module("espeakng_loader"))
    except OSError as error:
        raise ProviderError(PROVIDER, f"cannot be loaded: {error}", retryable=False) from error


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")


class _Utterance:
    """One line in the making: native buffers in, chunks at 8000 Hz with word times out."""

    def __init__(self, text: str, rate_hz: int) -> None:
        self._resampler = Resampler(rate_hz, LINE_HZ)
        self._clock = WordClock(text)
        self._made = 0  # samples at 8000 Hz

    def take(self, audio: Pcm, words: list[tuple[int, int]]) -> SpeechChunk:
        for character, at_ms in words:
            self._clock.begins(character, at_ms)
        return self._chunk(self._resampler.push(audio))

    def finish(self) -> SpeechChunk:
        return self._chunk(self._resampler.flush())

    def _chunk(self, audio: Pcm) -> SpeechChunk:
        self._made += audio.size
        return SpeechChunk(audio, self._clock.known(self._made * 1000 // LINE_HZ))


class EspeakSynthesizer:
    """The `Synthesizer` of espeak-ng. Many may exist; they share one library and one thread."""

    sku = PROVIDER

    def __init__(self, delivery: Delivery | None = None) -> None:
        """Raises ProviderError, not retryable, when espeak-ng is not installed."""
        self._library = _library()
        self._delivery = delivery or Delivery()

    @property
    def name(self) -> str:
        """The engine and its version: "espeak-ng/1.52.0"."""
        return f"{PROVIDER}/{self._library.version}"

    def check(self, voice: VoiceName) -> None:
        """Raise InvalidInputError, naming voices that exist, unless ``voice`` can be spoken."""
        self._library.check(voice)

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        """Speak ``text``: chunks of about 60 ms, 8000 Hz, in order; the first in under 1 ms.

        Each chunk carries the times of all words that have begun so far.
        Cancel-safe: yes; the worker stops within one buffer, and chunks not yielded are dropped.
        Raises:
            InvalidInputError: there is no such voice, or the text is too long.
            ProviderError: espeak-ng failed.
        """
        _check_text(text)
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[SpeechChunk | None] = asyncio.Queue()  # bounded by MAX_TEXT_CHARS
        stopped = threading.Event()
        utterance = _Utterance(text, self._library.rate_hz)

        def take(audio: Pcm, words: list[tuple[int, int]]) -> bool:
            if stopped.is_set():
                return False
            loop.call_soon_threadsafe(chunks.put_nowait, utterance.take(audio, words))
            return True

        def work() -> SpeechChunk:
            if not stopped.is_set():
                self._library.speak(text, voice, self._delivery, take)
            return utterance.finish()

        making = loop.run_in_executor(_worker(), work)
        making.add_done_callback(lambda _: chunks.put_nowait(None))
        try:
            while (chunk := await chunks.get()) is not None:
                yield chunk
            yield await making
        finally:
            stopped.set()
            making.add_done_callback(_look_at)  # an error after a cancel has no other reader


def _look_at(made: asyncio.Future[SpeechChunk]) -> None:
    if not made.cancelled():
        made.exception()


def speak(text: str, voice: str, wpm: int = DEFAULT_WPM, pitch: int = DEFAULT_PITCH) -> Pcm:
    """The whole of ``text`` at 8000 Hz, at once. Blocks for about a thousandth of its length.

    Raises:
        InvalidInputError: there is no such voice, rate or pitch, or the text is too long.
        ProviderError: espeak-ng is not installed, or failed.
    """
    _check_text(text)
    library = _library()
    utterance = _Utterance(text, library.rate_hz)
    parts: list[Pcm] = [np.zeros(0, dtype=np.int16)]

    def take(audio: Pcm, words: list[tuple[int, int]]) -> bool:
        parts.append(utterance.take(audio, words).audio)
        return True

    library.speak(text, VoiceName(voice), Delivery(wpm, pitch), take)
    parts.append(utterance.finish().audio)
    return np.concatenate(parts)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        message = f"A line of {len(text)} characters exceeds {MAX_TEXT_CHARS}."
        raise InvalidInputError(message, field="text")
    if "\0" in text:
        raise InvalidInputError("A line holds a zero character.", field="text")
