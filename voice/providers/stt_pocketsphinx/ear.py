"""The inside of a pocketsphinx worker process: the decoder, its grammars and its certainty."""

from __future__ import annotations

import importlib
import math
import warnings
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.speech import Expectation
from voice import pronunciation
from voice.audio.widen import WIDE_HZ, widened
from voice.hearing_automaton import Automaton
from voice.hearing_grammar import build
from voice.ports import LINE_HZ, Pcm

NAME: Final = "pocketsphinx/en-us"
GRAMMARS_KEPT = 64  # a script has about twenty different questions
PHONES: Final = "phones"
LEAST_PROBABILITY = 1e-6  # of an arc, so that no arc is impossible
SCORE_UNIT = 1024  # the engine's scores are shifted by ten bits before it takes their exponent
SURE_NATS = -3.5  # per frame, grammar against phones: half of what is heard right lies above
FOREIGN_NATS = -7.5  # below: 2 of 190 sentences heard right, most of those outside the grammar
NOISE_SHARE = 0.1  # of the words' frames, that phones hear as speech: noise reaches 0.02
SPEECH_SHARE = 0.5  # more than noise: all of 65 sentences heard right reached 0.6
PREFIX_TRUST = 0.7  # of a sentence that broke off
LEAST_CONFIDENCE = 0.3  # below: nothing was understood
USUAL_MEAN: Final = (52.2, 0.7, -1.2, 3.1, -1.9, -3.9, -4.0, -3.0, -0.8, -1.0, 0.1, -1.4, 0.6)
LEAN = 200  # frames (two seconds) that the usual mean counts for beside the sound's own
ENGINE_LEAN = 500  # frames that the engine counts a mean for that was set
BYTES_A_FRAME = 2 * WIDE_HZ // 100
SPEECH_DB = 35.0  # what lies further below the loudest 10 ms is not speech
MARGIN = LINE_HZ * 120 // 1000  # samples kept before and after the speech
SHORTEST = LINE_HZ * 80 // 1000  # samples: less holds no word


@dataclass(frozen=True, slots=True)
class Heard:
    """What a decode came to: the words ("" for nothing understood) and 0..1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Decoded:
    """One decode: its words, the log likelihood of the sound, and which frames are speech."""

    text: str
    nats: float
    speech: NDArray[np.bool_]


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
            bestpath=False,  # the lattice's best path may end inside a sentence
            beam=1e-60,
            pbeam=1e-60,
            wbeam=1e-40,
            lw=10,
            wip=0.1,
            cmn="live",  # with full_utt=False: the mean that is set stays for the utterance
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
        mean = self._mean(wide)
        name, automaton = self._grammar(expects)
        said = self._decode(wide, name, mean)
        if not said.text:
            return NOTHING
        free = self._decode(wide, PHONES, mean)
        whole = longest_sentence(automaton, said.text)
        confidence = certainty(said, free) * (1.0 if whole == said.text else PREFIX_TRUST)
        if not whole or confidence < LEAST_CONFIDENCE:
            return NOTHING
        return Heard(whole, round(confidence, 3))

    def _mean(self, wide: bytes) -> str:
        """The cepstral mean to take off: of this sound, leaning on ``USUAL_MEAN`` if it is short.

        A "two" is little but its vowel; without its own mean it would be nothing at all.
        """
        decoder = self._decoder
        self._begin(PHONES, _written(USUAL_MEAN))
        decoder.process_raw(wide, no_search=True, full_utt=False)
        mixed = np.array([float(part) for part in decoder.get_cmn(True).split(",")])
        decoder.end_utt()
        frames = len(wide) / BYTES_A_FRAME
        own = mixed + (mixed - USUAL_MEAN) * ENGINE_LEAN / frames
        return _written((own * frames + np.array(USUAL_MEAN) * LEAN) / (frames + LEAN))

    def _decode(self, wide: bytes, search: str, mean: str) -> _Decoded:
        decoder = self._decoder
        self._begin(search, mean)
        decoder.process_raw(wide, no_search=False, full_utt=False)
        decoder.end_utt()
        found = decoder.hyp()
        if found is None or not found.hypstr:
            return _Decoded("", 0.0, np.zeros(0, dtype=np.bool_))
        speech = np.zeros(max(decoder.n_frames(), 1), dtype=np.bool_)
        nats = 0.0
        for part in decoder.seg():
            nats += math.log(max(part.ascore, 1e-300)) * SCORE_UNIT
            if part.word[0] not in "<[+" and part.word != "SIL":
                speech[part.start_frame : part.end_frame + 1] = True
        return _Decoded(found.hypstr, nats, speech)

    def _begin(self, search: str, mean: str) -> None:
        decoder = self._decoder
        decoder.set_cmn(mean)
        decoder.activate_search(search)
        with warnings.catch_warnings():  # it is called unnecessary, but without it the front
            warnings.simplefilter("ignore", DeprecationWarning)  # end remembers the last sound
            decoder.start_stream()
        decoder.start_utt()

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
    quiet = np.zeros(MARGIN, dtype=np.int16)
    padded = np.concatenate((quiet, audio, quiet))
    return padded[int(loud[0]) * step : (int(loud[-1]) + 1) * step + 2 * MARGIN]


def certainty(said: _Decoded, free: _Decoded) -> float:
    """How sure a decode is, 0..1, by what a free decode into phones makes of the same sound.

    Two doubts are multiplied: that the words are of the grammar, because free phones explain the
    sound much better; and that there is speech at all, because they hear none where the words are.
    """
    if not free.text or not said.speech.any():
        return 0.0
    per_frame = (said.nats - free.nats) / said.speech.size
    fits = (per_frame - FOREIGN_NATS) / (SURE_NATS - FOREIGN_NATS)
    size = min(said.speech.size, free.speech.size)
    voiced = float(free.speech[:size][said.speech[:size]].mean())
    return min(max(fits, 0.0), 1.0) * min(max((voiced - NOISE_SHARE) / SPEECH_SHARE, 0.0), 1.0)


def longest_sentence(automaton: Automaton, text: str) -> str:
    """The longest beginning of ``text`` that is a whole sentence of the grammar.

    A decode may end inside a sentence, when a small word was heard in the last breath.
    """
    words = text.split()
    for count in range(len(words), 0, -1):
        if automaton.accepts(" ".join(words[:count])):
            return " ".join(words[:count])
    return ""


def _written(mean: Iterable[float]) -> str:
    return ",".join(f"{part:.3f}" for part in mean)


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
