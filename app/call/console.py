"""The call on the screen as it happens, and what it came to at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from app.call import latency, wording
from app.call.collect import SpokenLine
from app.call.result import CallResult
from app.call.steps import steps_of
from core.call import Outcome
from core.events import LiveEvent, LiveKind

STATES: Final = {
    "idle": "ringing",
    "listening": "listening",
    "processing": "thinking",
    "speaking": "speaking",
    "interrupted": "interrupted",
    "ended": "hung up",
}
COLOURS: Final = ("cyan", "blue", "magenta", "green", "red", "yellow")
WHO_WIDTH: Final = 15


class Watcher(Protocol):
    """Somebody who is shown a call."""

    def phase(self, text: str) -> None:
        """What is being prepared."""
        ...

    def began(self, title: str, engines: list[str]) -> None:
        """The line is open."""
        ...

    def caller_spoke(self, line: SpokenLine) -> None:
        """The caller begins to say this."""
        ...

    def happened(self, event: LiveEvent) -> None:
        """The server tells of the call."""
        ...


class Silence:
    """Watches and says nothing."""

    def phase(self, text: str) -> None:
        """See ``Watcher``."""

    def began(self, title: str, engines: list[str]) -> None:
        """See ``Watcher``."""

    def caller_spoke(self, line: SpokenLine) -> None:
        """See ``Watcher``."""

    def happened(self, event: LiveEvent) -> None:
        """See ``Watcher``."""


class Screen:
    """Prints a call line by line; on a terminal, a status line stays below it.

    A context manager: the status line is there while it is open.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner = Spinner("dots", text=Text(""))
        self._live = (
            Live(self._spinner, console=console, refresh_per_second=10, transient=True)
            if console.is_terminal
            else None
        )
        self._agents: dict[int, str] = {}  # by turn
        self._held: dict[
            int, list[tuple[int, str]]
        ] = {}  # sentences of turns whose agent is unknown
        self._shown: set[int] = set()  # turns that have begun to be printed
        self._times: dict[int, str] = {}  # of turns that are not shown yet; empty once shown
        self._colours: dict[str, str] = {}

    def __enter__(self) -> Screen:
        """Show the status line."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away, and print what still waits."""
        self._flush()
        if self._live is not None:
            self._live.stop()

    def phase(self, text: str) -> None:
        """See ``Watcher``."""
        self._status(text)
        if self._live is None:
            self._console.print(Text(text))

    def began(self, title: str, engines: list[str]) -> None:
        """See ``Watcher``."""
        self._console.print(Text(title, style="bold"))
        if engines:
            self._console.print(Text(" · ".join(engines), style="dim"))
        self._console.print()

    def caller_spoke(self, line: SpokenLine) -> None:
        """See ``Watcher``."""
        style = "yellow"
        name = "caller cuts in" if line.interrupts else "caller"
        self._row(line.from_ms, name, line.text, style)

    def happened(self, event: LiveEvent) -> None:
        """See ``Watcher``."""
        data = event.data
        turn = int(str(data.get("turn") or 0))
        match event.kind:
            case LiveKind.STATE:
                state = str(data.get("state"))
                self._status(f"{wording.clock(event.at_ms)}  {STATES.get(state, state)}")
            case LiveKind.HEARD if data.get("text"):
                self._note(f"heard “{data['text']}”")
            case LiveKind.SAID:
                self._said(turn, event.at_ms, str(data.get("text") or ""))
            case LiveKind.AGENT:
                self._agents[turn] = str(data.get("agent") or "agent")
                self._print_held(turn)
            case LiveKind.INTERRUPTED if data.get("unheard"):
                self._note(f"interrupted; not heard: {data['unheard']}", style="yellow")
            case LiveKind.EFFECT if data.get("done"):
                self._note(f"done: {wording.name_of(str(data.get('tool'))).lower()}", style="green")
            case LiveKind.TIMING if data.get("first_sent_ms") and turn not in self._times:
                self._times[turn] = stages_in_words(data)
                self._print_time(turn)
            case _:
                pass

    def _said(self, turn: int, at_ms: int, text: str) -> None:
        self._held.setdefault(turn, []).append((at_ms, text))
        if turn in self._agents:
            self._print_held(turn)

    def _print_held(self, turn: int) -> None:
        agent = self._agents.get(turn, "agent")
        style = self._colours.setdefault(agent, COLOURS[len(self._colours) % len(COLOURS)])
        for at_ms, text in self._held.pop(turn, []):
            first = turn not in self._shown
            self._shown.add(turn)
            self._row(at_ms if first else None, agent if first else "", text, style)
            self._print_time(turn)

    def _print_time(self, turn: int) -> None:
        """Print how the answer came about, below its first sentence."""
        if turn in self._shown and self._times.get(turn):
            self._note(self._times[turn])
            self._times[turn] = ""

    def _flush(self) -> None:
        for turn in sorted(self._held):
            self._print_held(turn)

    def _row(self, at_ms: int | None, who: str, text: str, style: str) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=5, justify="right", style="dim")
        row.add_column(width=WHO_WIDTH, no_wrap=True)
        row.add_column(ratio=1)
        at = "" if at_ms is None else wording.clock(at_ms)
        row.add_row(Text(at), Text(who, style=f"bold {style}"), Text(text))
        self._console.print(row)

    def _note(self, text: str, style: str = "dim") -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=5)
        row.add_column(width=WHO_WIDTH)
        row.add_column(ratio=1)
        row.add_row("", "", Text(text, style=style))
        self._console.print(row)

    def _status(self, text: str) -> None:
        self._spinner.update(text=Text(text, style="dim"))


