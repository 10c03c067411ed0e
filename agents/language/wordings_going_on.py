"""Wordings of those who go on: repeat, wait, hello, thanks, goodbye, wants an appointment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from agents.language.patterns import Phrasebook
from agents.language.reading import Intent
from agents.language.wording import Wording

_HOME = "(house|home|flat|property|place|apartment|bungalow|cottage|maisonette)"
_VISIT = (
    "(valuation|appointment|visit|free valuation|viewing|home valuation|property valuation|valuer)"
)

GOING_ON: Final[Mapping[Intent, Wording]] = MappingProxyType(
    {
        Intent.REPEAT: Wording(
            Phrasebook.of(
                """
                (say|repeat|run) (that|it|this|your question|the question) [for me] (again|please
                  |one more time|once more|by me again|slower|slowly)
                (can|could|would|will) (you|u) [please|just] (repeat|say that|say it)
                (repeat|say) (that|it|the question|again) [please|again]
                come again
                (did|could) not [quite|really|actually] (catch|hear|get|understand|follow) (that
                  |you|it|what|a word|the question|any of|the last|all)
                (do|can) not [quite|really] (understand|hear|follow) [you|that|what|the question
                  |a word]
                (missed|miss) (that|it|what)
                what (did|do|was it|were) you (say|just say|saying|ask|mean)
                what (was|is) (that|it|the question) again
                (one more time|once more)
                speak (up|louder|slower|more slowly|slowly|clearly)
                slow down
                (you are|the line is|it is) (breaking up|very quiet|too quiet|faint|terrible|bad
                  |crackly|too fast)
                (beg|beg your) pardon
                (sorry|pardon) (what|i missed|can you|could you repeat|who|me|say)
                """
            ),
            whole=Phrasebook.of(
                """
                (pardon|pardon me|sorry|what|eh|huh|excuse me|again|what was that|sorry what
                  |what sorry|i am sorry|sorry pardon)
                (what|which) (did you|times)
                (repeat|say again|sorry again|again please|come again)
                """
            ),
            unless=Phrasebook.of(
                """
                sorry (to|but|about|for|i am|no|not|we|the)
                (you did not|they did not|he did not) * (hear|catch|get|understand)
                """
            ),
        ),
        Intent.WAIT: Wording(
            Phrasebook.of(
                """
                (hang|hold) on [a|one] [minute|second|moment|sec|tick|mo]
                hold the line
                (one|just a|just one|wait a|wait one|half a|two) (moment|second|minute|sec|tick|mo
                  |seconds|minutes|ticks)
                wait (a|one|for|please|there|let|on|until i)
                (give|allow) me (a|one|two|just a|half a) (moment|second|minute|sec|mo|minutes
                  |seconds)
                bear with (me|us)
                let me [just|quickly] (think|check|see|look|have|get|find|grab|ask|turn|close
                  |write|go|fetch|consult)
                (need|want) (a|one) (moment|minute|second) [to think|please]
                stop (let|there|talking|for a|a minute|a second|one|i am|and|it|please|right|stop)
                """
            ),
            whole=Phrasebook.of(
                "(i am|i am still|still) (thinking|looking|checking)",
                "(stop|wait|hold|whoa|hang about|stop stop|shush|wait wait)",
            ),
            unless=Phrasebook.of(
                """
                (can not|do not|not|never|no need to) (wait|stop|hold|mind)
                (how long|the|long) * wait
                let me (know|see you|have your|have the number|have a valuation)
                """
            ),
        ),
        Intent.GREETING: Wording(
            Phrasebook.of("(hello|hi|hiya|hey|good morning|good afternoon|good evening|howdy)"),
            unless=Phrasebook.of("good (morning|afternoon|evening) (is|would|works|slot)"),
        ),
        Intent.THANKS: Wording(
            Phrasebook.of("(thank you|thanks|cheers|many thanks|much appreciated)"),
            whole=Phrasebook.of("ta"),
            unless=Phrasebook.of("(no|nope|nah|not|fine|interested|bothered) (thank you|thanks)"),
        ),
        Intent.GOODBYE: Wording(
            Phrasebook.of(
                """
                (goodbye|good bye|bye|bye bye|cheerio|farewell|ta ta|so long)
                (see|speak to|talk to) you (then|soon|later|tomorrow|on|there|next)
                (have|enjoy) (a|your) (good|nice|lovely|great) (day|evening|afternoon|one|morning
                  |weekend)
                (that is|that will be|that would be) (all|everything|it) (thank|thanks|for now
                  |for today|i need|i wanted|from me|really)
                nothing else
                (have|got) to (go|run|dash)
                (i am|am) [going to|gonna] (hang|hanging) up
                (hang|hanging) up [now|on you]
                take care
                good night
                """
            ),
            whole=Phrasebook.of(
                "(that is|that will be) (all|everything|it)",
                "see you",
                "speak soon",
                "(i|we) must go",
            ),
            unless=Phrasebook.of(
                "(is that|take care of|why did you hang|do not hang) * (all|up|everything)"
            ),
        ),
        Intent.WANTS_APPOINTMENT: Wording(
            Phrasebook.of(
                f"""
                (book|arrange|make|schedule|organise|set up|fix|request|to have|can i have|could i
                  have|get|getting|having|booking|arranging|organising|interested in|want|like
                  |need
                  |after|about|for) (a|an|my|the|another) [free|home|property|house] {_VISIT}
                (book|calling about|ringing about|ringing for|calling for|enquiring about) [a|an
                  |my|the] [free|home] {_VISIT}
                (value|valuing|appraise|price) (my|our|the|a) {_HOME}
                (my|our|the|a) {_HOME} (valued|priced|appraised)
                (come|come round|come out|come over|send someone) [and|to] value
                [how] much * (my|our|the) {_HOME} [is|would be] (worth|fetch|go for|sell for)
                (what|what is|know what) (my|our|the) {_HOME} (is|would be|might be
                  |could be) worth
                (what is|what's) (my|our) {_HOME} worth
                (want|like|looking|thinking|hoping|need|going|planning|would love|thinking about
                  |thinking of) * (sell|selling|put) (my|our|the|a) {_HOME}
                book me in
                (want|like|need|looking) * {_HOME} on the market
                """
            ),
            whole=Phrasebook.of(
                f"[a|an] [free|home|property] {_VISIT}",
                "(book|valuation|appointment)",
                "how much is my (house|home|flat|property) worth",
            ),
            unless=Phrasebook.of(
                f"""
                (not|never|no need to|no longer) [really|actually] (want|need|looking|thinking
                  |like|interested|planning|going|require|book|asked|ask) * (sell|selling|{_VISIT}
                  |{_HOME})
                (how|what) (much|long|is|does|happens|do you|will) * {_VISIT}
                (cancel|change|move|reschedule|already have|already had|already got
                  |already booked) * {_VISIT}
                """
            ),
        ),
    }
)
