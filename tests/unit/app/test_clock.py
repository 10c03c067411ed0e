"""The clock and entropy of the machine keep the promises of their ports."""

from __future__ import annotations

from datetime import UTC

from app.clock import MachineClock, machine_entropy
from core.clock import Clock, Entropy


def test_the_machine_clock_is_aware_and_never_goes_back() -> None:
    clock: Clock = MachineClock()
    assert clock.now().tzinfo is UTC
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first


def test_entropy_is_as_long_as_asked_and_never_the_same() -> None:
    entropy: Entropy = machine_entropy
    drawn = {entropy(16) for _ in range(50)}
    assert len(drawn) == 50
    assert {len(one) for one in drawn} == {16}
