"""Whisper models made from nothing: real files for the real engine, without any weights.

Two kinds. A *random* one has the true dimensions of a published size, so it takes as long to load
and to decode as that size does, and what it hears is noise. A *scripted* one always hears the same
sentence: its layers do nothing, each token leads to the next one by the output matrix, and how
likely each step is can be chosen. Both are folders in CTranslate2's format (binary version 6).
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInputError
from voice.providers.stt_whisper import vocabulary
from voice.providers.stt_whisper.vocabulary import Vocabulary

MELS: Final = 80
FRAMES: Final = 3000  # 30 s, the window that every decode covers
ENCODER_POSITIONS: Final = FRAMES // 2
DECODER_POSITIONS: Final = 448
WEIGHT_SPREAD: Final = 0.02  # so that nothing overflows in float16
SCRIPT_WIDTH: Final = 64  # states that a script can have: its words and a few more
LEAST_PROBABILITY: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a Whisper model: as many layers and heads to encode as to decode."""

    layers: int
    width: int
    heads: int


# Table 1 of "Robust Speech Recognition via Large-Scale Weak Supervision" (OpenAI, 2022).
SIZES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "tiny": Shape(4, 384, 6),
        "base": Shape(6, 512, 8),
        "small": Shape(12, 768, 12),
        "medium": Shape(24, 1024, 16),
    }
)


@dataclass(frozen=True, slots=True)
class Script:
    """What a scripted model hears, whatever it is given. Probabilities are 0..1."""

    text: str
    log_probability: float = -0.05  # of each token, and so of the whole
    no_speech_probability: float = 0.0
    language: str = "en"
    language_probability: float = 0.98  # of ``language``, when it is asked to detect it
    multilingual: bool = True


def make_random(folder: Path, size: str, seed: int = 1) -> Path:
    """Write a model of the true dimensions of ``size`` with random weights; ``folder``.

    Raises:
        InvalidInputError: ``size`` is not one of ``SIZES`` (".en" may follow).
    """
    shape = SIZES.get(size.removesuffix(".en"))
    if shape is None:
        raise InvalidInputError(f"{size} is not one of {', '.join(SIZES)}.", field="size")
    words = vocabulary.make((), multilingual=not size.endswith(".en"))
    spec = _spec(shape)
    random = _Random(seed, max(len(words.tokens), 4 * shape.width) * shape.width)
    _fill(spec, shape, len(words.tokens), random.matrix)
    _save(spec, words, folder, tied=True)
    return folder


def make_scripted(folder: Path, script: Script) -> Path:
    """Write a small model that always hears ``script``; ``folder``.

    Raises:
        InvalidInputError: the text has too many words, or no language of Whisper's.
    """
    words = vocabulary.make(script.text.split(), multilingual=script.multilingual)
    if len(words.said) + 2 > SCRIPT_WIDTH:
        raise InvalidInputError(f"A script has up to {SCRIPT_WIDTH - 2} words.", field="text")
    shape = Shape(1, SCRIPT_WIDTH, 1)
    size = len(words.tokens)
    spec = _spec(shape)
    _fill(spec, shape, size, lambda *dimensions: np.zeros(dimensions, np.float32))
    spec.decoder.layer_norm.beta = np.full(SCRIPT_WIDTH, (SCRIPT_WIDTH - 1) ** -0.5, np.float32)
    spec.decoder.embeddings.weight, spec.decoder.projection.weight = _chain(words, script)
    _save(spec, words, folder)
    return folder


