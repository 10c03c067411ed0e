"""Findings, how checks are run, and how the report shows them."""

from __future__ import annotations

import asyncio
import io
import json

import pytest
from rich.console import Console

from app.doctor.check import Check, Findings, Group, findings_of, in_short, perform
from app.doctor.finding import Finding, State, fail, ok, skip, warn
from app.doctor.report import Report, show_group
from core.errors import BrokenInvariantError, ProviderError
from tests.virtual_time import virtual_time


@pytest.mark.parametrize("state", [State.WARN, State.FAIL])
@pytest.mark.parametrize("remedy", ["", "  "])
def test_trouble_without_a_remedy_cannot_be_told(state: State, remedy: str) -> None:
    with pytest.raises(BrokenInvariantError, match="what to do"):
        Finding("Postgres", state, "it does not answer", remedy)


def test_a_finding_says_something() -> None:
    with pytest.raises(BrokenInvariantError, match="says nothing"):
        ok("Postgres", " ")


def test_what_goes_well_needs_no_remedy() -> None:
    assert ok("Postgres", "answers").remedy == skip("Twilio", "not set").remedy == ""


def answering(*findings: Finding) -> Check:
    async def run() -> Findings:
        return findings

    return Check("given", run, "Run: parley doctor")


def failing(error: Exception) -> Check:
    async def run() -> Findings:
        raise error

    return Check("Redis", run, "See that REDIS_URL is right.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ProviderError("redis", "gone", retryable=True), "redis: gone"),
        (KeyError("maxmemory"), "KeyError: 'maxmemory'"),
        (ValueError("first line\nsecond line"), "ValueError: first line"),
    ],
)
async def test_an_error_becomes_a_failure_with_the_remedy_of_its_check(
    error: Exception, said: str
) -> None:
    assert await findings_of(failing(error)) == (
        fail("Redis", said, "See that REDIS_URL is right."),
    )


def test_a_long_error_is_told_in_short() -> None:
    assert len(in_short(ValueError("x" * 1000))) < 310
    assert in_short(TimeoutError()) == "TimeoutError"


@virtual_time
async def test_a_check_that_hangs_is_given_up_and_the_others_are_told() -> None:
    told: list[tuple[str, list[Finding]]] = []

    async def hang() -> Findings:
        await asyncio.Event().wait()
        raise AssertionError

    groups = [
        Group("Services", [Check("Redis", hang, "Set REDIS_URL.", limit_s=10)]),
        Group("Voice", [answering(ok("espeak-ng", "speaks"))]),
    ]
    await perform(groups, lambda name, found: told.append((name, list(found))))
    assert told == [
        ("Services", [fail("Redis", "no answer within 10 s", "Set REDIS_URL.")]),
        ("Voice", [ok("espeak-ng", "speaks")]),
    ]


async def test_what_is_measured_runs_alone_and_last() -> None:
    running: set[str] = set()
    beside: dict[str, set[str]] = {}

    def check(name: str, *, measures: bool) -> Check:
        async def run() -> Findings:
            running.add(name)
            for _ in range(3):
                beside[name] = beside.get(name, set()) | (running - {name})
                await asyncio.sleep(0)
            running.remove(name)
            return (ok(name, "ran"),)

        return Check(name, run, "Run: parley doctor", measures=measures)

    told: list[str] = []
    groups = [
        Group("Hearing", [check("Silero", measures=True), check("weights", measures=False)]),
        Group("Carrier", [check("Twilio", measures=False), check("Whisper", measures=True)]),
    ]
    await perform(groups, lambda _, found: told.extend(one.name for one in found))
    assert told == ["Silero", "weights", "Twilio", "Whisper"]
    assert beside["Silero"] == beside["Whisper"] == set()
    assert beside["weights"] == {"Twilio"}


def test_a_report_counts_and_says_what_is_usable() -> None:
    report = Report()
    report.add("Machine", [ok("Python", "3.11"), warn("Memory", "little", "Close programs.")])
    assert report.last_line == "1 ok, 1 warning, 0 failures. Ready: parley call booking"
    assert not report.has_failed
    report.add("Carrier", [fail("Twilio", "refused", "Set TWILIO_AUTH_TOKEN.")])
    report.add("Brain", [fail("Ollama", "not there", "Run: ollama serve")])
    assert report.has_failed
    assert report.last_line == (
        "1 ok, 1 warning, 2 failures. Calls on this machine work: parley call booking. "
        "Not usable: brain and carrier."
    )
    report.add("Services", [fail("Postgres", "not there", "Set DATABASE_URL.")])
    assert "Not ready" in report.last_line
    assert "parley call" not in report.last_line


def test_no_secret_and_no_whole_number_is_shown() -> None:
    report = Report({"s3cret-token", "AC" + "1" * 32})
    (shown,) = report.add(
        "Carrier",
        [
            fail(
                "Twilio",
                f"AC{'1' * 32} with s3cret-token at http://anna:pass@host called +442079460123",
                "Do not use http://anna:pass@host or +442079460123.",
            )
        ],
    )
    for hidden in ("s3cret", "1111", ":pass@", "2079460"):
        assert hidden not in shown.what + shown.remedy
    assert "…123" in shown.what
    assert json.loads(report.as_json())["groups"][0]["findings"][0]["what"] == shown.what


def test_a_password_that_is_a_word_hides_no_word_but_its_place() -> None:
    report = Report({"parley", "gsk_abc"})
    what = "postgresql://parley:parley@db: see /var/lib/parley, not gsk_abc"
    (shown,) = report.add("Services", [fail("Postgres", what, "Run: parley migrate")])
    assert shown.remedy == "Run: parley migrate"
    assert shown.what == "postgresql://parley:[hidden]@db: see /var/lib/parley, not [hidden]"


def shown_as(width: int, *findings: Finding) -> str:
    out = io.StringIO()
    show_group(Console(file=out, width=width), "Services", findings)
    return out.getvalue()


def test_a_line_has_its_state_and_the_remedy_stands_below() -> None:
    lines = shown_as(120, fail("Postgres", "refused", "Run: parley migrate")).splitlines()
    assert lines == [
        "Services",
        "  FAIL Postgres         refused",
        "                        -> Run: parley migrate",
    ]


def test_a_narrow_terminal_wraps_between_words_and_cuts_none() -> None:
    remedy = "Set it: https://a-long-address.example.com/with/a/path/that/is/not/cut"
    text = shown_as(60, warn("Postgres", "one two three four five six seven eight", remedy))
    assert remedy.split()[-1] in text
    assert text.split()[:3] == ["Services", "warn", "Postgres"]
    assert " ".join(text.split()).count("seven eight") == 1


def test_brackets_are_no_markup_and_an_empty_group_has_no_heading() -> None:
    assert "[red]x[/red]" in shown_as(80, ok("A", "[red]x[/red]"))
    assert shown_as(80) == ""
