"""What models write among the words that is meant for a program: tags, tokens, calls, heads."""

from __future__ import annotations

import re
from typing import Final

from agents.tools.specs import Tool

# Elements whose content is not for the caller, up to their end tag.
INNER: Final = frozenset(
    {
        "think", "thinking", "thought", "reasoning", "analysis", "reflection", "scratchpad",
        "function", "functions", "function_call", "function_calls", "tool", "tools", "tool_call",
        "tool_calls", "tool_response", "tool_code",
    }
)  # fmt: skip

# A tag or a special token, or what may become one. Longer tags do not occur.
TAG: Final = re.compile(r"</?([a-zA-Z][\w-]{0,30})[^<>{]{0,60}>?")
TOKEN: Final = re.compile(r"<\|([^|<>]*)\|>")
BEGUN: Final = re.compile(r"</?|<\|[^|<>]{0,40}\|?")

# What may stand at the beginning of a line: headings, bullets, quotations.
LINE_MARK: Final = re.compile(r"(?:#{1,6}|[-*+•>])(?=\s)")

# A fence of code, with the word that names its language; and what may become one.
FENCE: Final = re.compile(r"```(?:[\w+#.-]+(?=[\s{\[(]))?")
FENCE_BEGUN: Final = re.compile(r"`{1,2}|```[\w+#.-]*")

# Words with single spaces between, of signs that mean nothing but themselves.
PLAIN: Final = re.compile(r" ?(?:[A-Za-z0-9,.;:?'’]+(?: |$))+")

DROPPED: Final = frozenset("*`~[]\u200d\u20e3\ufe0e\ufe0f")
KEPT_SYMBOLS: Final = frozenset("°")
UNSEEN: Final = frozenset({"So", "Cc", "Cf", "Cs", "Co", "Cn"})  # emojis, control characters

# Heads of harmony messages whose text is for the caller; what follows "<|channel|>analysis" is not.
SPOKEN_CHANNELS: Final[tuple[list[str], ...]] = ([], ["final"], ["assistant"])

# The same heads where a server left their tokens out: "assistantfinalGood morning".
FINAL: Final = "assistantfinal"
PREAMBLE: Final = "assistantcommentary"
THOUGHTS: Final = ("assistantanalysis", "analysis")  # the second only as the first word of all
ADDRESSES: Final = ("to=functions.", "commentary to=functions.")  # up to the arguments
CALLS: Final = tuple(f"{place}{tool}(" for tool in Tool for place in ("", "functions."))

MARKS: Final = (FINAL, PREAMBLE, *THOUGHTS, *ADDRESSES, *CALLS)
MAY_BECOME: Final = frozenset(mark[:size] for mark in MARKS for size in range(1, len(mark)))
SUSPECT: Final = re.compile(r"assistant|commentary")  # heads of nothing but letters
