"""Cues and commands as bytes and back: the inner format of a call's cue log.

A log is a row of records: a head with the state that the call began in, then for each cue the cue
and, when the reducer gave any, its commands; last an end with the digest of all commands. Voice
windows, thirty a second, are packed; everything else is JSON by its fields.
Numbers come back exactly as they were. What the agent expects is long and comes again with every
decode, so each expectation is written once and then referred to by its number.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from core.errors import InvalidInputError
from core.speech import Expectation
from voice.call_state import CallState
from voice.commands import Command
from voice.cues import Cue, VoiceWindow

FORMAT: Final = 1  # of the records; one more when an older program can no longer read them
HEAD, EXPECTATION, CUE, COMMANDS, END = b"H", b"X", b"J", b"C", b"E"
WINDOW: Final = b"W"
_PACKED: Final = struct.Struct("<ciiddd")  # WINDOW, at_ms, audio_ms, probability, level_db, echo
_FRAME: Final = struct.Struct("<cI")  # kind of record, length of its JSON
_ATOMS: Final = frozenset({int, float, str, bool, NoneType})

Taken: TypeAlias = tuple[Cue, tuple[Command, ...]]  # a cue, and what the reducer made of it


class CueEncoder:
    """Writes the records of one log, in order."""

    def __init__(self) -> None:
        self._expectations: dict[Expectation, int] = {}
        self._last: tuple[Expectation, int] | None = None
        self._new: list[bytes] = []
        self._digest = hashlib.sha256()
        self._cues = 0
        self._commands = 0

    def head(self, state: CallState, program: str) -> bytes:
        """The head: which ``program`` began the call, and in which ``state``."""
        told = {"format": FORMAT, "program": program, "state": self._plain(state)}
        return self._with_new(_record(HEAD, told))

    def cue(self, cue: Cue, commands: tuple[Command, ...]) -> bytes:
        """The records of one cue and its commands."""
        self._cues += 1
        if type(cue) is VoiceWindow:
            taken = _PACKED.pack(
                WINDOW, cue.at_ms, cue.audio_ms, cue.probability, cue.level_db, cue.echo
            )
        else:
            taken = self._with_new(_record(CUE, self._named(cue)))
        if not commands:
            return taken
        self._commands += len(commands)
        given = _record(COMMANDS, [self._named(command) for command in commands])
        _add(self._digest, self._cues, given)
        return taken + self._with_new(given)

    def end(self) -> bytes:
        """The end: how much there is, and the digest of all commands."""
        told = {"cues": self._cues, "commands": self._commands, "digest": self._digest.hexdigest()}
        return _record(END, told)

    def _with_new(self, record: bytes) -> bytes:
        """``record``, after the expectations that it is the first to name."""
        if not self._new:
            return record
        new, self._new = self._new, []
        return b"".join((*new, record))

    def _named(self, value: object) -> dict[str, object]:
        return {type(value).__name__: self._plain(value)}

    def _plain(self, value: Any) -> object:  # any value that a cue or a command can hold
        kind: Any = type(value)
        if kind in _ATOMS:
            return value
        if kind is Expectation:
            return {"=": self._number(value)}
        if kind is tuple:
            return [self._plain(each) for each in value]
        if kind is frozenset:
            return sorted(value)
        if isinstance(value, StrEnum):
            return value.value
        return {name: self._plain(getattr(value, name)) for name in _names(kind)}

    def _number(self, expects: Expectation) -> int:
        """The number of an expectation; most are the very object that came before."""
        if self._last is not None and self._last[0] is expects:
            return self._last[1]
        number = self._expectations.get(expects)
        if number is None:
            number = len(self._expectations)
            self._expectations[expects] = number
            fields = {name: self._plain(getattr(expects, name)) for name in _names(Expectation)}
            self._new.append(_record(EXPECTATION, fields))
        self._last = (expects, number)
        return number


@dataclass(frozen=True, slots=True)
class CueTrace:
    """What a log holds. ``digest`` is empty when the log has no end."""

    program: str  # the version that held the call
    state: CallState  # in which the call began
    taken: tuple[Taken, ...]
    digest: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the log was written to its end."""
        return bool(self.digest)

    @property
    def decisions(self) -> int:
        """How many commands the reducer gave."""
        return sum(len(commands) for _, commands in self.taken)


def decode(records: bytes) -> CueTrace:
    """The records of a log, read back; one that breaks off gives what it holds.

    Raises:
        InvalidInputError: these are no records, or this program does not know them.
    """
    try:
        return _Decoder().read(records)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error


