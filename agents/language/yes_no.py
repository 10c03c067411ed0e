"""Yes and no in their many forms: "yeah go on then", "not really", "that's right", "why not".

Everything that says yes, says no, or only looks like it ("not sure", "good morning") is found at
once; of overlapping finds the longest stands. A change of mind ends in the last word, and when
both are left the answer is mixed: nothing may be booked on that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.language.words import joined, word_set


class Answer(StrEnum):
    """What the caller answered."""

    YES = "yes"
    NO = "no"
    MIXED = "mixed"


class _Force(StrEnum):
    """What a wording says, and how firmly. A weak yes also just fills a pause ("okay, no")."""

    YES = "yes"
    WEAK_YES = "weak_yes"
    NO = "no"
    FIRM_NO = "firm_no"
    NEITHER = "neither"


# "I do" and "I do not" answer only when nothing follows that would make them another sentence.
_YES_ENDS = r"(?=$|thanks |thank |please |but |yes |yeah |and |own )"
_NO_ENDS = (
    r"(?=$|sorry |thanks |thank |actually |really |but |i |we |it |he |she |yet |at |no |any more "
    r"|because |and )"
)
_I = r"(?:i|we|it|he|she|they|that|this)"
_AUX = r"(?:do|does|did|am|are|is|have|has|would|could|can|will|was)"
_NICE = (
    r"(?:fine|good|great|perfect|lovely|ok|all right|brilliant|ideal|wonderful|excellent|super"
    r"|grand|fantastic|cool|marvellous)"
)

_WORDINGS: Final[tuple[tuple[_Force, str], ...]] = (
    (
        _Force.YES,
        r"(?:yes|yeah|yep|yup|aye|uhhuh|absolutely|definitely|certainly|of course|indeed|exactly"
        r"|precisely|affirmative|correct|true|very much so|spot on|by all means|fair enough"
        r"|sure thing|sure|go ahead|go for it|do it|do that|go on then|go on|please do|why not"
        r"|not bad|no problem at all|no problem|not a problem|no worries|no bother|no objection"
        r"|(?:i )?do not mind(?: if i do)?|(?:that|this|it) will do"
        r"|(?:please )?book it(?: in)?|let us (?:do it|do that|go|go for it|book it|go ahead)"
        r"|(?:i am |we are )?happy (?:to|with that|with it)(?: do that)?"
        r"|(?:i|we) (?:think|guess|suppose|reckon|believe|hope) so"
        r"|(?:i|we) would (?:like|love) (?:that|it|to(?= $))|i will take it|i am in|count me in"
        r"|(?:no )?(?:that|this|it) is (?:right|correct|true)"
        r"|(?:this|that|it) is (?:me|he|she|mine|ours)(?: speaking)?|speaking"
        r"|(?:this|that|it) is (?:him|her)(?: speaking)?(?= $)"
        r"|you are (?:speaking|talking) (?:to|with) (?:me|him|her)"
        r"|no (?:yeah|yes)|yeah yeah) ",
    ),
    (_Force.YES, rf"{_I} {_AUX} (?:indeed |actually )?{_YES_ENDS}"),
    (_Force.YES, r"you (?:are|have|can|may) $"),
    (_Force.YES, r"(?:i am )?happy to $"),
    (
        _Force.WEAK_YES,
        rf"(?:(?:that|this|it|which) (?:is|will be|would be|sounds|is absolutely|is just) )?"
        rf"(?:absolutely |very |really |just )?{_NICE} (?:(?:for|by|with|to) (?:me|us) )?"
        r"(?:then )?",
    ),
    (
        _Force.WEAK_YES,
        r"(?:that |this |it |which )?(?:sounds|looks) (?:like a plan|all right|good|great|fine"
        r"|perfect|lovely|ok) (?:to me )?|(?:that |this |it |which )?(?:works|suits)"
        r" (?:well )?(?:for me |for us |me |us |fine )?(?:fine |well )?|right ",
    ),
    (
        _Force.NO,
        r"(?:neither (?:of (?:them|those|these) )?(?:works?|suits?|is (?:any )?good"
        r"|will (?:work|do))"
        r"(?: for)?(?: me| us)?|negative|incorrect|wrong|never|neither(?: of (?:them|those|these))?"
        r"|none(?: of (?:them|those|these))?|no good|no chance|no way|no need|no sorry|yeah no"
        r"|not (?:really|at all|today|now|right now|just now|yet|for me|for us|exactly"
        r"|particularly|interested|this time|that one|those|especially|quite|me|so|true|keen"
        r"|necessarily|any more|a chance)"
        r"|(?:absolutely|certainly|definitely|of course|probably|rather|hopefully|afraid|prefer"
        r"|maybe|perhaps|no not|possibly) not|rather not|prefer not to"
        r"|(?:do|does|did|will|would) not (?:think so|work|suit|want (?:to|that|it|one)|fit|care)"
        r"(?: (?:for )?(?:me|us))?"
        r"|(?:please )?do not (?:book|do) (?:it|that|anything|me)|please do not"
        r"|can not (?:do|make|manage) (?:that|it|those|either|any)?"
        r"|(?:that|this|it) is (?:wrong|no good|not (?:right|correct|me|true|good|possible"
        r"|convenient|him|her|mine|ours|it|suitable|necessary|ok|fine|all right))"
        r"|(?:not|is not|no) (?:right|correct|good|fine|ok|all right)|no|nope|nah) ",
    ),
    (_Force.NO, rf"(?:{_I} )?{_AUX} not {_NO_ENDS}"),
    (
        _Force.FIRM_NO,
        r"(?:no|nah) (?:thanks|thank you|ta|you are (?:all right|ok|fine))(?: i am (?:fine|good|ok"
        r"|all right))? ",
    ),
    (
        _Force.NEITHER,
        r"(?:good (?:morning|afternoon|evening|day|night|bye|luck)|right (?:now|away|so|then)"
        r"|i am (?:not )?(?:sure|certain)|not (?:too |quite |very |really |so |entirely )*"
        r"(?:sure|certain)|for sure"
        r"|not sure (?:if|that|about)|never mind|never heard|wrong (?:number|person)"
        r"|no (?:idea|one|body|matter|plans|plan|time|agent|interest|doubt|hurry|rush|longer|more"
        r"|bedrooms|such|intention|money)"
        r"|(?:can|could|did|do) not (?:hear|catch|understand|get that|follow|know|remember|worry"
        r"|bother|call|ring|phone|contact)|not saying|not (?:a|an|the|until|before|that bad)"
        r"|is (?:that|this|it) (?:right|correct|true|ok|fine|free|all right|good|you)"
        r"|how (?:good|sure|right)|how (?:is|are) (?:that|this|it|you)"
        r"|(?:what|when|where|how|who|why|which) (?:is|are|do|does|did|can|would|will|have|has) "
        r"(?:i|we|it|he|she|they|that|this)"
        r"|(?:do|does|did|are|is|have|has|can|could|would|will) (?:you|i|we|it|that|this|they)"
        r"|that is me (?:done|finished|sorted)|the (?:right|good|wrong)|fine thanks"
        r"|(?:i am|we are) (?:fine|good|all right|ok)"
        r"|very good|good question|good at|yes or no|either way) ",
    ),
)
_COMPILED: Final = tuple((force, re.compile(f"(?<= )(?:{source})")) for force, source in _WORDINGS)
_ADVERBS: Final = word_set(
    "absolutely definitely certainly indeed exactly precisely correct true sure"
)
_SHORT_ANSWER: Final = re.compile(rf"{_I} {_AUX}(?: indeed| actually)?")
_BEFORE_YES: Final = word_set(
    "yes yeah yep yup ok well oh sure course right so and hello hi think believe please actually no"
)
_TAKES_BACK: Final = re.compile(
    r" (?:actually|i mean|i meant|sorry|wait|rather|hang on|hold on|scrap that|no wait|correction) "
)
_YES_OR_NO: Final = re.compile(r"(?<= )yes (?:or|and) no ")


@dataclass(frozen=True, slots=True)
class _Found:
    force: _Force
    start: int
    end: int

    @property
    def says_yes(self) -> bool:
        return self.force in (_Force.YES, _Force.WEAK_YES)


def read_yes_no(words: Sequence[str]) -> Answer | None:
    """Yes, no, both, or None when it is neither."""
    text = joined(tuple(words))
    if _YES_OR_NO.search(text):
        return Answer.MIXED
    if text == " please ":
        return Answer.YES
    found = [find for find in _standing(text) if find.force is not _Force.NEITHER]
    if not found:
        return None
    polarities = {find.says_yes for find in found}
    if len(polarities) == 1:
        return Answer.YES if polarities.pop() else Answer.NO
    return _divided(text, found)


def _standing(text: str) -> list[_Found]:
    """The finds that stand, in order: of those that overlap, the longest."""
    finds = [
        _Found(force, match.start(), match.end())
        for force, pattern in _COMPILED
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]
    standing: list[_Found] = []
    for find in sorted(finds, key=lambda find: find.start - find.end):
        if all(find.end <= other.start or other.end <= find.start for other in standing):
            standing.append(find)
    standing.sort(key=lambda find: find.start)
    return [find for find in standing if not find.says_yes or _counts(text, find)]


def _counts(text: str, find: _Found) -> bool:
    """Whether a yes is one where it stands.

    Not so "not quite right", "as soon as I can" and "is it definitely free".
    """
    before = text[: find.start].split()
    if find.force is _Force.WEAK_YES:
        return "not" not in before[-3:]
    if not before or before[-1] in _BEFORE_YES:
        return True
    said = text[find.start : find.end].strip()
    if said in _ADVERBS:
        return find.end == len(text)
    return _SHORT_ANSWER.fullmatch(said) is None


def _divided(text: str, found: Sequence[_Found]) -> Answer:
    """Both were said: the last word after a change of mind, else mixed."""
    last = found[-1]
    opposite = max(find.end for find in found if find.says_yes != last.says_yes)
    if _TAKES_BACK.search(text[opposite - 1 : last.end]):
        return Answer.YES if last.says_yes else Answer.NO
    yes = [find for find in found if find.says_yes]
    no = [find for find in found if not find.says_yes]
    only_weak = all(find.force is _Force.WEAK_YES for find in yes)
    if only_weak and (
        any(find.force is _Force.FIRM_NO for find in no) or yes[-1].end <= no[0].start
    ):
        return Answer.NO  # "okay, no" and "no thanks, that's fine"
    return Answer.MIXED
