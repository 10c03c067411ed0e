"""The report: one file that needs nothing else and shows what happened."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.call import report
from app.call.collect import collect
from app.call.result import CallResult, Span
from core.call import Outcome
from tests.unit.call.played_calls import played, result, seen_call, seen_turn

LONDON = ZoneInfo("Europe/London")
VOID = {"meta", "link", "path", "br"}
REFERENCES = {"src", "href", "action", "srcset", "poster", "data"}


class Page(HTMLParser):
    """Reads a page: its text, its references, its struck words, and whether tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.text: dict[str, str] = {}
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in REFERENCES and value:
                self.references.append(value)
            if name == "id" and value:
                self.ids.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        tag = self.open[-1] if self.open else ""
        self.text[tag] = self.text.get(tag, "") + data


def render(call: CallResult) -> str:
    sound = np.zeros(9 * 8000, dtype=np.int16)
    return report.render(call, sound, sound[:-80], LONDON)


def test_the_page_is_sound_and_needs_no_network() -> None:
    html = render(result())
    page = Page(html)
    assert page.open == []
    assert page.references == ["data:,"]
    assert not re.search(r"https?://|@import|url\(", html)
    assert len(page.ids) == len(set(page.ids))


def test_it_shows_outcome_appointment_and_words() -> None:
    html = render(result())
    page = Page(html)
    assert page.text["h1"] == "Booked"
    assert "Tuesday 24 November, 10:00" in page.text["strong"]
    assert "or <later> & so on?" in page.text["s"]  # struck through, and escaped
    assert "understood as" not in html.split("Yes, speaking.")[1][:200]
    assert "$0.0205" in html
    assert "pocketsphinx/en-us" in html


def test_a_misheard_line_says_so() -> None:
    call = result()
    turns = [turn.model_copy(update={"heard": "snow"}) for turn in call.turns]
    assert "understood as “snow”" in render(call.model_copy(update={"turns": turns}))


def test_what_was_in_doubt_and_what_failed_is_noted() -> None:
    seen = seen_call(
        turns=[
            seen_turn(1, kind="opening", caller_said="", confidence=1.0, reply="Hello. Who is it?"),
            seen_turn(2, caller_said="oui", confidence=0.21, language="fr", model="script-brain/1"),
            seen_turn(3, language="en", model="cache", faults=["The model was <too> slow."]),
        ]
    )
    html = render(collect(played(), seen))
    for note in ("confidence 0.21", "language fr (100%)", "by cache", "The model was &lt;too&gt;"):
        assert html.count(note) == 1
    assert Page(html).open == []
    assert "by script-brain/1" not in html
    assert "confidence" not in render(result())


def test_both_sides_of_the_audio_are_in_it_in_step() -> None:
    sound = np.arange(8000, dtype=np.int16)
    html = report.render(result(), sound, sound[:4000], LONDON)
    found = re.search(r'id="audio">(.*?)</script>', html)
    assert found is not None
    sides = {side: base64.b64decode(text) for side, text in json.loads(found[1]).items()}
    assert len(sides["caller"]) == len(sides["agent"]) == 8000
    assert sides["agent"][4000:] == b"\xff" * 4000  # silence


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_page(outcome: Outcome) -> None:
    call = result(outcome=outcome, problems=["It <broke>."], booked_at=None, bookings=[])
    html = render(call)
    assert "It &lt;broke&gt;." in html
    assert Page(html).open == []


def test_a_call_without_a_word_has_a_page() -> None:
    call = CallResult(outcome=Outcome.FAILED, scenario="booking", seconds=0)
    empty = np.zeros(0, dtype=np.int16)
    assert "Nobody said a word." in report.render(call, empty, empty, LONDON)


def test_sentences_are_laid_over_the_sound() -> None:
    sound = [Span(from_ms=0, to_ms=1000), Span(from_ms=2000, to_ms=3000)]
    first, second = report.spread(["Ten chars.", "Ten chars."], sound)
    assert (first.from_ms, first.to_ms) == (0, 1000)
    assert (second.from_ms, second.to_ms) == (2000, 3000)
    assert report.spread(["Never played."], [])[0].from_ms is None
    assert report.spread([], sound) == ()


def test_it_is_written_beside_a_wav(tmp_path: Path) -> None:
    sound = np.zeros((800, 2), dtype=np.int16)
    report.write(tmp_path / "call.html", result(), sound[:, 0], sound[:, 1], LONDON)
    report.write_wav(tmp_path / "call.wav", sound)
    assert (tmp_path / "call.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "call.wav").stat().st_size == 44 + 3200
