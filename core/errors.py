"""The five families of errors. Facts are attributes, the message is a sentence."""

from __future__ import annotations


class ParleyError(Exception):
    """Any error that Parley raises on purpose."""


class InvalidInputError(ParleyError):
    """What came in is wrong; the message says what to change. ``field`` names the place."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFoundError(ParleyError):
    """There is no such thing. ``kind`` is its noun, ``key`` what was looked for."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"There is no {kind} {key}.")
        self.kind = kind
        self.key = key


class RefusedError(ParleyError):
    """A rule said no. ``code`` is stable and machine-readable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ProviderError(ParleyError):
    """A vendor failed. ``retryable`` says whether another attempt can help.

    The message is in our words and holds nothing of what was said on the line: it is shown.
    ``retry_after_s``: how long the vendor asked to be left alone, where it did.
    """

    def __init__(
        self, provider: str, message: str, *, retryable: bool, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class BusyError(ProviderError):
    """There was no room for one more request: our own limit, so no fault of the provider."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=True)


class BrokenInvariantError(ParleyError):
    """The program contradicts itself: a bug, never the user's fault."""
