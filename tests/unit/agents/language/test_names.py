"""Names as people give them on the telephone."""

from __future__ import annotations

import pytest

from agents.language.names import read_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sarah green", "Sarah Green"),
        ("it's sarah", "Sarah"),
        ("my name is sarah green", "Sarah Green"),
        ("yes it's tom baker please", "Tom Baker"),
        ("the name's bond", "Bond"),
        ("this is mary", "Mary"),
        ("mary speaking", "Mary"),
        ("i'm john smith", "John Smith"),
        ("John Smith", "John Smith"),
        ("JOHN SMITH", "John Smith"),
        ("mister brown", "Mr Brown"),
        ("mrs patel", "Mrs Patel"),
        ("siobhan o'brien", "Siobhan O'Brien"),
        ("My name's Siobhán O’Brien.", "Siobhán O'Brien"),
        ("ian mcdonald", "Ian McDonald"),
        ("anne smith-jones", "Anne Smith-Jones"),
        ("um it's mark", "Mark"),
        ("will smith", "Will Smith"),
        ("grace may", "Grace May"),
        ("yeah of course it's karen hill", "Karen Hill"),
        ("s m i t h", "Smith"),
        ("smith s m i t h", "Smith"),
        ("sure, my first name is Dev and my surname is Rao", "Dev"),
        ("hello my name is peter and i'd like a valuation", "Peter"),
        ("call me jo", "Jo"),
        ("LeRoy", "LeRoy"),
    ],
)
def test_name_that_was_asked_for(text: str, name: str) -> None:
    assert read_name(text, asked=True) == name


@pytest.mark.parametrize(
    "text",
    ["yes", "no", "what", "why do you need that", "i don't want to say", "hello", "i'd rather not",
     "can you repeat that", "", "...", "42", "it's not a good time", "who is this"],
)  # fmt: skip
def test_no_name(text: str) -> None:
    assert read_name(text, asked=True) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi my name is paul and i want to sell", "Paul"),
        ("three bedrooms", None),
        ("i'm interested", None),
        ("it's sarah", None),
        ("call me later", None),
        ("call me tomorrow", None),
    ],
)
def test_name_that_was_not_asked_for(text: str, name: str | None) -> None:
    assert read_name(text, asked=False) == name
