"""E-mail and web addresses: "at", "dot", "dash"; letters where a part cannot be said as a word."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.letters import sayable, spelled
from voice.spoken.numbers import digits
from voice.spoken.sheet import Rules, Said

_SIGNS: Final = {
    ".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", "+": "plus",
    "~": "tilde", "%": "percent", "'": "apostrophe",
}  # fmt: skip
_AS_LETTERS: Final = frozenset(("uk", "eu", "ie", "io", "ai", "us", "tv", "pdf"))
_AS_WORDS: Final = frozenset(("com", "www"))
INITIAL_AND_NAME: Final = 4  # letters at least, one more: "xab" is no name
_SHORT: Final = 2  # a part of so few letters is no word: "js", "bn", but not "co" or "my"
_SHORT_WORDS: Final = frozenset(("co", "me", "my", "go", "at", "in", "on", "we", "to", "no", "jo"))

# Names of two words or more, and letters, that everybody knows.
_KNOWN: Final = {
    "btinternet": "B.T internet", "btopenworld": "B.T open world", "ntlworld": "N.T.L world",
    "virginmedia": "virgin media", "talktalk": "talk talk", "googlemail": "google mail",
    "blueyonder": "blue yonder", "linkedin": "linked in", "onthemarket": "on the market",
}  # fmt: skip
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?:\bmailto:)?(?<![\w.%+-])(?P<address>[A-Za-z0-9][\w.%+'-]{{0,63}}@{_LABEL}(?:\.{_LABEL}){{0,5}})"
)
_PATH = r"(?P<path>(?:/[\w%~.+-]{0,80}){0,8})(?:[?#][^\s<>\"']{0,300})?"
_WEB = re.compile(
    rf"(?<![\w@])(?:[a-z]{{2,8}}://)(?:www\.)?(?P<address>{_LABEL}(?:\.{_LABEL}){{0,5}})(?::\d{{1,5}})?{_PATH}"
    rf"|(?<![\w@])www\.(?P<bare>{_LABEL}(?:\.{_LABEL}){{0,5}})(?P<path2>(?:/[\w%~.+-]{{0,80}}){{0,8}})"
    r"(?:\?[^\s<>\"']{0,300})?"
)
_DOMAIN = re.compile(
    rf"(?<![\w@.-])(?P<address>(?:{_LABEL}\.){{1,4}}"
    r"(?:com|org|net|uk|gov|info|eu|ie|io|london|wales|scot|app|dev|ai|biz|co|ly|shop|online|pdf|docx?|xlsx|jpe?g|png|csv))"
    r"(?![\w-]|\.\w)(?P<path>(?:/[\w%~.+-]{1,80}){0,8}/?)(?:\?[\w%~.+&=-]{0,300})?"
)
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|.")


def _said(address: str) -> str:
    return " ".join(filter(None, map(_run, _RUNS.findall(address.rstrip("/.")))))


def _run(run: str) -> str:
    if run.isdigit():
        return digits(run)
    if not run.isalpha():
        return _SIGNS.get(run, "")
    if not run.isascii():
        return run
    low = run.lower()
    if low in _KNOWN:
        return _KNOWN[low]
    short = len(run) <= _SHORT and low not in _SHORT_WORDS
    if low not in _AS_WORDS and (low in _AS_LETTERS or short or not sayable(low)):
        return _initial(low) or spelled(run)
    return run


def _initial(name: str) -> str:
    """An initial and a name: "jsmith" as "J smith", "gmail" as "G mail"; else nothing."""
    if len(name) > INITIAL_AND_NAME and sayable(name[1:]):
        return f"{name[0].upper()} {name[1:]}"
    return ""


def _email(found: re.Match[str]) -> Said:
    address = found["address"].rstrip(".-'")
    return ((found.start(), found.start("address") + len(address), _said(address)),)


def _web(found: re.Match[str]) -> Said:
    group = "address" if found["address"] else "bare"
    path = found["path"] if found["address"] else found["path2"]
    whole = found[group] + path
    end = found.end() if found[0].rstrip(".") == found[0] else found.end() - 1
    return ((found.start(), end, _said(whole)),)


def _domain(found: re.Match[str]) -> Said:
    whole = found["address"] + found["path"]
    return ((found.start(), found.start() + len(found[0].rstrip(".")), _said(whole)),)


ADDRESSES: Final = Rules(
    re.compile(r"@|://|\w\.[A-Za-z]"),
    ((_EMAIL, _email), (_WEB, _web), (_DOMAIN, _domain)),
)
