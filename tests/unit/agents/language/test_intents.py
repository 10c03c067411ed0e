"""What the caller is doing: opt-out and its near misses, call later, robot, human, and the rest."""

from __future__ import annotations

import pytest

from agents.language.intents import read_intents
from agents.language.reading import Intent
from agents.language.words import words_of

SAID: dict[Intent, str] = {
    Intent.OPT_OUT: """
i'd appreciate it if you didn't call again|could you not call me again please
can you not ring this number any more|i want off your list|you are not allowed to call me again
i don't give you permission to call me|i don't want people like you ringing me
no further calls please
i don't want cold calls|not interested and don't ring back ever|i don't want to be on your list
please delete all my data|i'd rather you didn't call me again|put me down as do not call
i want no more contact|i do not want any contact from your company|don't call back|never call back
please do not call back|this is harassment stop it|can you make these calls stop|do not contact me
what do i have to do to stop you calling me|i revoke my consent|don't call me
do not ring this number
stop calling me|stop calling|please stop calling me|stop ringing me|stop phoning me
stop contacting me
stop bothering me|stop pestering me|stop harassing me|quit calling me|don't call me again
do not call me again
don't call again|never call me again|never ring me again|don't ever call me again
do not call this number again
don't ring me again|don't phone me again|please don't contact me again|don't call here again
don't call me any more
take me off your list|take me off the list|take my name off your list|take my number off your list
remove me from your list|remove my number|remove my details|delete my number|delete my details
please delete my number from your system|take this number off your database
remove me from your database
i don't want you to call me again|i don't want any more calls|i don't want these calls
no more calls
no more calls please|i want you to stop calling me|would you stop calling me
can you please stop ringing
i'm on the telephone preference service|i'm registered with the t p s|we're on the tps|unsubscribe
unsubscribe me
opt me out|i want to opt out|i'd like to opt out|put me on your do not call list
add me to the do not call list
lose my number|forget my number|leave me alone|just leave me alone|i withdraw my consent
i never want to hear from you again|i don't want to hear from you again
don't want to be contacted again
i don't wish to be contacted|i do not want to be called|you'd better not call again
if you call again i'll report you
how do i get off your list|how can i stop these calls|stop these calls|stop with these calls
will you stop calling this number|i told you to stop calling|i told you not to call me again
i asked you not to call
i said don't call me again|not interested stop calling me|no thanks and don't call again
no and please take me off your list
please remove us from your records|cease calling|do not contact us again|don't bother me again
don't bother calling again
never contact me again|take us off your list please|get me off your list
get my number off your list
i want to be taken off your list|i'd like my number removed|i'd like to be removed from your list
please make sure nobody calls me again|don't you dare call me again
i don't want to receive any calls
i don't want to receive any more marketing calls|please don't call any more
you must stop calling me|block my number
""",
    Intent.CALL_LATER: """
call me later|can you call me later|call back later|call me back|call me back later|ring me later
ring me back
phone me back|can you ring back tomorrow|call me tomorrow|could you call me tomorrow
call me another time
can you call another time|try me later|try again later|try again tomorrow|i'm driving
i'm driving at the moment
i'm in a meeting|i'm at work|it's a bad time|it's not a good time|this isn't a good time
not a good time
now is not a good time|i can't talk now|i can't talk right now|i can't speak right now
i'm busy right now
i'm busy at the moment|i'm a bit busy|i'm just going out|i'm about to go out|i'm having dinner
i'm having my dinner|i'm on another call|i'm on the other line|catch me later|call me next week
can you call me back in half an hour|ring me on tuesday|can we do this another time
can we talk later
can we speak later|speak later|don't call me today call me tomorrow|call me in the evening
call me after six
not now call me later|i'm with someone|i'm with a customer|i'm in the car|i'm cooking
it's a bad moment
this is a bad time|give me a call tomorrow|give me a ring later|can i have a call back
could you arrange a callback
maybe later|some other time|another time perhaps|you've caught me at a bad time
don't ring me before nine
don't call me at work call me at home tonight
please don't call me in the morning call in the afternoon
""",
    Intent.NOT_INTERESTED: """
not interested|i'm not interested|i am not interested|not interested thanks
no thanks i'm not interested
sorry not interested|i'm really not interested|we're not interested|i have no interest
no interest in that
it's not for me|not for me thanks|i don't want one|i don't want a valuation|i don't need one
i don't need a valuation
i don't need it|i don't want it|i'm not bothered|i'll pass|i'll leave it|i'll leave it thanks
we don't need anything
waste of time|you're wasting your time|i can't be bothered|no thanks i don't want it
i'm all right thanks
i'm fine thanks|i'm good thanks|not for us|i've changed my mind|forget it|never mind
""",
    Intent.ASKS_IF_ROBOT: """
are you a robot|are you a bot|are you a machine|are you a computer|are you an a i|are you ai
are you real
are you a real person|are you human|are you a human|is this a robot|is this a recording
is this a real person
is this automated|am i talking to a robot|am i speaking to a machine
am i speaking to a real person
am i talking to a computer|are you a recording|you sound like a robot|is that a machine
is this a computer
are you artificial|are you an actual person|are you a person|is it a robot|are you automated
is this an ai
""",
    Intent.WANTS_HUMAN: """
can i speak to a human|can i speak to a person|can i speak to someone|i want to speak to a human
i want to talk to a real person|let me speak to a person|put me through to someone
can you put me through to somebody
transfer me to a person|i'd like to speak to a real person|can i talk to somebody else
i want a human|human please
a real person please|can i speak to your manager|get me a manager|i want to speak to a manager
operator
i'd rather speak to a person|i'd prefer to talk to a human|can i speak to an agent
i don't want to talk to a robot
i don't talk to robots|i'm not talking to a machine|can somebody else call me
can i speak to a colleague
i want to speak to the office|pass me to a colleague|is there a real person i can talk to
""",
    Intent.WRONG_PERSON: """
wrong number|you've got the wrong number|you have the wrong number
i think you've got the wrong number|wrong person
you've got the wrong person|there's no one here called that|there is nobody here by that name
nobody of that name here
he doesn't live here|she doesn't live here any more|they don't live here|never heard of him
never heard of her
this is her husband|this is his wife|i'm his wife|i'm her son|he's not here|she's not in
she isn't here
he's out at the moment|he isn't in|she's at work|he's moved|she has moved away|he passed away
she died|he's dead
no one of that name lives here|there's no sarah here
""",
    Intent.REPEAT: """
pardon|pardon me|sorry|sorry what|what|what was that|say that again|can you say that again
could you repeat that
can you repeat that please|repeat that|come again|i didn't catch that|i didn't hear you
i didn't hear that
i didn't get that|sorry i missed that|what did you say|sorry what did you say|i can't hear you
one more time
once more please|can you speak up|can you speak up please|could you slow down|i don't understand
sorry can you say that again
you're breaking up|say it again|again please|excuse me|i beg your pardon|can you speak slower
repeat please|eh
""",
    Intent.WAIT: """
hang on|hold on|hang on a minute|hold on a second|one moment|one second|one minute|just a moment
just a second
just a minute|just a sec|wait|wait a minute|wait a second|give me a second|give me a minute
bear with me
let me think|let me check|let me see|let me look at my diary|let me get a pen|stop let me think
stop|stop there
stop talking|stop for a second|hold the line|can you hold on|let me have a look|stop a minute
let me think about that
can you wait a moment|i need a minute|stop stop stop|wait let me think|stop i'm thinking
""",
    Intent.GREETING: """
hello|hi|hi there|hello there|good morning|good afternoon|good evening|hey|hiya|hello good morning
""",
    Intent.THANKS: """
thank you|thanks|thanks very much|thank you very much|cheers|many thanks|ta|thank you so much
that's great thank you
""",
    Intent.GOODBYE: """
goodbye|bye|bye bye|bye then|okay bye|goodbye then|see you|see you then|have a good day|that's all
that's all thanks
that's everything|no that's all|nothing else|no that's everything thank you|i have to go
i've got to go|speak soon
thank you goodbye|thanks bye|cheerio|take care|good night|i'm going to hang up|i'm hanging up now
""",
    Intent.WANTS_APPOINTMENT: """
i'd like to book a valuation|i want to book an appointment|can i book a valuation
i'd like a valuation
i want a valuation|i'd like to arrange a valuation|can you value my house
could someone value my flat
i'd like someone to value my home|can someone come and value my house|i want to sell my house
i'm thinking of selling my flat
i want to make an appointment|i'd like to make an appointment|i need a valuation
can i get a valuation
how much is my house worth|i want to know what my house is worth|i'm calling about a valuation
i'm ringing to book a valuation
i'd like to have my house valued|can i have my flat valued|book me in|book an appointment please
a valuation please
i'd like to put my house on the market|i'm looking to sell my house
i was wondering if i could book a valuation
""",
}