def stages_in_words(moments: Mapping[str, object]) -> str:
    """The steps of an answer: ``endpointing 410 + sent 8 = 418 ms; brain, voice ahead``."""
    steps = steps_of({**moments, "first_played_ms": None})  # nobody waits for the proof
    names = {key: name.lower() for key, name, _ in latency.STAGES}
    parts = [f"{names[step]} {ms}" for step, ms in steps.took_ms.items() if ms > 0]
    total = f"{steps.total_ms} ms"
    words = f"{' + '.join(parts)} = {total}" if parts else total
    ahead = ", ".join(names[step] for step in steps.ahead)
    return f"{words}; {ahead} ahead" if ahead else words


def summary(console: Console, result: CallResult, zone: ZoneInfo) -> None:
    """Print what the call came to."""
    console.print()
    console.print(_headline(result, zone))
    for problem in result.problems:
        console.print(Text(f"  {problem}", style="red"), soft_wrap=True)
    if not result.seconds:
        return
    console.print()
    if any(turn.v2v_ms is not None for turn in result.turns):
        console.print(_latency_table(result))
        console.print()
    console.print(_figures(result))


def _headline(result: CallResult, zone: ZoneInfo) -> Text:
    style = {Outcome.FAILED: "bold red"}.get(result.outcome, "bold green")
    line = Text(wording.OUTCOMES[result.outcome], style="bold red" if result.problems else style)
    if result.booked_at is not None:
        line.append(f"  {wording.day_and_time(result.booked_at, zone)}", style="bold")
    return line


def _latency_table(result: CallResult) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("Answer time")
    table.add_column("median", justify="right")
    table.add_column("worst", justify="right")
    table.add_column("", style="dim")
    rows = latency.table(result.turns)
    for row in rows:
        table.add_row(
            row.name,
            wording.ms(row.p50_ms),
            wording.ms(row.worst_ms),
            row.meaning,
            style="bold" if row is rows[-1] else "",
        )
    return table


def _figures(result: CallResult) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    table.add_row("Greeting after", wording.ms(result.greeting_ms))
    if result.barge_in_ms is not None:
        table.add_row("Silent when interrupted", wording.ms(result.barge_in_ms))
    table.add_row("Length", f"{result.seconds:.0f} s, {len(result.turns)} turns")
    table.add_row("Cost", wording.usd(result.cost.total_usd))
    if result.engines:
        table.add_row("Engines", " · ".join(result.engines))
    return table