class _Decoder:
    def __init__(self) -> None:
        self._expectations: list[Expectation] = []
        self._taken: list[Taken] = []
        self._head: tuple[str, CallState] | None = None
        self._digest = hashlib.sha256()
        self._end = ""

    def read(self, records: bytes) -> CueTrace:
        for kind, content in _split(records):
            if self._head is None and kind not in (HEAD, EXPECTATION):
                break
            self._take(kind, content)
        if self._head is None:
            raise _unreadable("it has no head")
        return CueTrace(*self._head, tuple(self._taken), self._end)

    def _take(self, kind: bytes, content: bytes) -> None:
        if kind == WINDOW:
            self._taken.append((VoiceWindow(*_PACKED.unpack(content)[1:]), ()))
            return
        told = json.loads(content[_FRAME.size :])
        if kind == EXPECTATION:
            self._expectations.append(self._fields(Expectation, told))
        elif kind == HEAD:
            self._begin(told)
        elif kind == CUE:
            self._taken.append((self._one_of(Cue, told), ()))
        elif kind == COMMANDS:
            _add(self._digest, len(self._taken), content)
            commands = tuple(self._one_of(Command, each) for each in told)
            self._taken[-1] = (self._taken[-1][0], commands)
        else:
            self._finish(told)

    def _begin(self, told: Any) -> None:
        if told["format"] > FORMAT:
            raise _unreadable(f"a newer program wrote it ({told['program']})")
        self._head = (str(told["program"]), self._fields(CallState, told["state"]))

    def _finish(self, told: Any) -> None:
        self._end = self._digest.hexdigest()
        if (told["cues"], told["digest"]) != (len(self._taken), self._end):
            raise _unreadable("its end does not fit what comes before it")

    def _one_of(self, union: Any, told: dict[str, Any]) -> Any:
        ((name, fields),) = told.items()
        return self._fields(_members(union)[name], fields)

    def _fields(self, kind: Any, told: dict[str, Any]) -> Any:
        """A ``kind`` of named fields; one that the writer did not know has its default."""
        hints = _hints(kind)
        if strange := sorted(told.keys() - hints.keys()):
            raise _unreadable(f"{kind.__name__} has no {', '.join(strange)} any more")
        return kind(**{name: self._value(hints[name], value) for name, value in told.items()})

    def _value(self, hint: Any, value: Any) -> Any:
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            inner = [each for each in get_args(hint) if each is not NoneType]
            return None if value is None else self._value(inner[0], value)
        if origin is tuple:
            return self._tuple(get_args(hint), value)
        if origin is frozenset:
            (inside,) = get_args(hint)
            return frozenset(self._value(inside, each) for each in value)
        if hint is Expectation:
            return self._expectations[value["="]]
        if dataclasses.is_dataclass(hint) or _is_named_tuple(hint):
            return self._fields(hint, value)
        return value if hint in _ATOMS else hint(value)

    def _tuple(self, hints: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
        if hints[-1] is Ellipsis:
            return tuple(self._value(hints[0], each) for each in values)
        return tuple(self._value(hint, each) for hint, each in zip(hints, values, strict=True))


def _split(records: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each whole record with its kind; what breaks off at the end is left out."""
    at = 0
    while at < len(records):
        kind = records[at : at + 1]
        if kind == WINDOW:
            size = _PACKED.size
        elif kind in (HEAD, EXPECTATION, CUE, COMMANDS, END):
            if at + _FRAME.size > len(records):
                return
            size = _FRAME.size + _FRAME.unpack_from(records, at)[1]
        else:
            raise _unreadable("there is something else in it")
        if at + size > len(records):
            return
        yield kind, records[at : at + size]
        at += size


def _record(kind: bytes, told: object) -> bytes:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return _FRAME.pack(kind, len(text)) + text


def _add(digest: Any, cue: int, record: bytes) -> None:
    """Add the commands that cue number ``cue`` led to."""
    digest.update(cue.to_bytes(4, "little"))
    digest.update(record)


def _unreadable(why: str) -> InvalidInputError:
    return InvalidInputError(f"The cue log cannot be read: {why}.", field="call")


def _is_named_tuple(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    if issubclass(kind, tuple):
        return tuple(kind._fields)
    return tuple(each.name for each in dataclasses.fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _members(union: Any) -> dict[str, Callable[..., Any]]:
    return {each.__name__: each for each in get_args(union)}
