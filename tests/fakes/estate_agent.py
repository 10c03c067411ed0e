"""A language model that books a valuation, by nothing but what the vendor's request holds.

It reads the prompt as a model would: what was asked last, which questions are open, which times
are free, what was read back. So a call that it brings to a booking shows that prompts, tools and
history say enough. It knows one kind of caller: the one who goes along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.model_plays import Call, Pause, Play, Step, Streams, Text, Thought

TOKEN_S = 0.005  # between two words, as a quick vendor streams
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
TIME = re.compile(r"(\d{4}-\d\d-\d\dT[^ ]+) \(([^)]+)\)")
QUESTION = re.compile(r"^- (\w+) \(([^)]*)\): (.+)$", re.MULTILINE)


def books(asked: Mapping[str, Any]) -> Play:
    """What the model answers to that completion."""
    prompt = str(asked["messages"][0]["content"])
    words = next(
        str(each["content"]) for each in reversed(asked["messages"]) if each["role"] == "user"
    )
    calls, text = _Conversation(prompt, words).reply()
    steps: list[Step] = [Thought("They answered. I go on."), *calls]
    for word in text.split(" "):
        steps += [Text(f"{word} "), Pause(TOKEN_S)]
    return Streams(tuple(steps))


class _Conversation:
    """One prompt, read."""

    def __init__(self, prompt: str, words: str) -> None:
        self.words = words.lower().strip(" .")
        self.state = dict(re.findall(r"^- ([^:\n]+): (.*)$", prompt, re.MULTILINE))
        self.asked = self.state["You asked last"]
        self.questions = {key: (kind, text) for key, kind, text in QUESTION.findall(prompt)}

    def reply(self) -> tuple[list[Call], str]:
        """The tool calls and the words."""
        if self.asked in self.questions:
            return self._answered()
        match self.asked:
            case "@right_person":
                first = next(iter(self.questions))
                calls = [Call("ask", {"topic": first}), _hand_to("qualification")]
                return calls, f"Thank you. We offer free valuations. {self.questions[first][1]}"
            case "@time":
                at, said = self._chosen()
                return [
                    Call("read_back", {"starts_at": at, "said": said}, parts=4)
                ], f"So that is {said}. Shall I book it?"
            case "@confirm":
                match = TIME.search(self.state["You read back"])
                assert match is not None
                return [
                    Call("book_appointment", {"starts_at": match[1]}, parts=3),
                    Call("ask", {"topic": "@more"}),
                ], f"That is booked for {match[2]}. Is there anything else I can help you with?"
            case "@more":
                return [Call("end_call", {"outcome": "booked"})], "Thank you. Goodbye."
        return [Call("not_understood", {})], "Sorry, could you say that again?"

    def _answered(self) -> tuple[list[Call], str]:
        """Keep the answer; ask the next open question, or offer times."""
        keep = Call("record_answer", {"question": self.asked, "value": self._value()}, parts=2)
        open_ids = self.state["Questions still open"].split(", ")
        left = [key for key in open_ids if key in self.questions and key != self.asked]
        if left:
            return [keep, Call("ask", {"topic": left[0]})], self.questions[left[0]][1]
        (first, one), (second, other) = TIME.findall(self.state["Free times"])[:2]
        offer = Call("offer_times", {"times": [first, second]})
        return [
            keep,
            offer,
            _hand_to("scheduler"),
        ], f"Let us find a time. I can offer {one}, or {other}. Which would suit you?"

    def _value(self) -> str | int:
        kind = self.questions[self.asked][0]
        if kind.startswith("number"):
            return next(number for word, number in NUMBERS.items() if word in self.words)
        if kind.startswith("choice"):
            options = kind.partition(": ")[2].split(", ")
            return max(options, key=lambda option: _shared(option.replace("_", " "), self.words))
        if kind.startswith("yes_no"):
            return "no" if re.search(r"\bno\b", self.words) else "yes"
        return self.words

    def _chosen(self) -> tuple[str, str]:
        times = TIME.findall(self.state["Times you offered"])
        at, said = max(times, key=lambda each: _shared(each[1], self.words))
        return at, said


def _hand_to(role: str) -> Call:
    return Call("handoff", {"to": role})


def _shared(one: str, other: str) -> int:
    """How many letters of words the two have in common."""
    return sum(len(word) for word in set(one.lower().split()) & set(other.split()))
