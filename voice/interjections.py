"""What the caller's words over the agent's speech mean for that speech. English, pure.

Four answers: stop at once and listen ("wait", "hold on"), go on as if nothing was said ("mm-hm"),
nothing was said ("um"), or the caller has taken the turn. The text is read as phrases of the
tables below, the longest first; a sentence made of them alone is an interjection, and every other
one is a turn. "Yes" said over a story keeps it going, but answers a question already heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FEWEST_CHARACTERS: Final = 3  # of a transcript that counts, known short words apart


class InterjectionKind(StrEnum):
    """What the agent does about it: be silent, go on, go on, answer."""

    STOP = "stop"
    BACKCHANNEL = "backchannel"
    NOTHING = "nothing"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Interjection:
    """How words said over the agent are taken. ``urgent``: cut the sound without waiting."""

    kind: InterjectionKind
    urgent: bool = False


class _Sense(StrEnum):
    """What one phrase of the tables says."""

    STOP = "stop"
    REFUSAL = "refusal"  # stops the agent; the answer no where a question was heard
    ASSENT = "assent"  # keeps the agent going; the answer yes where a question was heard
    REACTION = "reaction"  # keeps the agent going and answers nothing
    COURTESY = "courtesy"  # says nothing by itself, changes nothing beside others
    FILLER = "filler"


_WORDINGS: Final[Mapping[_Sense, str]] = MappingProxyType(
    {
        _Sense.STOP: """
            stop, stop it, stop there, stop talking, stop please, wait, wait up, wait a minute,
            wait a second, wait a sec, wait a moment, wait one second, wait one minute, wait there,
            hold on, hold up, hold it, hold on a minute, hold on a second, hold on a sec,
            hold on a moment, hold on one second, hang on, hang on a minute, hang on a second,
            hang on a sec, hang on a moment, excuse me, one moment, one second, one sec,
            one minute, just a moment, just a second, just a sec, just a minute, give me a second,
            give me a minute, give me a moment, a moment, a second, a minute, enough,
            that is enough, that's enough, shut up, be quiet, quiet, pause, slow down, not now,
            let me speak, let me talk, let me finish, can i speak, can i say something, listen,
            sorry, i'm sorry, pardon, pardon me, i beg your pardon, whoa, time out
            """,
        _Sense.REFUSAL: "no, nope, nah, no way, never",
        _Sense.ASSENT: """
            yes, yeah, yep, yup, yah, ya, aye, yes yes, okay, ok, okey, okey dokey, kay, sure,
            sure thing, right, that is right, that's right, all right, alright, mm hm, mm hmm,
            mhm, mmhm, mmhmm, mm mm hm, hm hm, uh huh, uhhuh, uh hum, ah ha, aha, a ha, of course,
            absolutely, definitely, certainly, exactly, correct, indeed, true, fine, that is fine,
            that's fine, good, very good, sounds good, that sounds good, great, perfect, lovely,
            brilliant, no problem, no worries, not a problem, fair enough, understood,
            i understand, i agree, got it, i got it, got you, gotcha, go on, go ahead, carry on,
            keep going, please do, please go on, makes sense, that makes sense, i do, i am
            """,
        _Sense.REACTION: """
            i see, oh i see, i hear you, i know, you know, oh, ah, wow, oh wow, really, oh really,
            oh right, oh okay, oh good, cool, nice, interesting, that's interesting,
            that is interesting, that's good, that is good, that's nice, that is nice, funny, mm,
            oh dear, oh my god, my god, goodness, ha, haha, ha ha, well well, is that so, i bet,
            thanks, thank you, cheers
            """,
        _Sense.COURTESY: "please, sir, madam, mate, dear, there, then, now, and, but, so, well",
        _Sense.FILLER: "um, umm, uh, uhh, er, err, erm, eh, hm, hmm, hmmm, huh, mmm, ehm, like",
    }
)
_OPT_OUTS: Final = re.compile(
    r"\b(?:(?:stop|quit) (?:\w+ )?"
    r"(?:calling|ringing|phoning|contacting|bothering|texting|harassing)"
    r"|(?:do not|don't|dont|never) (?:ever )?(?:call|ring|phone|contact|bother|text) "
    r"(?:me|us|here|again|this|my)|(?:take|remove|delete) (?:me|us|my|our|this)\b.*"
    r"|leave (?:me|us) alone|unsubscribe|opt(?:ing)? (?:me )?out|do not call list|no more calls)\b"
)
_WORD = re.compile(r"[a-z0-9']+")


def _phrasebook() -> dict[tuple[str, ...], _Sense]:
    """Every phrase of the tables as its words."""
    return {
        tuple(phrase.split()): sense
        for sense, wordings in _WORDINGS.items()
        for phrase in wordings.split(",")
    }


_PHRASES: Final[Mapping[tuple[str, ...], _Sense]] = MappingProxyType(_phrasebook())
_LONGEST: Final = max(map(len, _PHRASES))
_AGREEABLE: Final = frozenset({_Sense.ASSENT, _Sense.REACTION, _Sense.COURTESY, _Sense.FILLER})
_STOPPING: Final = frozenset({_Sense.STOP, _Sense.REFUSAL})


def interjection(text: str, *, answers_question: bool) -> Interjection:
    """How to take ``text``, a transcript in English of what was said over the agent.

    ``answers_question``: the caller had heard the agent's question by then, so that "yes", "okay"
    and "no" are the answer.
    """
    words = _WORD.findall(text.lower().replace("’", "'"))
    senses = list(_senses(words))
    said = {sense for sense in senses if sense is not _Sense.FILLER}
    if not said - {_Sense.COURTESY} and None not in said:
        return Interjection(InterjectionKind.NOTHING)
    if None in said:
        return _sentence(words, senses, answers_question=answers_question)
    if answers_question and said & {_Sense.REFUSAL, _Sense.ASSENT} and _Sense.STOP not in said:
        return Interjection(InterjectionKind.TURN, urgent=_Sense.REFUSAL in said)
    if said & _STOPPING:
        return Interjection(InterjectionKind.STOP, urgent=True)
    return Interjection(InterjectionKind.BACKCHANNEL)


def _senses(words: list[str]) -> Iterator[_Sense | None]:
    """What ``words`` say, phrase by phrase, the longest first; None for a word of no table."""
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            sense = _PHRASES.get(tuple(words[at : at + length]))
            if sense is not None:
                break
        yield sense
        at += length


def _sentence(
    words: list[str], senses: list[_Sense | None], *, answers_question: bool
) -> Interjection:
    """Words beyond the tables: a turn, unless they are too few to be anything."""
    spoken = " ".join(words)
    is_number = any(character.isdigit() for character in spoken)
    if len(spoken) < FEWEST_CHARACTERS and not (answers_question and is_number):
        return Interjection(InterjectionKind.NOTHING)
    first = next((sense for sense in senses if sense not in _AGREEABLE), None)
    urgent = first in _STOPPING or _OPT_OUTS.search(spoken) is not None
    return Interjection(InterjectionKind.TURN, urgent)
