"""Logs: static messages with fields, without secrets and without personal data.

Everything, also what libraries log, goes through one handler to standard error: coloured lines
for a person at a terminal, one JSON object a line for a machine. A field whose key starts with
``pii_`` is personal data and is dropped unless the operator asks for it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PERSONAL: Final = "pii_"
HIDDEN: Final = "[hidden]"
SECRET_KEY: Final = re.compile(
    r"(?:^|_)(?:token|secret|password|authorization|cookie|signature|(?:api|private|field|parley)_key)$",
    re.I,
)
E164: Final = re.compile(r"(\+[1-9]\d)\d{2,10}(\d{3})(?!\d)")
URL_PASSWORD: Final = re.compile(r"(://[^:/@\s]*:)[^@/\s]+@")

# Libraries that put whole addresses, with what they carry, on a line for every request.
TALKATIVE: Final = ("httpx", "httpcore", "aiohttp.access", "twilio", "uvicorn.access", "websockets")


def configure_logs(
    level: str = "INFO", *, show_personal: bool = False, stream: TextIO | None = None
) -> None:
    """Set up logging for this process. Calling it again replaces the set-up.

    ``level``: a name of the standard library, in any case. ``stream``: standard error if None.

    Raises:
        ValueError: there is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"{level} is not a log level; use DEBUG, INFO, WARNING or ERROR")
    target = stream if stream is not None else sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not show_personal:
        last.append(drop_personal)
    last += [structlog.processors.format_exc_info, hide_secrets]  # hiding sees tracebacks as text
    if target.isatty():
        last.append(structlog.dev.ConsoleRenderer())
    else:
        last.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def drop_personal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out every field whose key says that it is personal data."""
    return {key: value for key, value in event.items() if not key.startswith(PERSONAL)}


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what its key calls a secret, and phone numbers and passwords inside any text."""
    return {
        key: value if key.startswith(PERSONAL) else _hidden(key, value)
        for key, value in event.items()
    }


def _hidden(key: str, value: object) -> object:
    if SECRET_KEY.search(key):
        return HIDDEN
    if isinstance(value, str):
        return URL_PASSWORD.sub(r"\1" + HIDDEN + "@", E164.sub(r"\1…\2", value))
    if isinstance(value, Mapping):
        return {str(name): _hidden(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _hidden("", str(value))
