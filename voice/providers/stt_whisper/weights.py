"""Where the weights of a Whisper model lie, and whether they are all there."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from core.errors import InvalidInputError
from voice.providers.stt_whisper.config import WhisperConfig

# The files of a model; a group is one file by any of its names.
WANTED: Final = (
    ("model.bin",),
    ("config.json",),
    ("tokenizer.json",),
    ("vocabulary.json", "vocabulary.txt"),
)
# What a download takes: also the number of mel bands, which the large ones need.
PATTERNS: Final = (
    "model.bin",
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.*",
)
# As faster_whisper 1.2.1 has them in its utils.py.
REPOSITORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tiny.en": "Systran/faster-whisper-tiny.en",
        "tiny": "Systran/faster-whisper-tiny",
        "base.en": "Systran/faster-whisper-base.en",
        "base": "Systran/faster-whisper-base",
        "small.en": "Systran/faster-whisper-small.en",
        "small": "Systran/faster-whisper-small",
        "medium.en": "Systran/faster-whisper-medium.en",
        "medium": "Systran/faster-whisper-medium",
        "large-v1": "Systran/faster-whisper-large-v1",
        "large-v2": "Systran/faster-whisper-large-v2",
        "large-v3": "Systran/faster-whisper-large-v3",
        "distil-small.en": "Systran/faster-distil-whisper-small.en",
        "distil-medium.en": "Systran/faster-distil-whisper-medium.en",
        "distil-large-v2": "Systran/faster-distil-whisper-large-v2",
        "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
        "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
        "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    }
)
SHORT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"large": "large-v3", "turbo": "large-v3-turbo"}
)


def repository_of(size: str) -> str:
    """The repository of ``size`` on the Hugging Face Hub.

    Raises:
        InvalidInputError: there is no such size; the message suggests others.
    """
    repository = REPOSITORIES.get(full_name(size))
    if repository is None:
        raise unknown(size)
    return repository


def unknown(size: str) -> InvalidInputError:
    """The error that says that there is no model ``size``, and which ones are named like it."""
    near = difflib.get_close_matches(size, REPOSITORIES, n=3, cutoff=0.4)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return InvalidInputError(
        f"There is no model {size}. {hint}'parley models list' names them all.", field="size"
    )


def full_name(size: str) -> str:
    """``size`` as it is listed: "turbo" is "large-v3-turbo"."""
    return SHORT_NAMES.get(size, size)


def missing_from(folder: Path) -> tuple[str, ...]:
    """The files that a model in ``folder`` lacks; an empty file is missing too."""
    return tuple(
        " or ".join(names)
        for names in WANTED
        if not any(_is_there(folder / name) for name in names)
    )


def find(config: WhisperConfig) -> Path | None:
    """The folder with all files of the configured model, or None.

    It looks at the model itself if that is a folder, then in ``models_dir``, then in the cache of
    the Hugging Face Hub on this machine. Nothing is loaded from elsewhere.
    """
    for folder in places(config):
        if not missing_from(folder):
            return folder
    return None


def is_folder(model: str) -> bool:
    """Whether ``model`` names a folder and not a size."""
    return full_name(model) not in REPOSITORIES


def places(config: WhisperConfig) -> tuple[Path, ...]:
    """Where the configured model may lie, in the order of looking."""
    if is_folder(config.model):
        return (Path(config.model).expanduser(),)
    found: list[Path] = []
    if config.models_dir is not None:
        found.append(config.models_dir / full_name(config.model))
    cached = _in_hub_cache(REPOSITORIES[full_name(config.model)])
    if cached is not None:
        found.append(cached)
    return tuple(found)


def _in_hub_cache(repository: str) -> Path | None:
    """The snapshot of ``repository`` in the Hub's cache, whole or not."""
    hub: Any = importlib.import_module("huggingface_hub")
    found = hub.try_to_load_from_cache(repository, "model.bin")
    return Path(found).parent if isinstance(found, str) else None


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
