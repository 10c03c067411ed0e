"""What a model writes for a screen does not reach the ear, however its text arrives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.plain_marks import MAY_BECOME
from agents.plain_text import PlainText

# Whole constructs of which nothing, or nothing but the words, may be heard.
NOISE = {
    "<think>The caller said **no** {oops</think>": "",
    "<THINK>\nHm.\n</THINK>": "",
    "<reasoning>a <b>bold</b> thought</reasoning>": "",
    "<|channel|>analysis<|message|>We need to ask.<|end|>": "",
    "<|start|>assistant<|channel|>final<|message|>": "",
    '<|channel|>commentary to=functions.ask <|constrain|>json<|message|>{"a": 1}<|call|>': "",
    '<function=ask>{"topic": "owner"}</function>': "",
    '<function=ask{"topic": "owner"}</function>': "",
    '<tool_call>\n{"name": "ask", "arguments": {}}\n</tool_call>': "",
    '{"name": "ask", "arguments": {"topic": "a } b \\" { c"}}': "",
    '[{"name": "ask"}]': "",
    '```json {"name": "ask"}```': "",
    '```json\n{"name": "ask"}\n```': "",
    "```python\nask(topic='it is (very) \\'own\\'')\n```": "",
    "```free```": "free",
    '[ask(topic="owner")]': "",
    '[ask(topic="ow) ner"), record_answer(question="a", value=(1))]': "",
    'functions.ask({"topic": "owner"})': "",
    '{"name": "ask"}, {"name": "ask"};': "",
    'assistantcommentary to=functions.ask json{"topic": "owner"}': "",
    'commentary to=functions.ask {"topic": "owner"}': "",
    "assistantanalysisWe need to ask. {assistantfinal": "",
    "**free**": "free",
    "*free*": "free",
    "__free__": "free",
    "_free_": "free",
    "~~free~~": "free",
    "`free`": "free",
    "[our site](https://example.org/a?b=c)": "our site",
    "![a house](house.png)": "a house",
    "\n# Prices": " Prices",
    "\n- one\n* two\n• three\n> four": " one two three four",
    "😀👍🏽🇬🇧❤️✅": "",
    "<b>free</b><br/>": "free",
    "<speak>": "",
}

SPEECH = (
    "Yes, we do.",
    "It costs £350,000 or 1.5 percent at 10:30 a.m.",
    "Is 5 < 6, Mr. Smith?",
    "A three-bed flat - very nice - is 20°.",
    "Well, well! Really?",
    "Who is it? (Sam & Co.) #1",
    "It's the owner's snake_case.",
    "To ask (or not to ask) is what my assistant commentary functions for.",
    "Shall I ask",
    "-5 degrees, e.g. in Ōtautahi.",
)


def passed(text: str, *, sizes: list[int] | None = None) -> str:
    plain, given_, at = PlainText(), "", 0
    for size in sizes or []:
        given_ += plain.feed(text[at : at + size])
        at += size
    return given_ + plain.feed(text[at:]) + plain.flush()


@pytest.mark.parametrize(("noise", "heard"), NOISE.items(), ids=str)
def test_what_cannot_be_spoken_is_dropped(noise: str, heard: str) -> None:
    assert passed(f"Yes, {noise} it is.").split() == f"Yes, {heard} it is.".split()
    assert passed(noise).split() == heard.split()


@pytest.mark.parametrize("text", SPEECH)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert passed(text) == text


@given(
    st.lists(st.sampled_from([*NOISE, *SPEECH, " ", "\n"]), max_size=6),
    st.lists(st.integers(min_value=1, max_value=9), max_size=80),
)
def test_the_result_is_the_same_however_the_text_arrives(
    parts: list[str], sizes: list[int]
) -> None:
    text = " ".join(parts)
    assert passed(text, sizes=sizes) == passed(text)


@given(
    st.text(alphabet='ab<>|/{}[]()"\\!_*-#\n think', max_size=60),
    st.lists(st.integers(min_value=1, max_value=4), max_size=60),
)
def test_whatever_comes_it_neither_fails_nor_depends_on_chunks(text: str, sizes: list[int]) -> None:
    heard = passed(text, sizes=sizes)
    assert heard == passed(text)
    assert not re.search(r"[*`~\[\]{]|\s\s", heard)


@given(st.text(alphabet="abcxyzks ,.?'0123456789", max_size=80))
def test_plain_text_passes_at_once_letter_by_letter(text: str) -> None:
    plain, heard = PlainText(), ""
    for at in range(len(text)):
        heard += plain.feed(text[at])
        so_far = re.sub(" +", " ", text[: at + 1]).lstrip()
        assert so_far.startswith(heard)
        assert so_far[len(heard) :] in ("", *MAY_BECOME), "only a tool's name is waited for"


def test_a_thought_without_end_is_never_heard() -> None:
    assert passed("Yes. <think>I wonder what to") == "Yes. "
    assert passed("Yes. <thi") == "Yes. "
    assert passed('Yes. {"name": "as') == "Yes. "
    assert passed("Yes. <|channel|>analysis<|message|>Hm") == "Yes. "


def test_after_a_token_of_code_nothing_is_heard() -> None:
    assert passed('Yes. <|python_tag|>ask(topic="owner")<|eom_id|> and') == "Yes. "


def test_thoughts_that_lost_their_tokens_are_not_heard() -> None:
    assert passed("analysisWe need to ask.assistantfinalDo you own it?") == "Do you own it?"
    assert passed("My analysis is free.") == "My analysis is free."


@pytest.mark.parametrize(
    ("text", "broke_off"),
    [
        ("Sure {smile. We value homes.", True),
        ("Yes. <think>I wonder what", True),
        ('Yes. [ask(topic="owner"', True),
        ("Yes. (We do.", False),
        ('Yes. {"name": "ask"}', False),
        ("Yes. <think>Hm</think>", False),
        ("less <", False),
    ],
)
def test_what_is_begun_and_not_ended_is_told(text: str, *, broke_off: bool) -> None:
    plain = PlainText()
    plain.feed(text)
    assert not plain.broke_off  # it may still be ended
    plain.flush()
    assert plain.broke_off is broke_off


def test_a_lonely_sign_is_no_tag() -> None:
    assert passed("less <") == "less "
    assert passed("<3 bedrooms") == "<3 bedrooms"
    assert passed("a <b that never ends and goes on and on for quite a while, far too long") == (
        "a <b that never ends and goes on and on for quite a while, far too long"
    )
