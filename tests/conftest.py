"""What holds for every test: property tests are repeatable, checkpoints are strict."""

from __future__ import annotations

import hypothesis

import app as app  # sets LangGraph's strict msgpack, which it reads when it is imported

hypothesis.settings.register_profile(
    "parley", deadline=None, derandomize=True, print_blob=True, max_examples=100
)
hypothesis.settings.load_profile("parley")
