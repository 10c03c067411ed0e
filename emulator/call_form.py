"""What the REST API is asked about a call: the form read, refused or turned into a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.call import CallPlan, ChangeCall, TwimlAt, TwimlSource, TwimlText

E164: Final = re.compile(r"\+[1-9]\d{6,14}")
TWIML_LIMIT: Final = 4000  # characters of the Twiml parameter
ALL_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})

# Test numbers that always fail, as Twilio's test credentials have them.
MAGIC_NUMBERS: Final[Mapping[str, tuple[int, str]]] = {
    "+15005550001": (21217, "Phone number does not appear to be valid"),
    "+15005550002": (21214, "'To' phone number cannot be reached"),
    "+15005550003": (21215, "Account not authorized to call this number"),
    "+15005550004": (21216, "Account not allowed to call this number"),
}


class ApiRefusalError(Exception):
    """The API says no, in the shape of Twilio's error bodies."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        """The JSON of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class Form:
    """A form post whose names may repeat."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def one(self, name: str, default: str = "") -> str:
        """The last value of ``name``."""
        values = self._fields.get(name)
        return values[-1] if values else default

    def many(self, name: str) -> tuple[str, ...]:
        """All values of ``name``; one value may hold several words."""
        return tuple(word for value in self._fields.get(name, ()) for word in value.split())

    def link(self, name: str, method_name: str) -> TwimlAt | None:
        """The URL called ``name`` with its method, when given."""
        url = self.one(name)
        if not url:
            return None
        if not url.startswith(("http://", "https://")):
            raise ApiRefusalError(400, 21205, f"{name} is not a valid URL: {url}")
        return TwimlAt(url, self.one(method_name, "POST").upper())

    def seconds(self, name: str, default: float) -> float:
        """A whole number of seconds."""
        text = self.one(name)
        if not text:
            return default
        if not text.isdigit():
            raise ApiRefusalError(400, 20001, f"{name} must be a whole number")
        return int(text)

    def source(self) -> TwimlSource | None:
        """Where the TwiML comes from: ``Url`` first, then ``Twiml``."""
        link = self.link("Url", "Method")
        if link is not None:
            return link
        text = self.one("Twiml")
        if len(text) > TWIML_LIMIT:
            raise ApiRefusalError(400, 21624, f"Twiml is longer than {TWIML_LIMIT} characters")
        return TwimlText(text) if text else None


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to place."""

    from_: str
    to: str
    plan: CallPlan


def read_create(form: Form) -> NewCall:
    """The call that a create request asks for.

    Raises:
        ApiRefusalError: with Twilio's code for what is wrong.
    """
    to, from_ = form.one("To"), form.one("From")
    if not to:
        raise ApiRefusalError(400, 21201, "No 'To' number is specified")
    if to in MAGIC_NUMBERS:
        raise ApiRefusalError(400, *MAGIC_NUMBERS[to])
    if not E164.fullmatch(to):
        raise ApiRefusalError(400, 21211, f"The phone number you are calling, {to}, is not valid.")
    if not from_:
        raise ApiRefusalError(400, 21213, "No 'From' number is specified")
    if not E164.fullmatch(from_):
        raise ApiRefusalError(400, 21212, f"The source phone number, {from_}, is not valid.")
    source = form.source()
    if source is None:
        raise ApiRefusalError(400, 21205, "Url or Twiml parameter is required")
    return NewCall(from_, to, _plan(form, source))


def _plan(form: Form, source: TwimlSource) -> CallPlan:
    events = form.many("StatusCallbackEvent")
    return CallPlan(
        source=source,
        fallback=form.link("FallbackUrl", "FallbackMethod"),
        status_callback=form.link("StatusCallback", "StatusCallbackMethod"),
        status_events=frozenset(events) & ALL_EVENTS or frozenset({"completed"}),
        ring_s=form.seconds("Timeout", 60),
        time_limit_s=form.seconds("TimeLimit", 4 * 3600),
        machine_detection=form.one("MachineDetection"),
        is_async_amd=form.one("AsyncAmd").lower() == "true",
        amd_callback=form.link("AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod"),
    )


def read_update(form: Form) -> ChangeCall | str:
    """What an update asks for: another flow, or the status ``completed`` or ``canceled``.

    Raises:
        ApiRefusalError: it asks for nothing, or for something else.
    """
    status = form.one("Status").lower()
    if status in {"completed", "canceled"}:
        return status
    source = form.source()
    if status or source is None:
        raise ApiRefusalError(400, 20001, "Give Url or Twiml, or completed or canceled as Status")
    return ChangeCall(source)
