"""How people answer on the telephone: the grammar rules of each kind of answer.

A rule says how callers word an answer, not what it means. `voice.hearing_automaton` explains the
notation: words, <rules>, (groups), [options] and /weights/ of alternatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RULES: Final[Mapping[str, str]] = {
    "yes": """
        /40/ yes | /10/ yeah | /3/ yep | /3/ sure | /4/ okay | /4/ of course | /4/ correct
        | /3/ absolutely | /3/ certainly | /2/ definitely | /2/ fine | /3/ (yes
        | yeah) of course | /10/ [yes | yeah] (that's | that is) (right | correct | fine | okay
        | good | me) | /6/ [yes | yeah] (it is | i am | i do | we do | it does | i have
        | we have | i can | i would) | /3/ [yes] (go ahead | go on | why not | please do
        | that works | that would be (great | fine | good)) | /4/ [yes | this is
        | yes this is] (speaking | me) | /2/ (yes | yeah) (sure | okay)
        | /3/ (sounds | that sounds) (good | great | fine) | /2/ [yes] (i think so
        | i suppose so) | /2/ yes yes
    """,
    "no": """
        /40/ no | /4/ nope | /3/ nah | /4/ not really | /3/ not at all | /2/ not now
        | /2/ no no | /6/ [no] (i'm not | i am not | i don't | i do not | we don't | it isn't
        | it's not | it is not) | /3/ [no] (that's | that is) (wrong | not right | incorrect)
        | /3/ [no] (i haven't | i can't | not me) | /2/ [no] not today
        | /2/ [no] i don't think so
    """,
    "yesno": "/5/ <yes> [/0.15/ <polite>] | /5/ <no> [/0.15/ <polite>]",
    "polite": "/4/ please | /4/ thank you | /3/ thanks",
    "filler": "/5/ um | /4/ uh | /4/ well | /4/ oh",
    "lead": "/0.5/ <filler> | /5/ yes | /2/ yeah | /6/ no | /2/ no thank you",
    "unit": "one | two | three | four | five | six | seven | eight | nine",
    "teen": """
        ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen
        | nineteen
    """,
    "tens": "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety",
    "count": """
        /60/ <unit> | /12/ <teen> | /6/ <tens> | /2/ <tens> <unit> | /1/ zero | /1/ none
        | /1/ (a | one) hundred
    """,
    "number": """
        /10/ <count> | /8/ <count> (bedrooms | bedroom | beds | bed | rooms) | /4/ (about
        | just | only | there are | there's | we have | i have | i've got | we've got | it has
        | it's got | it is | it's a | it's) <count> [bedrooms | bedroom | beds | bed | rooms]
        | /1/ [it's | it is] a studio
    """,
    "digit": "zero | oh | one | two | three | four | five | six | seven | eight | nine",
    "anyoutward": "<letter> [/0.8/ <letter>] <digit> [<digit>]",
    "letter": """
        a | b | c | d | e | f | g | h | i | j | k | l | m | n | o | p | q | r | s | t | u | v
        | w | x | y | z | zed
    """,
    "inward": "<digit> <letter> <letter>",
    "weekday": "monday | tuesday | wednesday | thursday | friday | /0.6/ saturday | /0.3/ sunday",
    "month": """
        january | february | march | april | may | june | july | august | september | october
        | november | december
    """,
    "ordinal": """
        first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth
        | eleventh | twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth
        | eighteenth | nineteenth | twentieth | twenty (first | second | third | fourth | fifth
        | sixth | seventh | eighth | ninth) | thirtieth | thirty first
    """,
    "day": """
        /60/ <weekday> | /4/ (next | this | on) <weekday> | /1/ <weekday> next week
        | /16/ tomorrow | /5/ today | /1/ [the] day after tomorrow | /0.4/ <weekday> the <ordinal>
        | /0.15/ the <ordinal> [of <month>] | /0.02/ <weekday> the <ordinal> of <month>
        | /1/ next week
    """,
    "hour": "one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve",
    "clock": """
        /24/ <hour> | /20/ <hour> o'clock | /16/ half past <hour> | /5/ quarter (past | to) <hour>
        | /6/ <hour> (thirty | fifteen | forty five) | /0.4/ (ten | twenty) (past | to) <hour>
        | /0.2/ (noon | midday)
    """,
    "part": "/5/ morning | /5/ afternoon | /2/ evening",
    "ofday": "/4/ in the <part> | /1/ (a m | p m)",
    "time": "/20/ at <clock> | /1/ at <clock> <ofday> | /5/ <clock> | /1/ <clock> <ofday>",
    "when": """
        /40/ <day> <time> | /4/ <day> <part> [/0.3/ at <clock>] | /6/ <day> | /8/ <time>
        | /3/ <time> (on <weekday> | tomorrow | today | tomorrow <part>) | /3/ in the <part>
        | /2/ in (half an hour | an hour | two hours | a few hours | ten minutes | a few days)
        | /1/ (any time | later today | later | as soon as possible)
    """,
    "offer": """
        /16/ the (first | second) one | /4/ the (first | second) | /1/ the (last | other) one
        | /1/ the (earlier | later) one | /1/ either [one] | /0.5/ (any | both) of them
    """,
    "asked": """
        /4/ (how about | what about | let's say | make it | can we do | can you do | could you do
        | i can do | i'd prefer | i would prefer | i'd like | do you have | could we say)
        | /2/ [please | can you | could you] (call me | ring me | call me back | ring me back
        | call back | try me)
    """,
    "suits": """
        is fine | is good | is better | works for me | would be good | would be fine
        | would be better | suits me | would be great | would suit me
    """,
    "appointment": """
        /20/ [/0.1/ <asked>] <when> [/0.04/ <suits>] | /10/ <offer> [/0.04/ <suits>]
        | /2/ (i'll take | i'd like | let's take | let's go with) <offer>
        | /2/ (none of those | neither [of them] | neither of those | that doesn't suit me
        | i can't do [either of] those | not on <weekday> | (that's | that is) no good [for me])
    """,
    "fullname": "/6/ <onename> | /4/ <onename> <onename>",
    "name": """
        /6/ <fullname> | /2/ <fullname> (speaking | here)
        | /4/ (my name is | the name is | this is | it's | it is | i'm | i am) <fullname>
    """,
    "postcode": """
        [/0.3/ it's | it is | the post code is | my post code is] <outward> [/0.5/ <inward>]
    """,
    "turn": "[/0.08/ <lead>] <said> [/0.1/ <polite>]",
}

GENERAL: Final = (
    "hello",
    "sorry",
    "pardon",
    "sorry what was that",
    "can you repeat that",
    "could you repeat that please",
    "say that again",
    "can you say that again please",
    "i didn't hear you",
    "what did you say",
    "one moment please",
    "just a moment",
    "hold on",
    "wait a minute",
    "thank you",
    "thanks",
    "thank you very much",
    "goodbye",
    "bye",
    "bye bye",
    "thank you goodbye",
    "who is this",
    "who are you",
    "are you a robot",
    "is this a robot",
    "am i talking to a machine",
    "are you a real person",
    "can i speak to a person",
    "i want to speak to a human",
    "i want to talk to a real person",
    "i'm not interested",
    "i am not interested",
    "not interested",
    "no thank you",
    "no thanks",
    "stop calling me",
    "please stop calling me",
    "don't call me again",
    "do not call me again",
    "never call me again",
    "take me off your list",
    "remove me from your list",
    "take my number off your list",
    "wrong number",
    "you have the wrong number",
    "i'm busy",
    "i'm busy right now",
    "this is not a good time",
    "it's not a good time",
    "call me later",
    "call me back later",
    "can you call me back later",
    "call me tomorrow",
    "i don't know",
    "i'm not sure",
    "i don't understand",
)
