"""The report of a call: one HTML file with its audio, that needs no network and no server."""

from __future__ import annotations

import base64
import re
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from app.call import latency, wording
from app.call.result import CallResult, Span, Turn
from app.settings_hearing import HearingSettings
from app.turn_notes import answer_notes, hearing_notes
from core.money import MICROS_PER_USD
from voice.audio import g711
from voice.ports import LINE_HZ, Pcm

PAGE: Final = files("app.call") / "page"
FLOOR: Final = HearingSettings.model_validate({}).stt_confidence_floor
AGENT_COLOURS: Final = 6  # the style sheet has so many
_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of text and when it sounds; both times None if it never did."""

    text: str
    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class Remark:
    """One block of the transcript."""

    who: str  # "caller" or the agent's name
    at_ms: int | None
    sentences: tuple[Sentence, ...]
    colour: int = 0  # of the agent; 0 for the caller
    understood: str = ""  # what hearing made of it, where that differs
    notes: tuple[str, ...] = ()  # doubt, another language, another model, faults
    unheard: str = ""
    v2v_ms: int | None = None
    stage: str = ""
    tools: tuple[str, ...] = ()
    cost: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """The waterfall of one turn, in shares of the slowest one."""

    turn: int
    text: str
    stages: tuple[latency.Stage, ...]
    total_ms: int


def write(path: Path, result: CallResult, caller: Pcm, agent: Pcm, zone: ZoneInfo) -> None:
    """Write the report of ``result`` with both sides of its audio (mono, 8000 Hz) to ``path``."""
    path.write_text(render(result, caller, agent, zone), encoding="utf-8")


def render(result: CallResult, caller: Pcm, agent: Pcm, zone: ZoneInfo) -> str:
    """The page as text. ``zone`` is the brand's: appointments are shown on its wall clock."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "usd": wording.usd,
        "ms": wording.ms,
        "clock": wording.clock,
        "name": wording.name_of,
        "unit": wording.unit,
    }
    colours = agent_colours(result.turns)
    length = max(len(caller), len(agent))
    page = environment.from_string(_part("template.html"))
    return page.render(
        call=result,
        outcome=wording.OUTCOMES[result.outcome],
        booked=wording.day_and_time(result.booked_at, zone) if result.booked_at else "",
        started=wording.day_and_time(result.started_at, zone) if result.started_at else "",
        zone=zone.key,
        remarks=list(remarks(result.turns, colours, result.engines)),
        colours=colours,
        bars=bars(result.turns),
        table=latency.table(result.turns),
        stage_names=latency.STAGES,
        v2v_p50_ms=latency.v2v_p50_ms(result.turns),
        micros=MICROS_PER_USD,
        style=Markup(_part("style.css")),  # noqa: S704 - our own file, not what a caller said
        program=Markup(_part("program.js")),  # noqa: S704 - our own file
        audio={"caller": _mulaw(caller, length), "agent": _mulaw(agent, length)},
        gaps=[gap.model_dump() for gap in gaps(result.turns)],
    )


def write_wav(path: Path, sound: NDArray[np.int16]) -> None:
    """Write both sides, shape (samples, 2), 8000 Hz, as a 16 bit WAV: the caller left."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(LINE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())


def agent_colours(turns: Sequence[Turn]) -> dict[str, int]:
    """A colour number (from 1) for each agent, in the order in which they speak."""
    agents = dict.fromkeys(turn.agent for turn in turns if turn.agent)
    return {agent: index % AGENT_COLOURS + 1 for index, agent in enumerate(agents)}


def remarks(
    turns: Sequence[Turn], colours: dict[str, int], engines: Sequence[str]
) -> Iterator[Remark]:
    """The transcript: for each turn what the caller said and what was answered."""
    for turn in turns:
        if turn.caller_said or turn.heard:
            said = turn.caller_said or turn.heard
            differs = _words(turn.caller_said) != _words(turn.heard)
            yield Remark(
                who="caller",
                at_ms=turn.caller[0].from_ms if turn.caller else None,
                sentences=spread([said], turn.caller),
                understood=(turn.heard or "nothing") if differs and turn.caller_said else "",
                notes=hearing_notes(
                    confidence=turn.confidence,
                    language=turn.language,
                    language_probability=turn.language_probability,
                    floor=FLOOR,
                ),
                turn=turn.number,
            )
        if turn.reply:
            yield _reply(turn, colours, engines)


def _reply(turn: Turn, colours: dict[str, int], engines: Sequence[str]) -> Remark:
    return Remark(
        who=turn.agent,
        at_ms=turn.spoken[0].from_ms if turn.spoken else None,
        sentences=spread(_SENTENCE.findall(turn.heard_of_reply), turn.spoken),
        colour=colours.get(turn.agent, 1),
        unheard=turn.unheard,
        v2v_ms=turn.v2v_ms,
        stage=turn.stage,
        tools=tuple(turn.tools),
        notes=answer_notes(model=turn.model, faults=turn.faults, engines=engines),
        cost=wording.usd(turn.cost_micros / MICROS_PER_USD) if turn.cost_micros else "",
        turn=turn.number,
    )


def spread(texts: Sequence[str], sound: Sequence[Span]) -> tuple[Sentence, ...]:
    """Lay ``texts`` over the time in which ``sound`` was heard, by their length."""
    total = sum(len(text) for text in texts)
    length = sum(span.to_ms - span.from_ms for span in sound)
    if not total or not length:
        return tuple(Sentence(text, None, None) for text in texts)
    laid: list[Sentence] = []
    done = 0
    for text in texts:
        begins = _moment(sound, done * length // total, ends=False)
        done += len(text)
        laid.append(Sentence(text, begins, _moment(sound, done * length // total, ends=True)))
    return tuple(laid)


def _moment(sound: Sequence[Span], heard_ms: int, *, ends: bool) -> int:
    """When ``heard_ms`` of sound had been heard, pauses between the spans included."""
    for span in sound:
        length = span.to_ms - span.from_ms
        if heard_ms < length or (ends and heard_ms == length):
            return span.from_ms + heard_ms
        heard_ms -= length
    return sound[-1].to_ms


def bars(turns: Sequence[Turn]) -> list[Bar]:
    """The waterfalls of the turns that answered the caller."""
    return [
        Bar(turn.number, turn.caller_said or turn.heard, latency.stages(turn), turn.v2v_ms)
        for turn in turns
        if turn.v2v_ms is not None
    ]


def gaps(turns: Sequence[Turn]) -> Iterator[Span]:
    """The silences in which the caller waited for an answer."""
    for turn in turns:
        if turn.v2v_ms is not None and turn.caller:
            end = turn.caller[-1].to_ms
            yield Span(from_ms=end, to_ms=end + turn.v2v_ms)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _mulaw(pcm: Pcm, length: int) -> str:
    padded = np.zeros(length, dtype=np.int16)
    padded[: len(pcm)] = pcm
    return base64.b64encode(g711.encode(padded)).decode()


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
