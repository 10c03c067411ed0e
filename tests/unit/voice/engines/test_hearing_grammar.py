"""The closed vocabulary: rules to automaton, expectation to grammar, and pronunciations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.speech import AnswerKind, Expectation
from voice import pronunciation
from voice.hearing_automaton import Automaton, compile_rules
from voice.hearing_grammar import build, spelled, words_of
from voice.hearing_rules import GENERAL, RULES
from voice.providers.stt_pocketsphinx.ear import longest_sentence


def grammar(*kinds: AnswerKind, phrases: tuple[str, ...] = ()) -> Automaton:
    expects = Expectation(
        frozenset(kinds), phrases, names=("sarah", "jones"), places=("BN3", "BN41")
    )
    return build(expects, lambda word: True).automaton


def test_a_rule_is_the_sentences_it_describes() -> None:
    rules = {"a": "one [two] (three | /3/ <b>)", "b": "four | five six"}
    found = compile_rules(rules, "a")
    for text in ("one three", "one two three", "one four", "one two five six"):
        assert found.accepts(text)
    for text in ("", "one", "two three", "one two", "one five", "one three four"):
        assert not found.accepts(text)
    assert found.words == {"one", "two", "three", "four", "five", "six"}


def test_weights_become_shares_and_every_state_sums_to_one() -> None:
    found = compile_rules({"a": "/3/ yes | /1/ no [/0.25/ thanks]"}, "a")
    shares = {word: share for origin, _, share, word in found.arcs if origin == 0}
    assert shares == {"yes": pytest.approx(0.75), "no": pytest.approx(0.25)}
    thanks = next(share for _, _, share, word in found.arcs if word == "thanks")
    assert thanks == pytest.approx(0.25)
    for automaton in (found, grammar(*AnswerKind)):
        for state in range(automaton.states):
            out = sum(share for origin, _, share, _ in automaton.arcs if origin == state)
            assert out + automaton.finals.get(state, 0.0) == pytest.approx(1.0)


def test_what_ends_alike_is_shared() -> None:
    found = compile_rules({"a": "big house | small house | (tiny | huge) house"}, "a")
    assert found.states == 3


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map(" ".join),
        min_size=1,
        max_size=8,
    )
)
def test_a_list_of_sentences_is_accepted_and_nothing_else(sentences: list[str]) -> None:
    found = compile_rules({"s": " | ".join(sentences)}, "s")
    assert all(found.accepts(sentence) for sentence in sentences)
    probes = {f"{first} {second}" for first in sentences for second in ("a", "b")}
    assert all(found.accepts(probe) == (probe in sentences) for probe in probes)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ({"a": "one <b>"}, "does not exist"),
        ({"a": "one <a>"}, "refers to itself"),
        ({"a": "(one | two"}, "lacks a )"),
        ({"a": "one ] two"}, "stray bracket"),
        ({"a": "one & two"}, "& two"),
    ],
)
def test_a_broken_rule_is_named(rules: dict[str, str], why: str) -> None:
    with pytest.raises(InvalidInputError, match=r"<[ab]>") as caught:
        compile_rules(rules, "a")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (AnswerKind.YES_NO, ("yes", "no thank you", "yes speaking", "that's right", "yes i do")),
        (AnswerKind.NUMBER, ("three", "three bedrooms", "it has twenty five rooms", "a studio")),
        (AnswerKind.NAME, ("sarah jones", "my name is sarah", "jones speaking")),
        (AnswerKind.POSTCODE, ("b n three", "it's b n four one two a b")),
        (
            AnswerKind.DATE_TIME,
            (
                "tuesday at half past ten",
                "the first one please",
                "tomorrow morning",
                "call me tomorrow at ten",
                "no friday at eleven o'clock",
                "next monday at quarter past three in the afternoon",
                "in half an hour",
            ),
        ),
    ],
)
def test_each_kind_of_answer_is_in_its_grammar(kind: AnswerKind, texts: tuple[str, ...]) -> None:
    automaton = grammar(kind)
    assert [text for text in texts if not automaton.accepts(text)] == []


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_opting_out_can_be_heard_at_any_time(kind: AnswerKind) -> None:
    automaton = grammar(kind)
    for text in ("stop calling me", "please stop calling me", "i'm not interested"):
        assert automaton.accepts(text)
    for text in ("yes", "no"):  # spelled letters sound like "yeah no"
        assert automaton.accepts(text) is (kind is not AnswerKind.POSTCODE)


def test_grammars_stay_small_enough_to_decode_in_time() -> None:
    assert grammar(*AnswerKind).states < 500


def test_phrases_without_a_pronunciation_are_left_out_and_named() -> None:
    expects = Expectation(frozenset({AnswerKind.OPEN}), ("I own it.", "it's on zoopla"))
    found = build(expects, lambda word: word != "zoopla")
    assert found.left_out == ("it's on zoopla",)
    assert found.automaton.accepts("i own it")


def test_what_the_agent_named_can_be_heard() -> None:
    expects = Expectation(frozenset({AnswerKind.OPEN}), likely=("half past ten is fine",))
    assert build(expects, lambda word: True).automaton.accepts("half past ten is fine")


def test_phrases_and_codes_as_they_are_said() -> None:
    assert words_of("It’s 3, “please”!") == "it's three please"
    assert spelled("BN41 2ab") == "b n four one two a b"


def test_a_sentence_that_broke_off_is_cut_to_a_whole_one() -> None:
    automaton = grammar(AnswerKind.DATE_TIME)
    assert longest_sentence(automaton, "tomorrow morning at") == "tomorrow morning"
    assert longest_sentence(automaton, "tomorrow morning") == "tomorrow morning"
    assert longest_sentence(automaton, "how about") == ""


def test_british_ways() -> None:
    assert pronunciation.british("L EY T ER")[0] == "L EY T AH"
    assert pronunciation.british("F AO R") == ("F AO",)
    assert "N AO T" in pronunciation.british("N AA T")
    assert pronunciation.british("HH IH R")[0] == "HH IH AH"
    assert pronunciation.british("V EH R IY") == ()
    assert "N AH UW" in pronunciation.british("N OW")


def test_every_word_of_the_fixed_rules_is_lower_case() -> None:
    assert all(words_of(phrase) == phrase for phrase in GENERAL)
    assert all(rule == rule.lower() for rule in RULES.values())
