"""The inside of a pocketsphinx worker process: the decoder, its grammars and its certainty."""

from __future__ import annotations

import importlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from core.speech import Expectation
from voice import pronunciation
from voice.audio.widen import widened
from voice.hearing_automaton import Automaton
from voice.hearing_grammar import build
from voice.ports import LINE_HZ, Pcm

NAME: Final = "pocketsphinx/en-us"
GRAMMARS_KEPT = 64  # a script has about twenty different questions
PHONES: Final = "phones"
LEAST_PROBABILITY = 1e-6  # of an arc, so that no arc is impossible
SCORE_UNIT = 1024  # the engine's scores are shifted by ten bits before it takes their exponent
SURE_NATS = 0.1  # per frame, grammar over phones: in-grammar speech lies above
UNSURE_NATS = -1.2  # noise and other sentences lie below
PREFIX_TRUST = 0.7  # of a sentence that broke off
LEAST_CONFIDENCE = 0.15  # below: nothing was understood
SPEECH_DB = 35.0  # what lies further below the loudest 10 ms is not speech
MARGIN = LINE_HZ * 120 // 1000  # samples kept before and after the speech
SHORTEST = LINE_HZ * 80 // 1000  # samples: less holds no word


@dataclass(frozen=True, slots=True)
class Heard:
    """What a decode came to: the words ("" for nothing understood) and 0..1."""

    text: str
    confidence: float


NOTHING: Final = Heard("", 0.0)


class Ear:
    """One decoder with the grammars it has met. Not thread-safe."""

    def __init__(self) -> None:
        engine = importlib.import_module("pocketsphinx")  # absent on some Pythons: see the parent
        place = engine.get_model_path
        self._decoder = engine.Decoder(
            hmm=place("en-us/en-us"),
            dict=place("en-us/cmudict-en-us.dict"),
            lm=None,
            loglevel="FATAL",
            cmn="batch",
            silprob=0.5,  # pauses are free; at 0.005 small words were heard in them
        )
        self._decoder.add_allphone_file(PHONES, place("en-us/en-us-phone.lm.bin"))
        self._british: set[str] = set()
        self._grammars: OrderedDict[Expectation, tuple[str, Automaton]] = OrderedDict()
        self._made = 0

    def hear(self, audio: Pcm, expects: Expectation) -> Heard:
        """The likeliest sentence of the grammar of ``expects`` in ``audio`` (8000 Hz)."""
        speech = trimmed(audio)
        if speech.size < SHORTEST:
            return NOTHING
        wide = widened(speech).tobytes()
        name, automaton = self._grammar(expects)
        text, score, frames = self._decode(wide, name)
        if not text:
            return NOTHING
        _, free, _ = self._decode(wide, PHONES)
        whole = longest_sentence(automaton, text)
        sure = (score - free) / frames
        confidence = min(max((sure - UNSURE_NATS) / (SURE_NATS - UNSURE_NATS), 0.0), 1.0)
        if whole != text:
            confidence *= PREFIX_TRUST
        return (
            Heard(whole, round(confidence, 3))
            if whole and confidence >= LEAST_CONFIDENCE
            else NOTHING
        )

    def _decode(self, wide: bytes, search: str) -> tuple[str, float, int]:
        """Words, log likelihood in nats and frames of one decode."""
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_utt()
        decoder.process_raw(wide, no_search=False, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        if found is None or not found.hypstr:
            return "", -math.inf, 1
        score = math.log(max(found.best_score, 1e-300)) * SCORE_UNIT
        return found.hypstr, score, max(decoder.n_frames(), 1)

    def _grammar(self, expects: Expectation) -> tuple[str, Automaton]:
        if expects in self._grammars:
            self._grammars.move_to_end(expects)
            return self._grammars[expects]
        automaton = build(expects, self._is_known).automaton
        self._learn_british(automaton)
        self._made += 1
        name = f"grammar-{self._made}"
        end = automaton.states
        arcs = [(a, b, max(p, LEAST_PROBABILITY), word) for a, b, p, word in automaton.arcs]
        ends = [(state, end, max(p, LEAST_PROBABILITY)) for state, p in automaton.finals.items()]
        self._decoder.add_fsg(name, self._decoder.create_fsg(name, 0, end, [*arcs, *ends]))
        self._grammars[expects] = (name, automaton)
        if len(self._grammars) > GRAMMARS_KEPT:
            _, (oldest, _) = self._grammars.popitem(last=False)
            self._decoder.remove_search(oldest)
        return name, automaton

    def _is_known(self, word: str) -> bool:
        return word in pronunciation.ALSO or self._decoder.lookup_word(word) is not None

    def _learn_british(self, automaton: Automaton) -> None:
        """Add the British ways of saying the grammar's words to the dictionary."""
        for word in sorted(automaton.words - self._british):
            self._british.add(word)
            known: list[str] = []
            while (phones := self._decoder.lookup_word(_variant(word, len(known)))) is not None:
                known.append(phones)
            more = list(pronunciation.ALSO.get(word, ()))
            for phones in known:
                more += pronunciation.british(phones)
            for phones in dict.fromkeys(more):
                if phones not in known:
                    self._decoder.add_word(_variant(word, len(known)), phones, False)
                    known.append(phones)


def trimmed(audio: Pcm) -> Pcm:
    """``audio`` without the quiet before and after its speech, but for a margin."""
    step = LINE_HZ // 100
    whole = audio.size - audio.size % step
    if whole == 0:
        return audio[:0]
    power = np.mean(np.square(audio[:whole].astype(np.float64)).reshape(-1, step), axis=1) + 1
    level = 10 * np.log10(power)
    loud = np.flatnonzero(level > max(float(level.max()) - SPEECH_DB, 20.0))
    if loud.size == 0:
        return audio[:0]
    start = int(loud[0]) * step - MARGIN
    return audio[max(start, 0) : (int(loud[-1]) + 1) * step + MARGIN]


def longest_sentence(automaton: Automaton, text: str) -> str:
    """The longest beginning of ``text`` that is a whole sentence of the grammar.

    A decode may end inside a sentence, when a small word was heard in the last breath.
    """
    words = text.split()
    for count in range(len(words), 0, -1):
        if automaton.accepts(" ".join(words[:count])):
            return " ".join(words[:count])
    return ""


def _variant(word: str, number: int) -> str:
    return word if number == 0 else f"{word}({number + 1})"


@cache
def _ear() -> Ear:
    return Ear()


def load() -> None:
    """Load the decoder of this process."""
    _ear()


def hear(audio: bytes, expects: Expectation) -> Heard:
    """`Ear.hear` of this process's decoder; ``audio`` as bytes of 16 bit samples."""
    return _ear().hear(np.frombuffer(audio, dtype=np.int16), expects)
