"""The report: findings as lines for a person or JSON for a program, and the last line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from app.doctor.finding import Finding, Findings, State
from app.logs import E164, HIDDEN, URL_PASSWORD
from app.settings import Settings

WIDE: Final = 200  # columns of a line for a file or a program
NAME_COLUMNS: Final = 16
MARKS: Final[Mapping[State, tuple[str, str]]] = {
    State.OK: ("ok", "green"),
    State.WARN: ("warn", "yellow"),
    State.FAIL: ("FAIL", "bold red"),
    State.SKIP: ("skip", "dim"),
}
CALL: Final = "parley call booking"
# Calls on this machine go on without these: the script answers, and no carrier is asked.
BESIDE: Final = frozenset({"Brain", "Carrier"})
SHORTEST_SECRET: Final = 4  # what is shorter would hide ordinary words
# A password that is a word of its own, as in postgresql://parley:parley@host, would hide that word
# everywhere; in an address it is hidden all the same.
ORDINARY_WORD: Final = re.compile(r"[A-Za-z]{1,15}")


class Report:
    """Collects the findings of all groups; ``secrets`` never appear in what it shows.

    Remedies are our own sentences and name settings, not their values: in them only passwords of
    addresses and telephone numbers are looked for.
    """

    def __init__(self, secrets: Collection[str] = ()) -> None:
        told_apart = (one for one in secrets if not ORDINARY_WORD.fullmatch(one))
        self._secrets = sorted(told_apart, key=len, reverse=True)
        self._groups: list[tuple[str, Findings]] = []

    def add(self, group: str, findings: Findings) -> list[Finding]:
        """Take a group's findings; they come back as they may be shown."""
        shown = [
            Finding(one.name, one.state, self._masked(one.what), _personal_masked(one.remedy))
            for one in findings
        ]
        self._groups.append((group, shown))
        return shown

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _personal_masked(text)

    @property
    def has_failed(self) -> bool:
        """Whether anything failed."""
        return self._count()[State.FAIL] > 0

    def _count(self) -> Counter[State]:
        return Counter(one.state for _, findings in self._groups for one in findings)

    def _failed_groups(self) -> set[str]:
        return {
            group
            for group, findings in self._groups
            if any(one.state is State.FAIL for one in findings)
        }

    @property
    def last_line(self) -> str:
        """How many of each, and what can be done now."""
        count = self._count()
        counted = (
            f"{count[State.OK]} ok, {_number(count[State.WARN], 'warning')}, "
            f"{_number(count[State.FAIL], 'failure')}."
        )
        failed = self._failed_groups()
        if not failed:
            return f"{counted} Ready: {CALL}"
        if failed <= BESIDE:
            without = " and ".join(sorted(name.lower() for name in failed))
            return f"{counted} Calls on this machine work: {CALL}. Not usable: {without}."
        return f"{counted} Not ready: do what the failures say, then run: parley doctor"

    def as_json(self) -> str:
        """Everything, for programs."""
        count = self._count()
        groups = [
            {"name": group, "findings": [_row(one) for one in findings]}
            for group, findings in self._groups
        ]
        summary = {state.value: count[state] for state in State}
        return json.dumps(
            {"groups": groups, "summary": summary, "last_line": self.last_line}, ensure_ascii=False
        )


def secrets_of(settings: Settings) -> set[str]:
    """Every secret that the settings hold, and parts of them."""
    given = (getattr(settings, name) for name in type(settings).model_fields)
    texts = {one.get_secret_value() for one in given if isinstance(one, SecretStr)}
    texts |= {part for text in texts if "," in text for part in text.split(",")}
    for url in (settings.database_url, settings.redis_url):
        password = _password_of(url.get_secret_value()) if url is not None else None
        if password:
            texts |= {password, unquote(password)}
    if settings.twilio_account_sid is not None:
        texts.add(settings.twilio_account_sid)
    return {text for text in texts if len(text) >= SHORTEST_SECRET}


def _password_of(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def _personal_masked(text: str) -> str:
    return E164.sub(r"\1…\2", URL_PASSWORD.sub(rf"\1{HIDDEN}@", text))


def console_for_report() -> Console:
    """Where the report goes: in colour on a terminal, plain and wide elsewhere."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(width=WIDE, highlight=False)


def show_group(console: Console, group: str, findings: Sequence[Finding]) -> None:
    """Print one group: a heading, and a line for each finding with its remedy below it."""
    if not findings:
        return
    console.print(Text(group, style="bold"))
    for finding in findings:
        mark, style = MARKS[finding.state]
        head = Text.assemble("  ", (f"{mark:<5}", style), f"{finding.name:<{NAME_COLUMNS}} ")
        indent = len(head.plain)
        for at, line in enumerate(_wrapped(finding.what, console.width - indent)):
            console.print(head + line if at == 0 else " " * indent + line, soft_wrap=True)
        if finding.remedy:
            for at, line in enumerate(_wrapped(finding.remedy, console.width - indent - 3)):
                lead = "-> " if at == 0 else "   "
                console.print(Text(" " * indent + lead + line), soft_wrap=True)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of ``text`` that fit; a word that is too long stays whole, so it can be copied."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _row(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "state": finding.state.value,
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
