"""Wordings of those who do not want to go on: wrong person, robot, human, later, no interest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agents.language.patterns import Phrasebook
from agents.language.reading import Intent
from agents.language.wording import Wording

_PERSON = (
    "(human|human being|real human|person|real person|actual person|proper person|someone"
    "|somebody|someone real|somebody else|someone else|manager|supervisor|agent|real agent"
    "|adviser|advisor|operator|colleague|your boss|boss|member of staff|living person|the office"
    "|your office|your colleague|representative|customer service|one of your|the valuer)"
)
_MACHINE = (
    "(robot|bot|machine|computer|a i|ai|recording|automated|automatic|artificial|answering"
    "|voicebot|chatbot|program|software|real|human|person|actual person|human being|alive|siri"
    "|alexa|virtual|synthetic)"
)
_CALL = "(call|ring|phone|try|contact|catch|telephone)"
_LATER = (
    "(later|back|tomorrow|tonight|another time|another day|some other time|some time else|next week"
    "|next month|after|again|at|on|in|this afternoon|this evening|monday|tuesday|wednesday|thursday"
    "|friday|saturday|sunday|when|around|about|after work|when i)"
)
_VISIT = (
    "(valuation|appointment|visit|free valuation|viewing|home valuation|property valuation|valuer)"
)

# Said later in a call, "she is at work" speaks of somebody else; these still mean us.
SURELY_WRONG_PERSON: Final = Phrasebook.of(
    """
    wrong (number|person|house)
    (no one|nobody) (called|named|by the name|of that name|by that name)
    (he|she|they) (do|does) not live here
    never heard of (him|her|them)
    """
)

DECLINING: Final[Mapping[Intent, Wording]] = MappingProxyType(
    {
        Intent.WRONG_PERSON: Wording(
            Phrasebook.of(
                """
                wrong (number|person|house|man|woman|lady|guy)
                (no one|nobody|not anyone|not anybody) * (called|named|by|of|with) that [name]
                (no one|nobody) (called|named|by the name)
                (no one|nobody) of that name
                there is no [mister|mrs|miss|ms] * here
                (he|she|they) (do|does) not live here
                (he|she|they) (no longer lives|no longer live) here
                never heard of (him|her|them|that|that person)
                (this is|i am|it is|you are speaking to|you have got) (her|his|their|the) (husband
                  |wife|son|daughter|mother|father|partner|brother|sister|flatmate|tenant|carer
                  |neighbour|neighbor)
                (he|she) is (not|out|away|at work|asleep|dead|moved|busy|unavailable|on holiday
                  |not well)
                (he|she) (has|is|have) (moved|gone|passed|died|left)
                (he|she) (died|passed|moved|left)
                (not|is not) (him|her) [speaking]
                do not know (him|her|anyone|anybody) [called|by|of|that]
                """
            )
        ),
        Intent.ASKS_IF_ROBOT: Wording(
            Phrasebook.of(
                f"""
                (are you|is this|is that|is it|am i speaking [to|with]|am i talking [to|with]
                  |you are|am i through to) [just|actually|really|like|not] [a|an|some kind of
                  |one of those|one of these] [real|actual|live] {_MACHINE}
                (talking|speaking) (to|with) [a|an] [real|actual|live] (robot|bot|machine|computer
                  |recording|a i|ai|human|person|real person)
                (sound|sounds) [a bit|just|very] like [a|an] (robot|machine|computer|recording
                  |bot)
                (this is|you are|it is|that is) [just|only|obviously] (a|an) (robot|bot|machine
                  |computer|recording|a i|ai)
                """
            ),
            unless=Phrasebook.of(
                """
                (want|like|prefer|rather|can i|could i|may i|let me|need) * (speak|talk) [to
                  |with] [a|an] [real|actual] (human|person)
                (not|do not|never|refuse to|hate) * (talk|talking|speak|speaking) (to|with) [a
                  |an] [bloody] (robots|machines|robot|machine|computer|computers|bot)
                is there [a|any] (real person|human|person) * (speak|talk) to
                real estate
                """
            ),
        ),
        Intent.WANTS_HUMAN: Wording(
            Phrasebook.of(
                f"""
                (speak|talk) (to|with) [a|an|your|the|one of your|some] [real|actual|human
                  |proper] {_PERSON}
                (put|transfer|pass|connect|switch) me [over|through|on|straight through] [to] [a
                  |an|your|the|someone|somebody] [real|actual|human] [{_PERSON}]
                (want|need|get|get me|give me|like|prefer|have) (a|an|the|your|some) (human
                  |real person|real human|person|manager|supervisor|operator|human being
                  |actual person)
                (not|do not|never|refuse to|hate) * (talk|talking|speak|speaking) (to|with) [a
                  |an] [bloody] (robots|machines|robot|machine|computer|computers|bot|recording)
                (can|could) (a|another) (human|person|real person|colleague) * (call|ring|phone)
                (can|could) (somebody|someone|anybody|anyone) (else|real|human) * (call|ring|phone
                  |help)
                is there (a|any) (human|person|real person|manager|colleague)
                is there (someone|somebody|anyone|anybody) [else] [real|human] * (speak|talk) to
                """
            ),
            whole=Phrasebook.of(
                "[a|an|the] (human|real person|operator|person|manager|supervisor|agent)"
            ),
            unless=Phrasebook.of(
                """
                (are you|is this|is that|am i) * (person|human|agent|manager|operator)
                (are|am) * (speaking|talking) (to|with) * (person|human|agent)
                (do not|not) (need|want|have) to (speak|talk) (to|with) (someone|somebody|a person
                  |a human)
                """
            ),
        ),
        Intent.CALL_LATER: Wording(
            Phrasebook.of(
                f"""
                {_CALL} (me|us) [back] {_LATER}
                (try|call|ring|phone) again (later|tomorrow|next|in|on|another)
                {_CALL} (me|us) (some time|any time) (later|else|tomorrow|next|after|on|in)
                (call|ring|phone) (back|again) [later|tomorrow]
                (call|ring|phone|try|speak|talk) [to me|to you] [a bit|a little] (later|tomorrow
                  |another time|some other time|another day|next week)
                (give|have) (me|us|a) [a] (call|ring|buzz|bell|call back) [back|later|tomorrow
                  |another time|on|in|after|at]
                (arrange|get|have|request|want|like|book|organise|set up) (a|another) (call back
                  |call later)
                (do|discuss|talk|speak|have) * (this|it|about this) (later|another time
                  |another day|some other time|tomorrow)
                (i am|we are) [just|actually|currently|still|only] (driving|in a meeting
                  |in the car|at work|at the office|in the bath|in the shower|on the train
                  |on the bus|on holiday|cooking|with someone|with a|eating|having|on another call
                  |on the other|going out|about to|on my way|out at the moment|out right now
                  |out shopping|in town|in the middle|in a shop|at the doctor|in hospital|feeding
                  |putting the)
                (i am|we are) [just|a bit|a little|rather|quite|very|really|too] (busy
                  |tied up) (right now|at the moment|just now|now|today|at present|currently)
                (i am|we are) (a bit|a little|rather|kind of) (busy|tied up)
                (bad|wrong|terrible|awkward|difficult|inconvenient|not good) (time
                  |moment) [to talk|to call|right now|now]
                not [really] [a|the] (good|great|best|convenient|right) (time|moment)
                (can|could) not (talk|speak) [right|just] (now|at the moment|at work|here|today
                  |for long)
                not (now|right now|just now|today) (call|ring|maybe|perhaps|another|try)
                (another|some other) (time|day) (please|perhaps|maybe|would|might|is|thanks)
                (maybe|perhaps) (later|another time|some other time|tomorrow|next week)
                (do not|never|not) (call|ring|phone) (me|us) [back] (before|after|until|till
                  |at work|at the office|in the|today|tonight|now|right now|just now|yet|this)
                """
            ),
            whole=Phrasebook.of(
                """
                [some] (later|another time|some other time|another day|not now later)
                (maybe|perhaps) (later|tomorrow)
                speak later
                i am [too|really|very] (busy|driving|working)
                not now
                """
            ),
            unless=Phrasebook.of(
                """
                (no need|do not need|not need|no reason|not saying|not asking|do not want) * (call
                  |ring|phone) [me|us|you] [back|later|again|tomorrow]
                (no need|do not need|not saying|not asking|do not want) * (call|ring) back
                (do not|never|not) (call|ring|phone) [me|us] (back|again) [later]
                (i|we) will (call|ring|phone) [you] (back|later|again|tomorrow)
                (i|we) (can|could|may|might) (call|ring|phone) (you) (back|later)
                you (never|did not|already) * (called|call|ring|rang) [me|us] back
                (to|when) call you (back|later)
                """
            ),
        ),
        Intent.NOT_INTERESTED: Wording(
            Phrasebook.of(
                f"""
                (not|no longer|never) [really|at all|remotely|that|very|particularly|in the least
                  |actually] interested
                (no|not|zero|any) interest [in|at all|thanks|thank you|whatsoever]
                not [really] for (me|us) [thanks|thank you]
                (do not|not|no longer) (want|need|require) (it|one|that|this|anything|any of
                  |a {_VISIT}|an {_VISIT}|your|the {_VISIT}|any {_VISIT}|valuing|a valuation)
                (do not|not) (want|need|require) (a|an|any) {_VISIT}
                (i|we) will (pass|leave it|give it a miss)
                (i am|we are) not bothered
                (can not|can not really) be bothered
                (waste|wasting) [of|my|your] (time)
                (changed|change) (my|our) mind
                (forget|leave) (it|about it) [thanks|thank you]
                (could not|do not|not) care less
                """
            ),
            whole=Phrasebook.of(
                """
                (i am|we are) (all right|fine|good|ok|sorted) [thanks|thank you|ta]
                (never mind|no interest|pass)
                """
            ),
            unless=Phrasebook.of(
                """
                (not saying|did not say|never said) * not interested
                (have not|has not|not) (changed|change) (my|our) mind
                do not (forget|leave) it
                (interested|interest) (rate|rates|only)
                """
            ),
        ),
    }
)
