"""Opt-outs: "stop calling me" in its many forms, and what only sounds like one.

A person who wants no more calls must be understood however they put it. So the wordings are
wide, and what is meant otherwise is cut out first: conditions ("don't call me before nine"),
denials ("I'm not saying stop calling") and stories ("my ex won't stop calling me").
"""

from __future__ import annotations

import re
from typing import Final

from agents.language.patterns import Phrasebook

_CALLING = (
    "(calling|ringing|phoning|contacting|bothering|pestering|harassing|texting|annoying|hassling)"
)
_CALL = "(call|ring|phone|contact|bother|pester|text|disturb|telephone)"
_CALLED = "(called|rung|phoned|contacted|bothered|disturbed|telephoned)"
_CALLS = (
    "[any] [more] [of] [these|those|such|your|marketing|sales|further|the] [marketing|sales]"
    " (calls|phone calls)"
)
_OFF = "(off|from|out of)"
_LIST = "(list|lists|database|system|records|books|file|files|register)"

_OPT_OUTS: Final = Phrasebook.of(
    f"""
    (stop|quit|cease) [bloody|all|with] {_CALLING}
    (stop|no) [all|with] [more] (these|those|this|your|the) [sales|marketing|phone] (calls|call
      |calling)
    (stop|no more|end) (calls|these calls|phone calls|sales calls|marketing calls)
    (do not|never|not to|never ever) [you|dare|ever|you dare|want you to|want anyone to
      |need you to] [ever] {_CALL} * (again|any more|ever)
    (do not|never) [ever|you dare] [ever] {_CALL} (me|us|here|this number|my number|this house
      |this phone)
    (asked|told|tell|telling|asking|said) [you|them|him|her] not to [ever] {_CALL}
    had better not {_CALL}
    would better not {_CALL}
    (do not|no longer|never) (want|wish|like|need|expect) [you|anyone|anybody|your company
      |your people|any of you] [to] [ever] [be|get] ({_CALL}|{_CALLED}|{_CALLING}) [me|us|here]
    (do not|no longer|never) (want|wish|like|need) * [to be|being] {_CALLED}
    (do not|no longer) want {_CALLS}
    (do not|no longer) (want|wish) to (receive|get|have) {_CALLS}
    (do not|never) (want|wish) to hear from (you|your company|anyone) [ever] [again|any more]
    if you [ever] (call|ring|phone) * again i (will|am going to) * (report|complain|sue
      |call the police|block)
    (take|remove|delete|strike|get|erase|scratch|wipe) (me|us|my name|my number|our number
      |my details|our details|this number|that number|the number|my phone number|my data
      |it) {_OFF} * {_LIST}
    (remove|delete|erase|block|lose|forget|wipe) (my|our|this) [phone|telephone|mobile] (number
      |details|name|data|information)
    (remove|unsubscribe) (me|us)
    (taken|removed|deleted|get|be|come) (off|from|out of) (your|the|this|that) * {_LIST}
    (number|details|name|data) (removed|deleted|taken off|erased)
    take (me|us|my number|this number) off
    unsubscribe
    (opt|opting|opted) (me|us) out
    (want|like|wish|need|going|have|choose) to opt out
    i am opting out
    opt out
    (t p s|tps|telephone preference service|telephone preference)
    (do not call|no call|do not contact) (list|register)
    (leave|let) (me|us) (alone|be|in peace)
    withdraw [my|our|any|all] [consent|permission]
    make sure (nobody|no one|you do not|you never|that nobody|that no one) * (call|calls|ring
      |rings|phone|phones|contact|contacts)
    (block|blocking|blacklist) (my|this) number
    (no more|stop the) (phone calls|calls|calling)
    get (me|us|my number|this number) off
    """
)

# Meant otherwise, although the words are in it: cut out before looking.
_OTHERWISE: Final = Phrasebook.of(
    f"""
    (not|never) (saying|say|said|asking|asked|telling|told|mean|meaning|meant) * (stop|quit
      |cease) {_CALLING} [me|us|here]
    (not|never) (saying|say|said|asking|asked|telling|told|mean) * (do not|never
      |not to) {_CALL} [me|us|here] [again|back]
    (do not|never|not|did you|why did you|why do you|have you|could not|can not
      |when did you) stop {_CALLING}
    (ex|they|he|she|agents|people|agent|someone|somebody|companies|mother|friend
      |everyone) (will not|would not|does not|do not|never|can not|keep|keeps) * {_CALLING} [me|us
      |them]
    (not (want to|going to)|no need to) opt out
    opted out of
    (do not|not) (mind|object) * {_CALL}
    (off|of) (speaker|hold|the market|loudspeaker|mute)
    (do not|never) {_CALL} me (mister|sir|madam|mrs|miss|mate|darling|love)
    (do not|not) {_CALL} it
    (do not|did not|have not|never|not) {_CALL} [me|us] back
    i (do not|never|did not) {_CALL}
    you (do not|never|did not) {_CALL}
    put me on your list
    (leave|let) (me|us) (alone for|be honest|be clear|be frank)
    """
)

# A condition of time or place makes "don't call me" a wish for another moment.
_CONDITION = (
    r"(?:before|after|until|till|at work|at the office|at home|in the|on (?:my|a|this|the|that) \S+"
    r"|so (?:early|late|often)|this (?:early|late|week|morning|afternoon"
    r"|evening)|today|tonight|tomorrow|now|right now|just now|yet|for (?:a|an|half|the|another)"
    r"|while|when|during|between|too|next|later|early|late|(?:mon|tues|wednes|thurs|fri|satur|sun)"
    r"days?|on \S+days?|at (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d"
    r"|lunch|night|dinner|this time|the weekend|weekends)|because i|as i) "
)
_CONDITIONAL = re.compile(
    r"(?<= )(?:(?:please )?(?:do not|never|not to|can you not|could you not|not) (?:ever )?"
    r"(?:call|ring|phone|contact|bother|disturb|text)) (?:me |us |here |back |again |this number )*"
    + _CONDITION
)
_FOR_EVER = re.compile(r"(?<= )(?:again|ever|any more|in the future|from now on|in future) ")


def is_opt_out(text: str) -> bool:
    """Whether the caller wants no more calls. ``text`` as from ``words.joined``."""
    text = _OTHERWISE.without(text)
    if not _FOR_EVER.search(text):
        text = _CONDITIONAL.sub("| ", text)
    return _OPT_OUTS.found_in(text)
