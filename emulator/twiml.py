"""TwiML, verb by verb: the document of a webhook's answer as typed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from emulator.faults import Code, Fault, FaultError
from emulator.xml_tree import Element, XmlError, read_xml

PARAMETER_LIMIT: Final = 500  # characters of name and value together, Media Streams


@dataclass(frozen=True, slots=True)
class Say:
    """Speak ``text``; ``loop`` times."""

    text: str
    voice: str = ""
    language: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play the sound at ``url``, or press ``digits``."""

    url: str = ""
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for ``length_s`` seconds."""

    length_s: float = 1


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not answer an incoming call; ``reason`` is ``rejected`` or ``busy``."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Fetch another document; it replaces the rest of this one."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Dial:
    """Call ``numbers`` and join the first that answers."""

    numbers: tuple[str, ...]
    action: str | None = None
    method: str = "POST"
    timeout_s: float = 30
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """The media stream's server and what it is told at its start."""

    url: str
    name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    status_callback: str | None = None
    status_callback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class Connect:
    """Join the call to a bidirectional stream; blocks until the stream is over."""

    stream: Stream
    action: str | None = None
    method: str = "POST"


Verb: TypeAlias = Say | Play | Pause | Hangup | Reject | Redirect | Dial | Connect


@dataclass(frozen=True, slots=True)
class Document:
    """A ``<Response>``: verbs in order, and what was ignored on the way."""

    verbs: tuple[Verb, ...]
    warnings: tuple[Fault, ...] = ()


def parse(text: str | bytes) -> Document:
    """The document in ``text``.

    Unknown verbs are skipped with warning 12200, as Twilio does.

    Raises:
        FaultError: 12100, the document is not TwiML; 12200, a verb lacks what it needs.
    """
    try:
        root = read_xml(text)
    except XmlError as error:
        raise FaultError(Code.BAD_XML, f"Document parse failure: {error}") from error
    if root.name != "Response":
        raise FaultError(Code.BAD_XML, f"Document parse failure: the root is <{root.name}>")
    verbs: list[Verb] = []
    warnings: list[Fault] = []
    if root.text.strip():
        warnings.append(Fault(Code.SCHEMA_WARNING, "Text between the verbs is ignored"))
    for element in root.children:
        build = _VERBS.get(element.name)
        if build is None:
            warnings.append(Fault(Code.SCHEMA_WARNING, f"Unknown verb <{element.name}>"))
        else:
            verbs.append(build(element))
    return Document(tuple(verbs), tuple(warnings))


def _say(element: Element) -> Say:
    return Say(
        text=" ".join(element.whole_text().split()),
        voice=element.attributes.get("voice", ""),
        language=element.attributes.get("language", ""),
        loop=int(_number(element, "loop", 1)),
    )


def _play(element: Element) -> Play:
    url, digits = element.text.strip(), element.attributes.get("digits", "")
    if not url and not digits:
        raise _lacking(element, "a URL or digits")
    return Play(url=url, digits=digits, loop=int(_number(element, "loop", 1)))


def _pause(element: Element) -> Pause:
    return Pause(_number(element, "length", 1))


def _hangup(_: Element) -> Hangup:
    return Hangup()


def _reject(element: Element) -> Reject:
    reason = element.attributes.get("reason", "rejected")
    if reason not in {"rejected", "busy"}:
        raise _lacking(element, "the reason rejected or busy")
    return Reject(reason)


def _redirect(element: Element) -> Redirect:
    return Redirect(element.text.strip(), _method(element, "method"))


def _dial(element: Element) -> Dial:
    numbers = [child.text.strip() for child in element.children if child.name == "Number"]
    if element.text.strip():
        numbers.insert(0, element.text.strip())
    if not numbers:
        raise _lacking(element, "a number")
    return Dial(
        numbers=tuple(numbers),
        action=element.attributes.get("action"),
        method=_method(element, "method"),
        timeout_s=_number(element, "timeout", 30),
        caller_id=element.attributes.get("callerId", ""),
    )


def _connect(element: Element) -> Connect:
    streams = [child for child in element.children if child.name == "Stream"]
    if len(streams) != 1:
        raise _lacking(element, "one <Stream>")
    return Connect(
        stream=_stream(streams[0]),
        action=element.attributes.get("action"),
        method=_method(element, "method"),
    )


def _stream(element: Element) -> Stream:
    url = element.attributes.get("url", "")
    if not url:
        raise _lacking(element, "a url")
    parameters = {}
    for child in element.children:
        name = child.attributes.get("name", "")
        value = child.attributes.get("value", "")
        if child.name != "Parameter" or not name:
            raise _lacking(element, "named <Parameter>s only")
        if len(name) + len(value) >= PARAMETER_LIMIT:
            raise _lacking(element, f"parameters below {PARAMETER_LIMIT} characters")
        parameters[name] = value
    return Stream(
        url=url,
        name=element.attributes.get("name", ""),
        parameters=parameters,
        status_callback=element.attributes.get("statusCallback"),
        status_callback_method=_method(element, "statusCallbackMethod"),
    )


def _method(element: Element, attribute: str) -> str:
    method = element.attributes.get(attribute, "POST").upper()
    if method not in {"GET", "POST"}:
        raise _lacking(element, f"GET or POST as {attribute}")
    return method


def _number(element: Element, attribute: str, default: float) -> float:
    text = element.attributes.get(attribute)
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        raise _lacking(element, f"a whole number as {attribute}") from None
    if number < 0:
        raise _lacking(element, f"zero or more as {attribute}")
    return number


def _lacking(element: Element, what: str) -> FaultError:
    return FaultError(Code.SCHEMA_WARNING, f"<{element.name}> needs {what}")


_VERBS: Final[Mapping[str, Callable[[Element], Verb]]] = MappingProxyType(
    {
        "Say": _say,
        "Play": _play,
        "Pause": _pause,
        "Hangup": _hangup,
        "Reject": _reject,
        "Redirect": _redirect,
        "Dial": _dial,
        "Connect": _connect,
    }
)
