"""What holds for every test: property tests repeat, checkpoints are strict, logs start afresh."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

import app as app  # sets LangGraph's strict msgpack, which it reads when it is imported

hypothesis.settings.register_profile(
    "parley", deadline=None, derandomize=True, print_blob=True, max_examples=100
)
hypothesis.settings.load_profile("parley")


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command that sets up logging leaves no level and no handler to the tests after it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers[:] = [each for each in root.handlers if each in handlers]
        root.setLevel(level)
