"""Hearing: are Whisper's weights there, and which of its sizes keeps up on this machine."""

from __future__ import annotations

import asyncio
import importlib.util
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.doctor.check import REINSTALL, REPORT, Check, in_short
from app.doctor.ears import pocketsphinx_check, silero_check
from app.doctor.finding import Finding, Findings, fail, ok, skip, warn
from app.doctor.whisper_sizes import (
    IN_TIME_MS,
    USABLE_MS,
    Timed,
    estimated,
    largest_within,
    plain_size,
)
from app.ears import whisper_config
from app.settings import Settings
from app.settings_hearing import SttEngine
from core.errors import ProviderError
from voice.providers.stt_whisper import shapes
from voice.providers.stt_whisper.config import WhisperConfig
from voice.providers.stt_whisper.engine import settled
from voice.providers.stt_whisper.speed import Speed, measure
from voice.providers.stt_whisper.weights import (
    REPOSITORIES,
    find,
    is_folder,
    missing_from,
    unknown,
)

MEASURING_S: Final = 30.0  # for the sizes that are made for it; then the rest is estimated
LONGEST_S: Final = 60.0  # for the model that is set: what is known to take longer is not tried
LIMIT_S: Final = 150.0  # for all of it; nothing here should come near
DECODES: Final = 4  # that one measurement makes: one to warm up and three that count
SPEECH: Final = "a turn of 3 s"
NOBODY: Final = "so pocketsphinx hears: little but the answers that the script expects"
MEASURE_FIRST: Final = "Run: parley doctor (without --quick); it measures which size to fetch."


def checks(settings: Settings, *, measures: bool) -> list[Check]:
    """The checks of this group."""
    config = whisper_config(settings)

    async def unmeasured() -> Findings:
        skipped = skip("Whisper speed", "not measured (--quick)", "Run: parley doctor")
        return (weights_found(settings, find(config), ()), skipped)

    async def measured() -> Findings:
        return await asyncio.to_thread(_whisper, settings, config)

    found = [silero_check()]
    if settings.stt_engine is SttEngine.WHISPER:
        found.append(
            Check("Whisper", measured, REPORT, LIMIT_S, measures=True)
            if measures and _is_installed()
            else Check("Whisper", unmeasured, REPORT)
        )
    is_whisper = settings.stt_engine is SttEngine.WHISPER and find(config) is not None
    return [*found, pocketsphinx_check(is_alone=not is_whisper)]


def _is_installed() -> bool:
    return importlib.util.find_spec("faster_whisper") is not None


def _whisper(settings: Settings, config: WhisperConfig) -> Findings:
    folder = find(config)
    findings, times = speed_of(config, folder)
    # Which weights to fetch depends on what keeps up.
    return (weights_found(settings, folder, times), *findings)


def weights_found(settings: Settings, folder: Path | None, times: Sequence[Timed]) -> Finding:
    """Whether the model that is set can be loaded from this machine. ``times``: if measured."""
    model = settings.whisper_model
    if not _is_installed():
        return fail("Whisper", "faster-whisper is not installed", REINSTALL)
    if folder is not None:
        return ok("Whisper", f"the weights of {model} are in {folder}")
    if not is_folder(model):
        what = f"the weights of {model} are not here, {NOBODY}"
        return warn("Whisper", what, fetching(model, times))
    if Path(model).expanduser().is_dir():
        lacking = ", ".join(missing_from(Path(model).expanduser()))
        remedy = "Set WHISPER_MODEL to a folder with a whole model of CTranslate2, or to a size."
        return warn("Whisper", f"{model} lacks {lacking}, {NOBODY}", remedy)
    remedy = "Set WHISPER_MODEL to a folder, or to one of: parley models list"
    return warn("Whisper", f"{unknown(model)} It is no folder either, {NOBODY}", remedy)


def fetching(model: str, times: Sequence[Timed]) -> str:
    """Which weights to fetch: those of ``model`` if it keeps up, else of the largest that does."""
    if not times:
        return MEASURE_FIRST
    took_ms = {one.size: one.milliseconds for one in times}.get(plain_size(model) or "", 0.0)
    if took_ms <= USABLE_MS:
        return f"Run: parley models pull {model}"
    best = largest_within(times, USABLE_MS)
    if best is None:
        return "Set STT_ENGINE=pocketsphinx, or use a GPU: no size of Whisper keeps up here."
    english = f"{best.size}.en"
    size = english if model.endswith(".en") and english in REPOSITORIES else best.size
    return f"Set WHISPER_MODEL={size}, then run: parley models pull {size}"


def speed_of(config: WhisperConfig, folder: Path | None) -> tuple[Findings, Sequence[Timed]]:
    """Measure small sizes, and the one that is set where its weights are here. Blocks.

    Also how long each size takes; empty when none could be measured.
    """
    try:
        measured = _measured_sizes(config)
    except ProviderError as error:
        return (fail("Whisper speed", in_short(error), _mend(config)),), ()
    size = plain_size(config.model)
    findings: list[Finding] = []
    if folder is not None:
        known = {one.size: one.milliseconds for one in estimated(measured)}
        expected_s = known.get(size or "", 0.0) / 1000 * DECODES
        if expected_s > LONGEST_S:
            findings.append(too_slow_found(config.model, expected_s))
        else:
            try:
                speed = measure(config, folder)
            except ProviderError as error:
                findings.append(fail("Whisper speed", in_short(error), _replace(config.model)))
            else:
                findings.append(model_found(config, speed))
                if size is not None:
                    measured[size] = speed.decode_s * 1000
    times = estimated(measured)
    findings += [sizes_found(times, where(config)), advice(times, is_gpu=_is_gpu(config))]
    return findings, times


