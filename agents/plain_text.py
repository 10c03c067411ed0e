"""Between a language model and a voice: only what can be spoken passes.

Models write for screens: Markdown, emojis, their own thoughts, and tool calls that were meant for
the program. The filter reads a stream from left to right and decides at every character as soon as
it can, so that plain words pass at once and the result is the same however the text arrives.
"""

from __future__ import annotations

import re
import unicodedata

from agents.plain_marks import (
    ADDRESSES,
    BEGUN,
    CALLS,
    DROPPED,
    FENCE,
    FENCE_BEGUN,
    FINAL,
    INNER,
    KEPT_SYMBOLS,
    LINE_MARK,
    MARKS,
    MAY_BECOME,
    PLAIN,
    SPOKEN_CHANNELS,
    SUSPECT,
    TAG,
    THOUGHTS,
    TOKEN,
    UNSEEN,
)


class PlainText:
    """The filter of one completion. Feed it text, speak what it gives."""

    def __init__(self) -> None:
        self._rest = ""
        self._until = ""  # the end tag of an element that is being dropped
        self._pair = "{}"  # the brackets of an object, or of the arguments of a call
        self._depth = 0  # of those brackets
        self._quote = ""  # around a string inside them
        self._escaped = False
        self._after_call = False  # a comma may follow: it is no word's
        self._address = False  # between "to=functions." and the arguments
        self._fenced = False
        self._deaf = False  # the rest is code
        self._link = False  # between the round brackets of a link
        self._head = False  # between "<|start|>" or "<|channel|>" and "<|message|>"
        self._channel = ""
        self._silent = False  # a channel that is not for the caller
        self._line_begins = True
        self._spaced = True  # the last thing given was white space
        self._last = ""
        self._over = False

    def feed(self, text: str) -> str:
        """What of the stream may be spoken by now."""
        self._rest += text
        if self._passes_whole():
            return self._whole()
        given: list[str] = []
        while self._rest and (used := self._step(given)):
            self._rest = self._rest[used:]
        return "".join(given)

    def _passes_whole(self) -> bool:
        """Whether the rest is plain words within a line, as most of it is."""
        inside = self._depth or self._until or self._link or self._silent or self._head
        inside = inside or self._address or self._deaf or self._after_call
        return (
            not (inside or self._line_begins)
            and PLAIN.fullmatch(self._rest) is not None
            and self._rest.rpartition(" ")[2] not in MAY_BECOME
            and SUSPECT.search(self._rest) is None
        )

    def _whole(self) -> str:
        """All of the rest, which is plain words."""
        rest, self._rest = self._rest, ""
        given = rest[1:] if self._spaced and rest[0] == " " else rest
        self._last = rest[-1]
        self._spaced = rest[-1] == " "
        return given

    def flush(self) -> str:
        """The stream is over: what was waited for does not come."""
        self._over = True
        return self.feed("")

    @property
    def broke_off(self) -> bool:
        """Whether something was begun and not ended: what was to come after it never came."""
        return self._over and bool(self._depth or self._until)

    def _step(self, given: list[str]) -> int:
        """Deal with the beginning of the rest: how many characters that took; 0 to wait."""
        first = self._rest[0]
        if self._deaf:
            return len(self._rest)
        if self._depth:
            return self._in_brackets(first)
        if self._until:
            return self._in_element()
        if self._link:
            self._link = first not in ")\n"
            return 1
        if self._address:
            self._address = first not in "{\n"
            return 1 if self._address else self._spoken(first, given)
        if first == "<":
            return self._angle(given)
        if self._silent or self._head:
            self._channel += first if self._head else ""
            return 1
        return self._spoken(first, given)

    def _opens(self, pair: str) -> None:
        """An object of JSON, or the arguments of a call, begins."""
        self._pair, self._depth, self._quote, self._escaped = pair, 1, "", False

    def _in_brackets(self, first: str) -> int:
        """Up to the end of what began; strings may hold brackets."""
        if self._escaped:
            self._escaped = False
        elif self._quote:
            self._escaped = first == "\\"
            self._quote = "" if first == self._quote else self._quote
        elif first == '"' or (first == "'" and self._pair == "()"):
            self._quote = first
        else:
            self._depth += (first == self._pair[0]) - (first == self._pair[1])
            # What follows is a text of its own.
            self._line_begins = self._after_call = self._depth == 0
        return 1

    def _in_element(self) -> int:
        """The content of an element that is dropped, to its end tag."""
        found = self._rest.lower().find(self._until)
        if found >= 0:
            used = found + len(self._until)
            self._until, self._line_begins = "", True
            return used
        return len(self._rest) - (0 if self._over else self._begun_at_end(self._until))

    def _begun_at_end(self, mark: str) -> int:
        """How much of ``mark`` the rest ends with: that much must wait."""
        low = self._rest.lower()
        return next((n for n in range(len(mark) - 1, 0, -1) if low.endswith(mark[:n])), 0)

    def _angle(self, given: list[str]) -> int:
        """A tag, a special token, or a plain "less than"."""
        if token := TOKEN.match(self._rest):
            self._special(token.group(1))
            return token.end()
        tag = TAG.match(self._rest)
        if tag is None:
            return self._spoken("<", given) if BEGUN.fullmatch(self._rest) is None else self._wait()
        name, whole = tag.group(1).lower(), tag.group().endswith(">")
        if not whole and tag.end() == len(self._rest):
            return self._wait()
        if name in INNER:
            self._until = "" if self._rest.startswith("</") else f"</{name}>"
        elif not whole:
            return self._spoken("<", given)
        return tag.end()

    def _wait(self) -> int:
        """The rest may become a tag; at the end it is one that broke off."""
        return len(self._rest) if self._over else 0

    def _special(self, name: str) -> None:
        """A token of the harmony format: who speaks, on which channel."""
        match name:
            case "start" | "channel":
                self._head, self._channel = True, ""
            case "message":
                self._silent = self._channel.split()[:1] not in SPOKEN_CHANNELS
                self._head = False
            case "end" | "return" | "call":
                self._head = self._silent = False
            case "python_tag":
                self._deaf = True
            case _:
                pass

    def _spoken(self, first: str, given: list[str]) -> int:
        """A character of the reply itself."""
        if self._line_begins and (used := self._mark_of_line(first)) is not None:
            return used
        if (used := self._fence() if first == "`" else self._mark()) is not None:
            return used
        following = self._rest[1:2]
        if first in "!]_" and not following and not self._over:
            return 0
        if first == "{":
            self._opens("{}")
        elif first == "]" and following == "(":
            self._link = True
            return 2
        elif first == "_" and not (self._last.isalnum() and following.isalnum()):
            pass  # emphasis, not a name
        elif first == "!" and following == "[":
            pass  # an image: its description stays
        elif self._after_call and first in ",;":
            pass  # the next call follows
        elif not self._is_dropped(first):
            self._give(first, given)
        return 1

    def _mark(self) -> int | None:
        """A call, or a head without its tokens, among the words; None when it is neither."""
        if self._last.isalnum() and not self._after_call:
            return None  # in the middle of a word
        if not self._rest.startswith(MARKS):
            return 0 if self._rest in MAY_BECOME and not self._over else None
        mark = next(each for each in MARKS if self._rest.startswith(each))
        if mark in CALLS:
            self._opens("()")
        elif mark in ADDRESSES:
            self._address = True
        elif mark in THOUGHTS:
            if self._last and mark == THOUGHTS[1]:
                return None  # a word like any other
            self._until = FINAL
        self._line_begins = True
        return len(mark)

    def _fence(self) -> int | None:
        """The begin or the end of a fence of code; None when it is neither."""
        if FENCE_BEGUN.fullmatch(self._rest) and not self._over:
            return 0
        fence = FENCE.match(self._rest)
        if fence is None:
            return None
        self._fenced = not self._fenced
        return fence.end() if self._fenced else 3

    def _mark_of_line(self, first: str) -> int | None:
        """A heading or a bullet at the beginning of a line; None when it is something else."""
        if first.isspace():
            return None
        if mark := LINE_MARK.match(self._rest):
            return mark.end()
        if not self._over and re.fullmatch(r"#{1,6}|[-*+•>]", self._rest):
            return 0
        self._line_begins = False
        return None

    def _is_dropped(self, first: str) -> bool:
        if first.isspace() or first in KEPT_SYMBOLS:
            return False
        return (
            first in DROPPED
            or unicodedata.category(first) in UNSEEN
            or "\U0001f3fb" <= first <= "\U0001f3ff"  # skin tones
        )

    def _give(self, first: str, given: list[str]) -> None:
        """Pass a character on; of white space only one."""
        self._last = first
        if not first.isspace():
            self._after_call = False
            self._spaced = False
            given.append(first)
            return
        if first == "\n":
            self._line_begins = True
        if not self._spaced:
            self._spaced = True
            given.append(" ")
