"""The families of errors: facts are attributes, the message is a sentence."""

from __future__ import annotations

from core.errors import (
    BrokenInvariantError,
    BusyError,
    InvalidInputError,
    NotFoundError,
    ParleyError,
    ProviderError,
    RefusedError,
)


def test_each_error_carries_its_facts() -> None:
    invalid = InvalidInputError("A voice is a name.", field="PARLEY_VOICE")
    assert (str(invalid), invalid.field) == ("A voice is a name.", "PARLEY_VOICE")
    assert InvalidInputError("Wrong.").field is None
    missing = NotFoundError("call", "CA1")
    assert (str(missing), missing.kind, missing.key) == ("There is no call CA1.", "call", "CA1")
    refused = RefusedError("not_own_number", "That is not your number.")
    assert (str(refused), refused.code) == ("That is not your number.", "not_own_number")
    failed = ProviderError("groq", "it is overloaded.", retryable=True)
    assert (str(failed), failed.provider) == ("groq: it is overloaded.", "groq")
    assert failed.retryable
    busy = BusyError("ollama", "four requests wait already.")
    assert (busy.provider, busy.retryable, busy.retry_after_s) == ("ollama", True, None)
    assert isinstance(busy, ProviderError)


def test_all_are_of_one_family() -> None:
    for kind in (InvalidInputError, NotFoundError, RefusedError, ProviderError):
        assert issubclass(kind, ParleyError)
    assert issubclass(BrokenInvariantError, ParleyError)
    assert not issubclass(ParleyError, ValueError)