def _chain(words: Vocabulary, script: Script) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The embeddings and the projection that lead from each token of the script to the next."""
    size = len(words.tokens)
    path = [words.at("<|notimestamps|>"), *words.said, words.at("<|endoftext|>")]
    embeddings = np.zeros((size, SCRIPT_WIDTH), np.float32)
    projection = np.zeros((size, SCRIPT_WIDTH), np.float32)
    # A one-hot vector after layer normalisation, once ``beta`` has brought the zeros back.
    hot = math.sqrt(SCRIPT_WIDTH - 1) + 1 / math.sqrt(SCRIPT_WIDTH - 1)
    for state, (token, following) in enumerate(pairwise(path), start=1):
        embeddings[token, state] = 1
        likely = math.exp(min(script.log_probability, -LEAST_PROBABILITY))
        projection[following, state] = _logit(likely, size) / hot
    start = words.at("<|startoftranscript|>")
    embeddings[start, 0] = 1
    others = float(size)
    if script.multilingual:
        # Detection looks at the languages alone: one of a hundred, the others equally likely.
        one = _logit(script.language_probability, vocabulary.LANGUAGES)
        projection[words.at(f"<|{script.language}|>"), 0] = one / hot
        others += math.exp(one) - 1
    silent = _logit(script.no_speech_probability, others)
    projection[words.at("<|nospeech|>"), 0] = silent / hot
    return embeddings, projection


def _logit(probability: float, among: float) -> float:
    """What one of ``among`` needs, when all others have 0, to be as likely as ``probability``."""
    bounded = min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    return math.log(bounded * (among - 1) / (1 - bounded))


class _Random:
    """Matrices of random weights, all cut from one block at different places."""

    def __init__(self, seed: int, largest: int) -> None:
        random = np.random.default_rng(seed)
        grain = random.standard_normal(1 << 20, dtype=np.float32) * WEIGHT_SPREAD
        self._block = np.resize(grain.astype(np.float16), largest + (1 << 20))
        self._at = 0

    def matrix(self, *dimensions: int) -> NDArray[np.float16]:
        """The next matrix. No two are the same, or they would share their memory."""
        size = math.prod(dimensions)
        self._at = (self._at + 7919) % (1 << 20)  # a prime, so that it does not come round
        return self._block[self._at : self._at + size].reshape(dimensions)


def _spec(shape: Shape) -> Any:
    specs = importlib.import_module("ctranslate2.specs")
    return specs.WhisperSpec(shape.layers, shape.heads, shape.layers, shape.heads)


def _fill(spec: Any, shape: Shape, tokens: int, matrix: Any) -> None:
    """Set all weights of ``spec``; ``matrix(*dimensions)`` makes them."""
    width = shape.width
    _linear(spec.encoder.conv1, matrix, width, MELS, 3)
    _linear(spec.encoder.conv2, matrix, width, width, 3)
    spec.encoder.position_encodings.encodings = matrix(ENCODER_POSITIONS, width)
    spec.decoder.position_encodings.encodings = matrix(DECODER_POSITIONS, width)
    spec.decoder.embeddings.weight = matrix(tokens, width)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    for half in (spec.encoder, spec.decoder):
        _norm(half.layer_norm, width, matrix)
        for layer in half.layer:
            _norm(layer.self_attention.layer_norm, width, matrix)
            _linear(layer.self_attention.linear[0], matrix, 3 * width, width)
            _linear(layer.self_attention.linear[1], matrix, width, width)
            _norm(layer.ffn.layer_norm, width, matrix)
            _linear(layer.ffn.linear_0, matrix, 4 * width, width)
            _linear(layer.ffn.linear_1, matrix, width, 4 * width)
    for layer in spec.decoder.layer:
        _norm(layer.attention.layer_norm, width, matrix)
        _linear(layer.attention.linear[0], matrix, width, width)
        _linear(layer.attention.linear[1], matrix, 2 * width, width)
        _linear(layer.attention.linear[2], matrix, width, width)


def _linear(layer: Any, matrix: Any, *dimensions: int) -> None:
    layer.weight = matrix(*dimensions)
    layer.bias = matrix(dimensions[0])


def _norm(layer: Any, width: int, matrix: Any) -> None:
    kind = matrix(1).dtype
    layer.gamma = np.ones(width, kind)
    layer.beta = np.zeros(width, kind)


def _save(spec: Any, words: Vocabulary, folder: Path, *, tied: bool = False) -> None:
    """Write all files. ``tied``: the projection is the embeddings, as in a published model."""
    spec.register_vocabulary(words.tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [words.at("<|endoftext|>")]
    spec.config.lang_ids = list(words.languages)
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    if tied:
        spec.decoder.projection.weight = "decoder/embeddings/weight"  # an alias in the file
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    vocabulary.write_tokenizer(words, folder / "tokenizer.json")
    features = json.dumps({"feature_size": MELS, "sampling_rate": 16000})
    (folder / "preprocessor_config.json").write_text(features, encoding="utf-8")
