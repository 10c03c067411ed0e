"""Rule: a log line is a static message, and personal data stands only in ``pii_`` fields."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: Final[list[str]] = PROJECT["tool"]["importlinter"]["root_packages"]
MODULES: Final = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

LOGGERS: Final = {"log", "_log", "logger", "_logger", "LOG"}
LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical", "msg", "log"}
BINDERS: Final = {"bind", "new", "bind_contextvars", "bound_contextvars"}

# A field whose last word is one of these holds somebody's data, unless that word measures it.
# fmt: off
PERSONAL: Final = {
    "phone", "number", "numbers", "e164", "msisdn", "caller", "callee", "lead", "contact",
    "person", "customer", "email", "mail", "address", "postcode", "transcript", "transcription",
    "text", "utterance", "words", "said", "says", "heard", "unheard", "reply", "sentence",
    "speech", "prompt", "message", "content", "wording", "digits", "dtmf", "answer", "name",
    "names", "firstname", "surname", "birthday", "slots", "variables", "recording", "audio", "to",
    "from", "from_", "theirs", "ours",
}
# fmt: on
HARMLESS: Final = {"turn_number", "call_id", "call_sid"}


def faults(source: str) -> list[str]:
    """What is wrong with the log calls in ``source``: their lines and keys."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method = node.func.attr
        if method in LEVELS and _is_logger(node.func.value):
            if not _has_static_message(node, method):
                found.append(f"{node.lineno}: the message is not a plain string")
            found += _personal_keys(node)
        elif method in BINDERS:
            found += _personal_keys(node)
    return found


def _is_logger(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):  # structlog.get_logger(...).info(...), log.bind(...).info(...)
        return isinstance(node.func, ast.Attribute) and (
            node.func.attr in {"get_logger", "getLogger"} or _is_logger(node.func.value)
        )
    if isinstance(node, ast.Attribute):
        return node.attr in LOGGERS
    return isinstance(node, ast.Name) and node.id in LOGGERS


def _has_static_message(node: ast.Call, method: str) -> bool:
    place = 1 if method == "log" else 0  # log(level, message)
    if len(node.args) <= place:
        return False
    message = node.args[place]
    return isinstance(message, ast.Constant) and isinstance(message.value, str)


def _personal_keys(node: ast.Call) -> list[str]:
    keys = [keyword.arg for keyword in node.keywords if keyword.arg is not None]
    return [f"{node.lineno}: {key} is not marked pii_" for key in keys if _is_personal(key)]


def _is_personal(key: str) -> bool:
    if key.startswith("pii_") or key in HARMLESS:
        return False
    return key in PERSONAL or key.rpartition("_")[2] in PERSONAL


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_log_lines_are_static_and_mark_personal_data(path: Path) -> None:
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ('log.info("heard", text=words)', "text is not marked pii_"),
        ('self._log.warning("called", to=number)', "to is not marked pii_"),
        ('logger.info("called", caller_number=n)', "caller_number is not marked pii_"),
        ('log.bind(lead_name=name).info("dialled")', "lead_name is not marked pii_"),
        ('structlog.get_logger().info("x", transcript=t)', "transcript is not marked pii_"),
        ('structlog.contextvars.bind_contextvars(phone=p)', "phone is not marked pii_"),
        ('log.info(f"called {number}")', "the message is not a plain string"),
        ('log.info("called " + number)', "the message is not a plain string"),
        ("log.error(str(error))", "the message is not a plain string"),
    ],
)  # fmt: skip
def test_a_planted_leak_is_found(planted: str, fault: str) -> None:
    assert faults(planted) == [f"1: {fault}"]


@pytest.mark.parametrize(
    "fine",
    [
        'log.info("reply cut", call_id=call, heard_ms=840, turn_number=3)',
        'log.info("turn heard", pii_text=words, confidence=0.9)',
        'log.log(20, "called", attempts=2)',
        'console.print(text=words)',
        'graph.new(nodes=3)',
        'log.exception("call failed", **facts)',
    ],
)  # fmt: skip
def test_marked_and_measured_fields_pass(fine: str) -> None:
    assert faults(fine) == []