def _replace(model: str) -> str:
    """What to do about weights that cannot be loaded."""
    if is_folder(model):
        return "Set WHISPER_MODEL to a folder with a whole model of CTranslate2, or to a size."
    return f"Fetch it anew: parley models pull {model} --again"


def _mend(config: WhisperConfig) -> str:
    """What to do when no model runs at all."""
    if _is_gpu(config):
        # CTranslate2's wheel lacks cuBLAS, and finds it only where the loader looks.
        nvidia = Path(sysconfig.get_path("purelib")) / "nvidia"
        return (
            "Install NVIDIA's driver, and use the image for GPUs (docs/deploy.md); without Docker "
            "run uv pip install -r deploy/requirements-cuda.lock and start with "
            f"LD_LIBRARY_PATH={nvidia}/cublas/lib:{nvidia}/cuda_nvrtc/lib; "
            "or set WHISPER_DEVICE=cpu."
        )
    return "Set WHISPER_COMPUTE_TYPE=auto, or set STT_ENGINE=pocketsphinx."


def _measured_sizes(config: WhisperConfig) -> dict[str, float]:
    """Milliseconds of models of true dimensions and random weights, from the smallest up.

    A size is as quick with random weights as with its own. It ends when one is too slow for a
    call, when the next would take too long, or when all that can be made were measured.
    """
    measured: dict[str, float] = {}
    began = time.monotonic()
    for size in shapes.SIZES:
        spent_s = time.monotonic() - began
        if measured and (
            max(measured.values()) > USABLE_MS or _cost_s(size, measured, spent_s) > MEASURING_S
        ):
            break
        with tempfile.TemporaryDirectory(prefix="parley-doctor-") as folder:
            made = shapes.make_random(Path(folder) / size, size)
            measured[size] = measure(config, made).decode_s * 1000
    return measured


def _cost_s(size: str, measured: dict[str, float], spent_s: float) -> float:
    """Seconds after which ``size`` would be measured too: starting up costs as it did so far."""
    decodes_s = DECODES * sum(measured.values()) / 1000
    starting_s = max(0.0, spent_s - decodes_s) / len(measured) * 2  # the next model is larger
    expected = next(one for one in estimated(measured) if one.size == size)
    return spent_s + starting_s + DECODES * expected.milliseconds / 1000


def model_found(config: WhisperConfig, speed: Speed) -> Finding:
    """The model that is set was loaded and decoded with."""
    took_ms = speed.decode_s * 1000
    what = (
        f"{config.model} loaded in {speed.load_s:.1f} s and decoded {SPEECH} in {took_ms:.0f} ms "
        f"({where(config)})"
    )
    if took_ms > USABLE_MS:
        return warn("Whisper speed", what, "Set WHISPER_MODEL to a size that is named below.")
    return ok("Whisper speed", what)


def too_slow_found(model: str, expected_s: float) -> Finding:
    """The model that is set would take too long even to be measured."""
    return warn(
        "Whisper speed",
        f"{model} was not tried: {DECODES} decodes would take {expected_s:.0f} s (estimated)",
        "Set WHISPER_MODEL to a size that is named below, or set STT_ENGINE=pocketsphinx.",
    )


def sizes_found(times: Sequence[Timed], place: str) -> Finding:
    """How long each size takes for a turn."""
    return ok("Whisper sizes", f"{SPEECH} takes ({place}): {', '.join(map(str, times))}")


def advice(times: Sequence[Timed], *, is_gpu: bool) -> Finding:
    """Which size keeps up with a call."""
    quick, usable = largest_within(times, IN_TIME_MS), largest_within(times, USABLE_MS)
    name = "Whisper advice"
    other = (
        "Stop what else uses the GPU, or set STT_ENGINE=pocketsphinx."
        if is_gpu
        else "Set STT_ENGINE=pocketsphinx, or use a machine with a GPU and WHISPER_DEVICE=cuda."
    )
    if usable is None:
        slowest = f"no size keeps up here: even {times[0]} is over {USABLE_MS:.0f} ms"
        return warn(name, slowest, other)
    within = f"the largest within {USABLE_MS:.0f} ms is {usable}"
    if quick is None:
        return warn(
            name,
            f"no size stays within {IN_TIME_MS:.0f} ms, the aim of hearing; {within}",
            f"Set WHISPER_MODEL={usable.size}; for quicker answers use a GPU "
            "(WHISPER_DEVICE=cuda).",
        )
    return ok(name, f"the largest within {IN_TIME_MS:.0f} ms is {quick}; {within}")


def where(config: WhisperConfig) -> str:
    """What the models are run on, as they are set."""
    device, compute_type = settled(config)
    threads = "" if device == "cuda" else f", {config.threads_each()} threads"
    return f"{device} {compute_type}{threads}"


def _is_gpu(config: WhisperConfig) -> bool:
    return settled(config)[0] == "cuda"
