"""Postcodes, spelled, spoken and written."""

from __future__ import annotations

import pytest

from agents.language.postcodes import read_postcode
from agents.language.words import words_of

AREAS = ("BN1", "BN2", "BN3", "BN41", "BN42", "BN43")


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("b n three", "BN3"),
        ("BN3", "BN3"),
        ("bn3", "BN3"),
        ("bn 3", "BN3"),
        ("it's b n one", "BN1"),
        ("b n forty one", "BN41"),
        ("b n four one", "BN41"),
        ("b n 41", "BN41"),
        ("bravo november three", "BN3"),
        ("b for bravo n for november three", "BN3"),
        ("b as in bob n as in nelly two", "BN2"),
        ("bee en three", "BN3"),
        ("be in three", "BN3"),
        ("b and three", "BN3"),
        ("b n three one a a", "BN3 1AA"),
        ("BN3 1AA", "BN3 1AA"),
        ("bn31aa", "BN3 1AA"),
        ("My postcode is BN3 1AA, thanks", "BN3 1AA"),
        ("b n forty three five double t", "BN43 5TT"),
        ("b n one six p w", "BN1 6PW"),
        ("s w one a one a a", "SW1A 1AA"),
        ("r h fifteen", "RH15"),
        ("b n eleven", "BN11"),
        ("i live in b n two", "BN2"),
        ("um b n three i think", "BN3"),
        ("double u one", "W1"),
        ("e c one a", "EC1A"),
    ],
)
def test_postcode_that_was_asked_for(text: str, postcode: str) -> None:
    assert read_postcode(text, words_of(text), AREAS, asked=True) == postcode


@pytest.mark.parametrize(
    "text",
    ["yes", "brighton", "i don't know", "three", "why do you need that", "near the station", "",
     "i'd rather not say", "be in touch"],
)  # fmt: skip
def test_no_postcode(text: str) -> None:
    assert read_postcode(text, words_of(text), AREAS, asked=True) is None


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("i've got a two bedroom flat in b n three", "BN3"),
        ("it's at BN1 6PW", "BN1 6PW"),
        ("i have a two bed", None),
        ("i have a one bedroom flat", None),
        ("at ten on monday", None),
    ],
)
def test_postcode_in_passing(text: str, postcode: str | None) -> None:
    assert read_postcode(text, words_of(text), AREAS, asked=False) == postcode