# Sound like an opt-out, and are not.
NOT_OPT_OUT = """
stop let me think|stop|stop there|stop talking|wait stop|can you stop for a second
stop a minute please
i'm not saying stop calling|i'm not saying stop calling me|i didn't say stop calling me
i'm not asking you to stop calling
i never said stop calling me|don't stop calling me i do want this|my ex won't stop calling me
i couldn't stop calling them|the other agents won't stop calling me|don't call me before nine
don't call me after six
don't call me on mondays|don't call me today call me tomorrow|please don't ring me at work
don't call me at work
don't call me now call me later|don't call me mister|don't call it a flat it's a house
you can call me again
please call me again|call me again tomorrow|do call me back|why did you stop calling
you never called me back
you never call me back|did you call me before|who told you to call me|why do you keep calling me
take me off speaker
take me off hold|put me on hold|i'll take it off the market|take it off the market
we took the house off the market
remove the sign|i'd like to remove a wall|i want to be on your list|am i on your list
put me on your list
what list am i on|i'm not on any list|stop the car|i need to stop and think|where do i stop
the bus stop
i'm at the bus stop|no|no thanks|not interested|i don't want it|i don't want a valuation|i'm busy
call me later
i'm driving i can't talk|don't worry|don't bother|never mind|i never said that
i don't call that cheap
i don't want to sell|i don't want to move|the calls are too quiet|how many calls do you make
your call is breaking up
i've had a few calls|i get a lot of calls|do you contact people every day|how do i contact you
contact my husband
the number is wrong|is that the right number|my number has changed|delete the appointment
can you cancel my appointment
if you call tomorrow i'll be here|if you call again tomorrow i'll talk to you
you can call me any time
i don't mind if you call again|i don't mind you calling|i'm happy for you to call me
i'd like you to call again
never say never|leave it with me|leave me a message|leave me your number|leave a message
let me know
the list price|what's the list price|block of flats|it's in a block
my wife opted out of the pension
stop it you're making me laugh|i couldn't stop laughing|don't call until tuesday
don't call me until next week
don't ring for half an hour|can you not call so early|could you call a bit later please
no more questions please
no more than three bedrooms|don't call this number call my mobile|i can't stop you calling
you can call me again next week
don't forget to ring me back|nobody called me back|i'd like to be contacted by email
you don't call me back when you say you will|i don't usually answer|i'm taking tuesday off
i get off work at five|no more than that|don't you have another time|my number is on the website
remove my shoes|i'll remove the furniture|forget about the fees
"""


