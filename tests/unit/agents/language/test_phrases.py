"""What hearing is told to expect is what reading understands."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agents.language.phrases import (
    ALWAYS,
    AT_THE_START,
    MOST_PHRASES,
    WANTING,
    likely_names,
    likely_phrases,
)
from agents.language.read import read
from agents.language.reading import Intent, Reading
from agents.script import QuestionKind, Script
from agents.script_loader import SHIPPED, shipped_script
from agents.thread import Topic

NOW = datetime(2026, 11, 20, 11, 12, tzinfo=ZoneInfo("Europe/London"))
SCRIPTS = [shipped_script(name) for name in SHIPPED]
CALLBACK = (Topic.CALLBACK_TIME, Topic.CALLBACK_CONFIRM)
QUIET = Topic.TIME  # a topic at which all of these mean what they say


def understood(phrase: str, script: Script, asked: str = QUIET) -> Reading:
    return read(phrase, script=script, asked=asked, offers=(), now=NOW)


def asked_in(script: Script) -> list[str]:
    return [*Topic, *(question.id for question in script.questions)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
@pytest.mark.parametrize(
    ("intent", "phrase"), [(intent, phrase) for intent, row in ALWAYS.items() for phrase in row]
)
def test_what_may_always_be_said(script: Script, intent: Intent, phrase: str) -> None:
    for asked in asked_in(script):
        reading = understood(phrase, script, asked)
        if intent is Intent.NOT_INTERESTED and asked == Topic.MORE:
            assert reading.has(Intent.NO)  # "anything else?" ends with a no
        elif intent is Intent.CALL_LATER and asked in CALLBACK and reading.when is not None:
            assert reading.has(Intent.ANSWER)  # that was the question
        else:
            assert reading.has(intent)
            assert not reading.has(Intent.YES)


@pytest.mark.parametrize(
    ("intent", "phrase"),
    [(intent, phrase) for intent, row in AT_THE_START.items() for phrase in row],
)
def test_what_is_said_at_the_start(intent: Intent, phrase: str) -> None:
    assert understood(phrase, SCRIPTS[0], Topic.RIGHT_PERSON).has(intent)


@pytest.mark.parametrize("phrase", WANTING)
def test_who_wants_an_appointment(phrase: str) -> None:
    assert understood(phrase, SCRIPTS[1], Topic.PURPOSE).has(Intent.WANTS_APPOINTMENT)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_fact_and_objection_in_its_own_words(script: Script) -> None:
    missed = [
        (fact.id, phrase, reading.fact)
        for fact in script.facts
        for phrase in fact.says
        if (reading := understood(phrase, script)).fact != fact.id
        or not reading.has(Intent.QUESTION)
    ] + [
        (objection.id, phrase, reading.objection)
        for objection in script.objections
        for phrase in objection.says
        if (reading := understood(phrase, script)).objection != objection.id
        or not reading.has(Intent.OBJECTION)
    ]
    assert missed == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_option_in_its_own_words(script: Script) -> None:
    missed = []
    for question in script.questions:
        for option in question.options:
            for phrase in option.says:
                reading = understood(phrase, script, question.id)
                if question.kind is QuestionKind.YES_NO:
                    good = reading.has(Intent(option.id))
                else:
                    good = reading.choice == option.id
                if not good:
                    missed.append((question.id, option.id, phrase))
    assert missed == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_phrases_are_words_in_a_sensible_number(script: Script) -> None:
    for asked in ["", *asked_in(script)]:
        phrases = likely_phrases(script, asked)
        assert 30 <= len(phrases) <= MOST_PHRASES
        assert len(set(phrases)) == len(phrases)
        assert all(re.fullmatch(r"[a-z][a-z' ]*", phrase) for phrase in phrases)


def spoken_words(script: Script) -> set[str]:
    phrases = [phrase for asked in asked_in(script) for phrase in likely_phrases(script, asked)]
    phrases += [phrase for fact in script.facts for phrase in fact.says]
    phrases += [phrase for objection in script.objections for phrase in objection.says]
    return {word for phrase in (*phrases, *likely_names(script)) for word in phrase.split()}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_the_offline_recogniser_can_pronounce_them(script: Script) -> None:
    pocketsphinx = pytest.importorskip("pocketsphinx")
    lines = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text().splitlines()
    known = {line.split()[0] for line in lines if line}
    assert spoken_words(script) - known == set()
