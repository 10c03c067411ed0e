"""Engines of known delay for the bench: what a caller waits for beyond them is the gateway.

Theory. The delays are exact on the event loop's clock. A word's text is there so long after its
last sound, and only of what was already spoken: a decode that is asked for later answers at once.
The model and the voice wait for their first token and their first sound, then go on evenly.
Nothing here thinks, so what the engines cost themselves stays small; finding the words runs in a
thread of its own (``bench-ears``), as a recogniser would run elsewhere, and can be told apart.
No two sentences of the model are alike, as with a real one: a voice that had said them before would
have them ready, and what it takes would be left out of all turns but the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, cycle, islice
from typing import Any, Final, Protocol

import numpy as np
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

from app.bench.streaming_only import StreamingOnly
from app.bench.words import Word
from core.ids import VoiceName
from core.speech import Expectation
from voice.ports import LINE_HZ, Pcm, SpeechChunk, Transcript, WordTime

NAME: Final = "bench"
EARS_THREAD: Final = "bench-ears"
# Free of charge in every price book.
EARS_SKU: Final = "pocketsphinx"
MODEL_SKU: Final = "script-brain"
VOICE_SKU: Final = "espeak-ng"

REPLY: Final = (
    "That is good to hear, thank you for telling me. Let me just write that down before we go on, "
    "and then I have one more small question for you about it."
)
MADE_UP_FROM: Final = 4  # letters: every such word of a reply is a new one
SYLLABLES: Final = ("bdfghjklmnprstvwz", "aou")  # its letters, in turn
# What is heard, word by word: nothing that a script asks for, and no word of leaving.
VOCABULARY: Final = ("lamp", "river", "paper", "window", "garden", "silver", "basket", "morning")
SURE: Final = 0.95  # far above the floor under which a caller is asked again
CHARACTERS_A_SECOND: Final = 14  # a calm reading voice
CHUNK_MS: Final = 200  # of sound in one piece from the voice
SPEED: Final = 10  # times real time, as streaming voices deliver
FRAME: Final = LINE_HZ // 50  # sound comes in whole packets, so no silence fills up the last


@dataclass(frozen=True, slots=True)
class Delays:
    """How long the engines take, in milliseconds.

    ``stt_ms``: from a word's last sound to its text. ``llm_first_ms``: to the first token;
    ``llm_tokens`` of them (0: the reply once), one each ``llm_token_ms``. ``tts_first_ms``: to
    the first sound of an utterance.
    """

    stt_ms: float = 0.0
    llm_first_ms: float = 0.0
    llm_tokens: int = 0
    llm_token_ms: float = 0.0
    tts_first_ms: float = 0.0


class FindsWords(Protocol):
    """Finds the words in caller audio, by its sound alone."""

    def __call__(self, audio: Pcm) -> Sequence[Word]:
        """The words in ``audio`` (8 kHz), in order. May take milliseconds; any thread."""
        ...


class KnownEars:
    """Hears made-up words where somebody speaks, each so long after its sound."""

    def __init__(
        self, stt_ms: float, words_in: FindsWords, executor: Executor | None = None
    ) -> None:
        """``executor``: where words are looked for; a thread if it is not given."""
        self._stt_s = stt_ms / 1000
        self._words_in = words_in
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix=EARS_THREAD)

    @property
    def name(self) -> str:
        """The engine, as stored with each call."""
        return f"{NAME}/ears"

    @property
    def sku(self) -> str:
        """What its usage is priced by."""
        return EARS_SKU

    async def transcribe(self, audio: Pcm, expects: Expectation) -> Transcript:
        """The words in ``audio``, whose end is taken for now. Cancel-safe: yes."""
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        words = await loop.run_in_executor(self._executor, self._words_in, audio)
        if words:
            age_s = (audio.size - words[-1].end_sample) / LINE_HZ
            await _until(loop, asked_s + self._stt_s - age_s)
        text = " ".join(islice(cycle(VOCABULARY), len(words)))
        return Transcript(text, SURE if text else 0.0, self.name, audio.size * 1000 // LINE_HZ)

    def warm_up(self) -> None:
        """Load what finds the words; blocks."""
        self._executor.submit(self._words_in, np.zeros(LINE_HZ, dtype=np.int16)).result()

    def check(self) -> None:
        """Always ready."""

    def close(self) -> None:
        """End the thread or the process."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class KnownModel(StreamingOnly):
    """Answers as long as ``REPLY``, word by word: the first after its time, then evenly."""

    delays: Delays = Field(default_factory=Delays)
    _numbers: count[int] = PrivateAttr(default_factory=count)

    @property
    def _llm_type(self) -> str:
        return NAME

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop = asyncio.get_running_loop()
        due = loop.time() + self.delays.llm_first_ms / 1000
        tokens = tokens_of(REPLY, self.delays.llm_tokens)
        for token in (new_word(token, self._numbers) for token in tokens):
            await _until(loop, due)
            yield ChatGenerationChunk(message=AIMessageChunk(content=token))
            due += self.delays.llm_token_ms / 1000
        used = UsageMetadata(input_tokens=0, output_tokens=len(tokens), total_tokens=len(tokens))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=used))