def phrases(table: str) -> list[str]:
    return [phrase for line in table.strip().splitlines() for phrase in line.split("|") if phrase]


TABLE = [(intent, phrase) for intent, table in SAID.items() for phrase in phrases(table)]


@pytest.mark.parametrize(("intent", "text"), TABLE)
def test_intent(intent: Intent, text: str) -> None:
    assert intent in read_intents(words_of(text))


@pytest.mark.parametrize("text", phrases(NOT_OPT_OUT))
def test_near_misses_are_no_opt_out(text: str) -> None:
    assert Intent.OPT_OUT not in read_intents(words_of(text))


@pytest.mark.parametrize(
    ("intent", "text"), [pair for pair in TABLE if pair[0] is not Intent.OPT_OUT]
)
def test_nothing_else_is_an_opt_out(intent: Intent, text: str) -> None:
    assert Intent.OPT_OUT not in read_intents(words_of(text)), intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("i don't want a valuation", Intent.WANTS_APPOINTMENT),
        ("no thank you", Intent.THANKS),
        ("no thanks", Intent.THANKS),
        ("are you a real person", Intent.WANTS_HUMAN),
        ("i need to speak to my wife", Intent.WANTS_HUMAN),
        ("there's no need to call me back", Intent.CALL_LATER),
        ("don't call me back", Intent.CALL_LATER),
        ("i'm not saying call me later", Intent.CALL_LATER),
        ("yes i'm interested", Intent.NOT_INTERESTED),
        ("i'm interested", Intent.NOT_INTERESTED),
        ("i don't mind waiting", Intent.WAIT),
        ("how long is the wait", Intent.WAIT),
        ("sorry tuesday is better", Intent.REPEAT),
        ("what are your fees", Intent.REPEAT),
        ("later than three months", Intent.CALL_LATER),
        ("good morning is best", Intent.GOODBYE),
        ("later this year", Intent.CALL_LATER),
        ("i'm not sure", Intent.NOT_INTERESTED),
    ],
)
def test_what_it_is_not(text: str, intent: Intent) -> None:
    assert intent not in read_intents(words_of(text))
