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
_US = "(me|us|here|this number|my number|this house|this phone|my house|my phone)"
_EVER = "(again|any more|ever|back|any longer|in future|in the future)"
_NOT = "(not|never)"
_LIST = "(list|lists|database|system|records|books|file|files|register)"
_MY = "(me|us|my name|our name|my number|our number|my details|our details|this number|that number)"
_DATA = "(number|details|name|data|information)"

_OPT_OUTS: Final = Phrasebook.of(
    f"""
    (stop|quit|cease) [bloody|all|with|you|them|these people|people] {_CALLING}
    (stop|no|end) [all|with|more|further] [these|those|this|your|the] [sales|marketing|phone|cold]
      (calls|call|calling)
    (make|get) [all] (these|those|the|your) * (calls|calling) [to] stop
    (no|any) (more|further) (calls|phone calls|contact|marketing|texts|messages|phoning|ringing)
    {_NOT} * {_CALL} [{_US}] * {_EVER}
    (do not|never|never ever) [you|dare|ever|you dare|bother to] [ever] {_CALL} {_US}
    (do not|never|please not) [you|dare|ever|bother] [{_CALL}|{_CALLING}] {_EVER}
    (do not|never) [ever] (bother|keep|go on|start) {_CALLING} [{_US}] [{_EVER}]
    (asked|told|tell|telling|asking|said) * not to [ever] {_CALL}
    (not|never) (allowed|permitted|supposed|welcome|meant) to {_CALL}
    (not|never|no) (give|gave|given|have|had) * (permission|consent)
    (should|must|may) not be {_CALLING}
    (had|would) better not {_CALL}
    (rather|prefer|prefer it if|appreciate it if|grateful if|pleased if) you (did not|do not|would
      not
      |never|stopped|stop|not) [{_CALL}|{_CALLING}]
    (do not|no longer|never) (want|wish|like|need|expect) * {_CALLING} [{_US}]
    (do not|no longer|never) (want|wish|like|need|expect) * (to|be|being|get|getting|you|anyone)
      [to] [ever] [be|get] ({_CALL}|{_CALLED}) [{_US}]
    (do not|no longer|never) (want|wish|need|like) [to (receive|get|have)] [any|these|those|your
      |more]
      [of] [more|further|these|your] [marketing|sales|cold|phone] (calls|phone calls|contact
        |marketing)
    (do not|never) (want|wish) to hear from (you|your company|anyone) [ever] [again|any more]
    (want|need) no (more|further) (contact|calls|phone calls)
    if you [ever] (call|ring|phone) * again i (will|am going to) * (report|complain|sue
      |call the police|block)
    (take|remove|delete|strike|get|erase|scratch|wipe|scrub|cross|knock) ({_MY}|the number
      |my phone number|my data|it) (off|from|out of) * {_LIST}
    (remove|delete|erase|block|lose|forget|wipe|scrub|destroy) [all|all of|any of] (my|our|this)
      [phone|telephone|mobile|personal] {_DATA}
    (remove|unsubscribe|deregister) (me|us)
    (taken|removed|deleted|get|be|come|want|struck|wiped) (off|from|out of) (your|the|this|that)
      * {_LIST}
    (not|never) (want|wish|like|need|agree|ask|asked) to be (on|in) [your|the|this|any|that] *
      {_LIST}
    {_DATA} (removed|deleted|taken off|erased)
    take {_MY} off
    get {_MY} off
    unsubscribe
    (opt|opting|opted) (me|us) out
    (want|like|wish|need|going|have|choose) to opt out
    i am opting out
    opt out
    (t p s|tps|telephone preference service|telephone preference)
    (mark|put|list|register|add|flag) * (do not|no) (call|contact)
    (do not call|no call|do not contact) (list|register)
    (leave|let) (me|us) (alone|be|in peace)
    (withdraw|withdrawing|revoke|revoking|cancel|withdrawn) [my|our|any|all] (consent|permission)
    make sure (nobody|no one|you do not|you never|that nobody|that no one) * (call|calls|ring
      |rings
      |phone|phones|contact|contacts)
    (block|blocking|blacklist) (my|this) number
    (harassment|harassing (me|us))
    (keep|keeps|kept) {_CALLING} [{_US}] [please|now] stop
    """
)

# Meant otherwise, although the words are in it: cut out before looking.
_OTHERWISE: Final = Phrasebook.of(
    f"""
    {_NOT} (saying|say|said|asking|asked|ask|telling|told|mean|meaning|meant) [you|that|to|you to]
      * (stop|quit|cease) {_CALLING} [{_US}]
    {_NOT} (saying|say|said|asking|asked|telling|told|mean) [you|that] (do not|never|not to)
      {_CALL} [{_US}] [again|back]
    (do not|never|not|did you|why did you|why do you|have you|could not|can not|when did you)
      stop [you|them|people] {_CALLING}
    (ex|they|he|she|agents|people|agent|someone|somebody|companies|mother|friend|everyone)
      (will not|would not|does not|do not|never|can not|keep|keeps) * {_CALLING} [me|us|them]
    (not (want to|going to)|no need to) opt out
    opted out of
    (do not|not) (mind|object|worry|care) * {_CALL} [{_US}] [{_EVER}]
    (do not|not) (forget|hesitate) to {_CALL} [{_US}] [{_EVER}]
    no need to {_CALL} [{_US}] [back]
    (there is|have|see) no (need|reason|point) * {_CALL} [{_US}] [back]
    (off|of) (speaker|hold|the market|loudspeaker|mute)
    (do not|never) {_CALL} me (mister|sir|madam|mrs|miss|mate|darling|love)
    (do not|not) {_CALL} (it|that|this) (a|an|the|cheap|expensive|my|what)
    (do not|not) {_CALL} that
    (do not|not|instead of) ({_CALL}|{_CALLING}) (this number|me on this|here) [but] [please]
      (call|ring|try|use|on) (my|me|the)
    (i|we|nobody|no one|they|anyone) (do not|never|did not|can not|could not|will not|have not)
      {_CALL} [you|me|us|them|back|people]
    (you|they) (do not|never|did not|have not) {_CALL} (me|us) back
    (never|not|nobody|no one) {_CALLED} (me|us|you) [back|again]
    (not|never) (stop|want|miss) (laughing|talking|the call|your call)
    put me on your list
    (leave|let) (me|us) (alone for|be honest|be clear|be frank)
    do not bother
    (not|never) (want|need|like) (to|you to) {_CALL} (you|him|her|them|my|the|an|a)
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
_DO_NOT_BOTHER: Final = Phrasebook.of(
    f"do not bother ({_US}|{_CALLING}|to {_CALL}) [{_US}] (again|any more|ever)"
)
_FOR_EVER = re.compile(r"(?<= )(?:again|ever|any more|in the future|from now on|in future) ")


def is_opt_out(text: str) -> bool:
    """Whether the caller wants no more calls. ``text`` as from ``words.joined``."""
    if _DO_NOT_BOTHER.found_in(text):
        return True
    text = _OTHERWISE.without(text)
    if not _FOR_EVER.search(text):
        text = _CONDITIONAL.sub("| ", text)
    return _OPT_OUTS.found_in(text)