class KnownVoice:
    """Speaks a hum as long as the text would take, the first of it after its time."""

    def __init__(self, tts_first_ms: float) -> None:
        self._first_s = tts_first_ms / 1000

    @property
    def name(self) -> str:
        """The engine, as stored with each call."""
        return f"{NAME}/voice"

    @property
    def sku(self) -> str:
        """What its usage is priced by."""
        return VOICE_SKU

    async def synthesize(self, text: str, voice: VoiceName) -> AsyncIterator[SpeechChunk]:
        """Hum ``text``: chunks of 0.2 s at ten times real time. Cancel-safe: yes."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._first_s
        samples = samples_of(text)
        step = CHUNK_MS * LINE_HZ // 1000
        words = word_times(text)
        for start in range(0, samples, step):
            await _until(loop, due)
            yield SpeechChunk(hum(start, min(step, samples - start)), () if start else words)
            due += CHUNK_MS / 1000 / SPEED


async def _until(loop: asyncio.AbstractEventLoop, due_s: float) -> None:
    """Wait for a moment on the loop's clock; one that has passed is not waited for."""
    wait_s = due_s - loop.time()
    if wait_s > 0:
        await asyncio.sleep(wait_s)


def tokens_of(text: str, count: int) -> list[str]:
    """``count`` tokens of about a word, each with its leading space; the text again if short.

    0 means the text once.
    """
    words = text.split()
    chosen = list(islice(cycle(words), count or len(words)))
    return chosen[:1] + [f" {word}" for word in chosen[1:]]


def new_word(token: str, numbers: Iterator[int]) -> str:
    """``token`` with a made-up word as long as its own; short ones stay as they are."""
    word = token.strip(" ,.")
    if len(word) < MADE_UP_FROM:
        return token
    number, letters = next(numbers), ""
    while len(letters) < len(word):
        choice = SYLLABLES[len(letters) % 2]
        number, place = divmod(number, len(choice))
        letters += choice[place]
    return token.replace(word, letters.capitalize() if word[0].isupper() else letters)


def samples_of(text: str) -> int:
    """How long ``text`` is spoken, in samples: whole packets of 20 ms, at least one."""
    exact = len(text) * LINE_HZ // CHARACTERS_A_SECOND
    return max(FRAME, -(-exact // FRAME) * FRAME)


def word_times(text: str) -> tuple[WordTime, ...]:
    """Where each word of ``text`` sounds: in step with its characters."""
    total_ms, found, at = samples_of(text) * 1000 // LINE_HZ, [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        first, last = (total_ms * edge // len(text) for edge in (start, at))
        found.append(WordTime(start, at, first, last))
    return tuple(found)


def _second_of_hum() -> Pcm:
    """A hum of 200 Hz with overtones and a syllable rhythm, never silent.

    Whole periods fit the second, so it repeats without a click and any hole in it is a fault.
    """
    at = np.arange(LINE_HZ) / LINE_HZ
    tone = sum(np.sin(2 * np.pi * 200 * k * at) / k for k in range(1, 6))
    hummed: Pcm = np.round(5000 * (0.7 + 0.3 * np.sin(2 * np.pi * 5 * at)) * tone).astype(np.int16)
    return hummed


_HUM: Final = np.tile(_second_of_hum(), 2)  # a chunk may start anywhere in the first second


def hum(start: int, count: int) -> Pcm:
    """``count`` samples (at most a second) of the hum from sample ``start`` of an utterance."""
    offset = start % LINE_HZ
    return _HUM[offset : offset + count]
