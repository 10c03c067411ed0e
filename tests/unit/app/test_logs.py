"""Logs: one line, fields, no secrets, and personal data only when asked for."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from app.logs import HIDDEN, configure_logs
from core.phone import PhoneNumber

NUMBER = "+447700900123"


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_machine_reads_one_json_object_a_line() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    structlog.get_logger("x").info("reply cut", heard_ms=840)
    [line] = lines(stream)
    assert line["event"] == "reply cut"
    assert line["heard_ms"] == 840
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_what_libraries_log_takes_the_same_way() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    logging.getLogger("library").warning("called %s", NUMBER, extra={"attempt": 2})
    [line] = lines(stream)
    assert line["event"] == "called +44…123"
    assert line["attempt"] == 2


def test_a_person_reads_plain_lines() -> None:
    stream = Terminal()
    configure_logs(stream=stream)
    structlog.get_logger("x").info("call opened", to=PhoneNumber(NUMBER))
    assert "call opened" in stream.getvalue()
    assert NUMBER not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_personal_data_is_dropped_unless_asked_for() -> None:
    for shown in (False, True):
        stream = io.StringIO()
        configure_logs(stream=stream, show_personal=shown)
        structlog.get_logger("x").info("turn heard", pii_text="my name is Ada", turn=2)
        assert ("pii_text" in lines(stream)[0]) is shown


def test_secrets_and_numbers_never_come_out() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    structlog.get_logger("x").info(
        "opened",
        auth_token="abc123",
        api_key="abc123",
        headers={"Authorization": "abc123", "Accept": "text"},
        redis_url="redis://user:abc123@host/0",
        numbers=[PhoneNumber(NUMBER), NUMBER],
        nothing=None,
        ok=True,
        share=0.5,
    )
    written = stream.getvalue()
    assert "abc123" not in written
    assert NUMBER not in written
    [line] = lines(stream)
    assert line["auth_token"] == HIDDEN
    assert line["headers"] == {"Authorization": HIDDEN, "Accept": "text"}
    assert line["numbers"] == ["+44…123", "+44…123"]
    assert (line["nothing"], line["ok"], line["share"]) == (None, True, 0.5)


def test_a_traceback_is_one_field_without_numbers() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    try:
        raise ValueError(NUMBER)
    except ValueError:
        structlog.get_logger("x").exception("call failed", error_code=21211)
    [line] = lines(stream)
    assert "ValueError: +44…123" in str(line["exception"])
    assert line["error_code"] == 21211


def test_the_level_is_kept_and_chatter_of_libraries_is_not() -> None:
    stream = io.StringIO()
    configure_logs("warning", stream=stream)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("library").info("quiet")
    configure_logs("DEBUG", stream=stream)
    logging.getLogger("httpx").info("GET https://example.org/?number=1")
    structlog.get_logger("x").debug("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logs("LOUD")
