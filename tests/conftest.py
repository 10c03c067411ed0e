"""Fixtures for every test: property tests are repeatable and never timed on a wall clock."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile(
    "parley", deadline=None, derandomize=True, print_blob=True, max_examples=100
)
hypothesis.settings.load_profile("parley")
