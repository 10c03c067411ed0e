"""The lines of the scripts that every caller may hear, voiced before the first one calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import structlog

from agents.script import Script
from agents.script_lines import brand_values, fill, variables_in
from agents.script_loader import stored_script
from core.ids import VoiceName
from db.scripts import PostgresScriptShelf
from graph.sentences import Sentences
from voice.line_cache import LineCache, warm
from voice.ports import Synthesizer

MOST_SCRIPTS: Final = (
    20  # of an installation that are warmed; the others sound from the second time
)

log = structlog.get_logger(__name__)


async def warm_fixed_lines(
    shelf: PostgresScriptShelf, cache: LineCache, synthesizer: Synthesizer, voice: VoiceName
) -> None:
    """Voice the fixed lines of the scripts into ``cache``. Whatever fails is left to the calls."""
    characters = 0
    try:
        for shelved in (await shelf.all())[:MOST_SCRIPTS]:
            script = stored_script(await shelf.text(shelved.script))
            characters += await warm(cache, synthesizer, voice, fixed_lines(script))
    except Exception:
        log.exception("fixed lines not voiced ahead")
        return
    log.info("fixed lines voiced ahead", voice=synthesizer.name, characters=characters)


def fixed_lines(script: Script) -> Iterator[str]:
    """What the script says in the same words to everybody, as it is voiced: by sentence."""
    lines = script.lines
    yield from (_filled(line.say, script) for line in script.opening if line.must_hear)
    for line in (
        *(line.say for line in script.opening if not line.must_hear),
        *lines.silence,
        *lines.clarify,
        lines.no_response,
        lines.give_up,
        lines.farewell,
        lines.opt_out,
        lines.robot,
    ):
        sentences = Sentences(clauses=False)
        filled = _filled(line, script)
        yield from (*sentences.feed(filled), *sentences.flush())


def _filled(line: str, script: Script) -> str:
    """The line with the brand's values; empty when it names something of the call."""
    known = brand_values(script)
    if any(not known.get(name) for name in variables_in(line)):
        return ""
    return fill(line, script, {})
