"""Signs: Markdown, brackets, quotation marks, dashes, emojis. What is left is said by words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from voice.spoken.numbers import in_words
from voice.spoken.sheet import CLAIMED, Rules, Said

_DROPPED: Final = ""
_APART: Final = " "
_WORDS: Final = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "£": "pounds",
    "€": "euros", "$": "dollars", "°": "degrees", "×": "times", "÷": "divided by",
    "±": "plus or minus", "§": "section", "→": "to", "¥": "yen", "₹": "rupees", "¢": "cents",
}  # fmt: skip
_PAUSES: Final = frozenset("()[]{}|•·‣◦—–")
_PARTS: Final = {"½": "a half", "¼": "a quarter", "¾": "three quarters"}
_UNSEEN: Final = frozenset({"Cf", "Cs"})  # leave no gap behind

_FENCE = re.compile(r"```(?:[\w+#.-]{1,20}(?=\n))?|~~~")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\((?:[^()\s]{0,500})(?:\s+\"[^\"\n]{0,100}\")?\)")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>\n]{0,200})?/?>")
_LINE_MARK = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,8}(?:#{1,6}|[-*+•>])(?=\s)(?:\s\[[ xX]\](?=\s))?", re.M
)
_RULE = re.compile(
    r"(?:^|(?<=\n))[ \t]{0,8}(?:-{3,200}|\*{3,200}|_{3,200}|={3,200})[ \t]{0,8}(?=\n|$)"
)
_EMPHASIS = re.compile(r"\*{2,3}(?=\S)|(?<=\S)\*{2,3}|~~|`|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
_STARRED = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,300})(?<=\S)\*(?![\w*])")
_STAR = re.compile(r"(?<!\w)\*(?=[^\W\d])|(?<=[^\W\d])(?<!II)\*(?!\w)|(?<=[.,!?])\*(?!\w)")
_KEY = re.compile(
    r"\b(?i:press|pressing|hit|push|dial|then|or|followed by)(?: the)? (?P<one>[#*])(?=[\s.,;!?]|$)"
    r"|(?P<key>[#*])(?= (?:key|button)\b)|(?:, |\b(?:and|or) )(?P<then>[#*])(?= (?:to|for) [a-z])"
)  # of a telephone
_ENTITY = re.compile(r"&(?P<name>amp|nbsp|lt|gt|quot|apos|#39|#x27|pound|ndash|mdash);")
_ENTITIES: Final = {"amp": "and", "apos": "'", "#39": "'", "#x27": "'", "ndash": ",", "mdash": ","}
_LINES = re.compile(r"[ \t]{0,20}[\r\n\u2028\u2029]+")
_SLASH = re.compile(
    rf"(?<=\s)/(?=\s)|(?<=[^\W\d])/(?=[^\W\d])|(?<={CLAIMED})/(?=[^\W\d]|{CLAIMED})|(?<=[^\W\d])/(?={CLAIMED})"
)
_EACH = re.compile(r"(?P<short>yr)?(?:(?<=yr)|year|month|week|person|visit)\b")  # "calls/week"
_PUNCTUATION = re.compile(r"[.,;:!?…](?:\s{0,3}[.,;:!?…]){1,200}|…")
_SENTENCE = re.compile(r"[A-Z](?<!I)|I[a-z]")
_DASH = re.compile(r"[-–—]{2,200}|[–—]|(?<=\s)-{1,3}(?=\s)")
_HYPHEN = re.compile(rf"(?<![\w{CLAIMED}])-|-(?![\w{CLAIMED}])")
_QUOTE = re.compile(rf"(?<![^\W\d_])(?!(?<={CLAIMED})'s\b)'|'(?![^\W\d_])")
_INNER_DOT = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
_INNER_COLON = re.compile(rf"[;:!?](?=[\w{CLAIMED}])")
_LONE_DOT = re.compile(r"(?:(?<=\s)|^)[.](?=\w)")
_OTHER = re.compile(rf"[^\w\s.,;:!?'\-{CLAIMED}]|_")
_NUMERALS = re.compile(r"[\u00b2-\u00be\u2070-\u218b\u2460-\u2793\u3200-\u33ff]|[^\W\d_a-zA-Z]")


def _key(found: re.Match[str]) -> Said:
    group = next(name for name in ("one", "key", "then") if found[name])
    return ((*found.span(group), "hash" if found[group] == "#" else "star"),)


def _starred(found: re.Match[str]) -> Said:
    start, end = found.span(1)
    return ((found.start(), start, _DROPPED), (end, found.end(), _DROPPED))


def _link(found: re.Match[str]) -> Said:
    start, end = found.span(1)
    return ((found.start(), start, _DROPPED), (end, found.end(), _DROPPED))


def _line_end(found: re.Match[str]) -> Said:
    before = found.string[: found.start()].rstrip()
    return _APART if not before or before[-1] in ".,;:!?" else ","


def _slash(found: re.Match[str]) -> Said:
    """ "he or she", "ten pounds per visit"; beside figures the two only follow each other."""
    before, after = found.string[found.start() - 1], found.string[found.end()]
    if before.isspace():
        return ","
    if CLAIMED not in (before, after):
        each = _EACH.match(found.string, found.end())
        if each is not None and each["short"]:
            return ((*found.span(), "per"), (*each.span(), "year"))
        return "or" if each is None else "per"
    return "per" if after.islower() else ","


def _punctuation(found: re.Match[str]) -> Said:
    """Several signs are one; an ellipsis is a pause, or the end if a sentence follows."""
    signs = found[0]
    for sign in "?!":
        if sign in signs:
            return sign
    if signs.endswith(("…", "...", ". . .")):
        following = found.string[found.end() : found.end() + 40].lstrip()
        return "." if not following or _SENTENCE.match(following) else ","
    return signs[0] if signs[0] in ";:" else signs[-1]


def _inner_dot(found: re.Match[str]) -> Said:
    """A full stop without its blank, or the dot of a name."""
    return "." if found.string[found.end()].isupper() else "dot"


def _numeral(found: re.Match[str]) -> Said:
    """A sign that is a number in itself ("Ⅳ", "⑩"); letters are not."""
    sign = found[0]
    if unicodedata.category(sign) not in ("No", "Nl"):
        return None
    worth = unicodedata.numeric(sign, -1)
    if sign in _PARTS:
        return _PARTS[sign]
    return in_words(int(worth)) if worth >= 0 and worth == int(worth) else _APART


def _other(found: re.Match[str]) -> Said:
    sign = found[0]
    if sign in _WORDS:
        return _WORDS[sign]
    if sign in _PAUSES:
        return ","
    category = unicodedata.category(sign)
    if category[0] == "M" and _is_vowel_sign(found):
        return None
    return _DROPPED if category in _UNSEEN else _APART


def _is_vowel_sign(found: re.Match[str]) -> bool:
    """Whether a mark belongs to the letter before it, as in Hindi, and not to an emoji."""
    before = found.string[found.start() - 1] if found.start() else ""
    return (before.isalpha() or unicodedata.category(before or " ")[0] == "M") and not (
        "\ufe00" <= found[0] <= "\ufe0f" or "\u20d0" <= found[0] <= "\u20ff"
    )


MARKDOWN: Final = Rules(
    re.compile(r"[*_`#~<>|&\[\r\n\u2028\u2029=•]|^\s*[-+]\s"),
    (
        (_KEY, _key),
        (_ENTITY, lambda found: _ENTITIES.get(found["name"], _APART)),
        (_FENCE, lambda found: _APART),
        (_LINK, _link),
        (_TAG, lambda found: _APART),
        (_RULE, lambda found: _APART),
        (_LINE_MARK, lambda found: _APART),
        (_EMPHASIS, lambda found: _DROPPED),
        (_STARRED, _starred),
        (_STAR, lambda found: _DROPPED),
        (_LINES, _line_end),
    ),
)
LAST_SIGNS: Final = Rules(
    re.compile(r"[^\w\s]|_|[^\x00-\x7f]"),
    (
        (_SLASH, _slash),
        (_DASH, lambda found: ","),
        (_INNER_DOT, _inner_dot),
        (_PUNCTUATION, _punctuation),
        (_HYPHEN, lambda found: _APART),
        (_QUOTE, lambda found: _DROPPED),
        (_INNER_COLON, lambda found: found[0]),
        (_LONE_DOT, lambda found: "."),
        (_NUMERALS, _numeral),
        (_OTHER, _other),
    ),
)
