"""The caller's mind: the agent's words in, the caller's next line out. No audio, no clock."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Protocol

from app.call.scenario import PLACEHOLDER, Rule, Scenario, TimesHeard
from app.call.spoken_time import ORDINALS, WEEKDAYS, SpokenTime, coming, times_in
from voice.ports import Pcm


@dataclass(frozen=True, slots=True)
class Line:
    """What the caller does next. Empty text and no audio: nothing, the caller goes on listening.

    ``audio``: recorded speech (mono, 8000 Hz) to be played instead of speaking ``text``.
    """

    text: str = ""
    audio: Pcm | None = None
    hang_up: bool = False

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return not self.text and self.audio is None


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller will not wait: ``line`` starts ``after_ms`` into the agent's speech."""

    after_ms: int
    line: Line


class Caller(Protocol):
    """Somebody who can hold one side of a call."""

    @property
    def patience_s(self) -> float:
        """Seconds of dead air before ``nobody_there`` is asked for."""
        ...

    def interruption(self, agent_words: str) -> Interruption | None:
        """Whether the caller cuts the agent off, as soon as it is known what is being said."""
        ...

    def answer(self, agent_words: str) -> Line:
        """The next line, once the agent has finished."""
        ...

    def nobody_there(self) -> Line:
        """The next line after ``patience_s`` of dead air."""
        ...

    @property
    def agreed(self) -> SpokenTime | None:
        """The time of an appointment that this caller agreed to, if any."""
        ...


class Persona:
    """One run of a scenario: remembers which rules were used and which time was agreed."""

    def __init__(self, scenario: Scenario, today: date) -> None:
        self._scenario = scenario
        self._today = today  # the brand's local date, for "tomorrow"
        self._used: Counter[int] = Counter()
        self._lost = 0  # times in a row that no rule applied
        self._asked_if_there = 0
        self._agreed: SpokenTime | None = None

    @property
    def patience_s(self) -> float:
        """Seconds of dead air before the caller asks whether anybody is there."""
        return self._scenario.patience_s

    @property
    def agreed(self) -> SpokenTime | None:
        """The time that the caller asked for or accepted last."""
        return self._agreed

    def interruption(self, agent_words: str) -> Interruption | None:
        """The first matching rule's, if that rule interrupts; using it counts as a use."""
        if self._scenario.silent:
            return None
        index = self._match(agent_words)
        if index is None:
            return None
        rule = self._scenario.rules[index]
        if rule.barge_in_ms is None:
            return None
        return Interruption(rule.barge_in_ms, self._use(index, agent_words))

    def answer(self, agent_words: str) -> Line:
        """React to the agent's latest words by the first rule that applies."""
        self._asked_if_there = 0
        if self._scenario.silent or not agent_words.strip():
            return Line()
        index = self._match(agent_words)
        if index is not None:
            self._lost = 0
            return self._use(index, agent_words)
        self._lost += 1
        if self._lost > self._scenario.gives_up_after:
            return Line("Never mind. Goodbye.", hang_up=True)
        otherwise = self._scenario.otherwise
        return Line(otherwise[min(self._lost, len(otherwise)) - 1] if otherwise else "")

    def nobody_there(self) -> Line:
        """Ask once or twice into the dead air, then hang up."""
        if self._scenario.silent:
            return Line()
        self._asked_if_there += 1
        if self._asked_if_there > 2:
            return Line(hang_up=True)
        return Line(self._scenario.nobody_there)

    def _match(self, words: str) -> int | None:
        named = times_in(words, self._today)
        for index, rule in enumerate(self._scenario.rules):
            if rule.at_most is not None and self._used[index] >= rule.at_most:
                continue
            if rule.agent and not re.search(rule.agent, words, re.IGNORECASE):
                continue
            if rule.times is None or self._times_mean(rule.times, named):
                return index
        return None

    def _times_mean(self, wanted: TimesHeard, named: tuple[SpokenTime, ...]) -> bool:
        if wanted is TimesHeard.OFFERED:
            return bool(named)
        if self._agreed is None or len(named) != 1:
            return False
        return named[0].same_as(self._agreed) is (wanted is TimesHeard.AS_AGREED)

    def _use(self, index: int, words: str) -> Line:
        rule = self._scenario.rules[index]
        self._used[index] += 1
        if not rule.say:
            return Line(hang_up=rule.hang_up)
        text = rule.say[min(self._used[index], len(rule.say)) - 1]
        return Line(self._fill(text, words), hang_up=rule.hang_up)

    def _fill(self, text: str, words: str) -> str:
        """Put times into ``text``; saying a wish or a choice is agreeing to it."""
        for name in PLACEHOLDER.findall(text):
            if name == "choice":
                said = self._choose(times_in(words, self._today))
            else:
                if name == "wish" or self._agreed is None:
                    self._agreed = self._wish()
                said = self._agreed.words(self._today)
            text = text.replace(f"{{{name}}}", said)
        return text[:1].upper() + text[1:]

    def _choose(self, offers: tuple[SpokenTime, ...]) -> str:
        """Agree to the wish if it is on offer, else to the first offer; how that is said."""
        wish = self._wish()
        index = next((at for at, offer in enumerate(offers) if offer.same_as(wish)), 0)
        chosen = offers[index] if offers else wish
        self._agreed = replace(chosen, day=wish.day) if chosen.day is None else chosen
        if self._agreed.is_near(self._today):
            return self._agreed.words(self._today)
        # A weekday alone would mean another date.
        return "yes" if len(offers) == 1 else f"the {ORDINALS[index]} one"

    def _wish(self) -> SpokenTime:
        wish = self._scenario.wish
        if wish is None:  # the scenario's own validation makes sure of it
            raise ValueError("a scenario without a wish speaks of no times")
        at = time.fromisoformat(wish.at)
        day = coming(WEEKDAYS.index(wish.day), self._today)
        return SpokenTime(day, at.hour * 60 + at.minute)


__all__ = ["Caller", "Interruption", "Line", "Persona", "Rule"]
