"""Yes and no in all their British forms."""

from __future__ import annotations

import pytest

from agents.language.words import words_of
from agents.language.yes_no import Answer, read_yes_no

YES = """
yes|yeah|yep|yup|yes please|yes i do|i do|yes we do|we do|yes it is|it is|yes i am|i am
that's right
that is right|correct|that's correct|right|sure|of course|certainly|absolutely|definitely|ok|okay
okay then|ok then|all right|alright|alright then|go on then|yeah go on then|go on|go ahead|fine
that's fine
that'll be fine|that would be fine|sounds good|that sounds good|sounds great|that works
that works for me
that'd be great|that would be lovely|lovely|perfect|great|brilliant|please do|yes go ahead
yeah why not|why not
no problem|yes no problem|not a problem|no worries|i suppose so|i think so|i guess so|speaking
yes speaking
yeah that's me|that's me|this is he|this is she|it is indeed|indeed|very much so|book it
yes book it
book it please|please book it|yeah sure|sure thing|uh huh|mm hmm|aye|yes thank you|yes thanks
that suits me
that's good|good|that is perfect|works for me|suits me|yes that's good for me|i would
i would like that|i'd love to
yes of course|you are|by all means|happy to|i'm happy with that|i don't mind|that's okay
that's all right
no yeah that's fine|no yes that's right|Yes!|YES, please.|Yeah, that's right.|fair enough|exactly
spot on
i can|yes i can|we can|sure why not|yes that is correct|it's mine|go for it|let's do it
let's do that
yes let's do that|yes i own it|true|affirmative|i have|yes i have|yes definitely|that's great
that'll do
"""

NO = """
no|nope|nah|no thanks|no thank you|not really|no i don't|i don't|no we don't|no it isn't|it isn't
no i'm not
i'm not|i'd rather not|i would rather not|not at all|not today|not now|not right now
absolutely not|certainly not
definitely not|of course not|no way|i don't think so|i'm afraid not|afraid not|no that's wrong
that's wrong
that's not right|that is not right|that's not correct|incorrect|wrong|no that doesn't work
that doesn't work
that doesn't suit me|that's no good|no good|no chance|never|not for me|no not really|not exactly
not yet
don't book it|no don't book it|do not book it|please don't|please don't book it|i can't|no i can't
i can't do that
i can't make that|i won't|neither|neither of them|none of those|no not that|not that one|yeah no
nah you're all right
no you're all right|No.|No, thank you.|i haven't|no i haven't|we don't|not interested|no need
there's no need
i do not|i'd prefer not to|i don't want to|not particularly|it's not|that won't work|no sorry
sorry no|negative
that's not me|no that's not me|no it's not
"""

NEITHER = """
i am sorry|i'm sorry|i'm very busy|i'm at work|i am just driving|it's so late|i'm not really sure
i'd like to change it|one moment please|i'm not so sure|this is her husband|it is a flat
i do have a question|good morning|right now
tuesday|how much does it cost|three bedrooms|i'm not sure|i don't know|maybe|perhaps|possibly
hello|pardon
what did you say|john smith|hang on|let me think|it depends|i might|who is this|half past ten
i don't know yet
"""


def phrases(table: str) -> list[str]:
    return [phrase for line in table.strip().splitlines() for phrase in line.split("|") if phrase]


@pytest.mark.parametrize("text", phrases(YES))
def test_yes(text: str) -> None:
    assert read_yes_no(words_of(text)) is Answer.YES


@pytest.mark.parametrize("text", phrases(NO))
def test_no(text: str) -> None:
    assert read_yes_no(words_of(text)) is Answer.NO


@pytest.mark.parametrize("text", phrases(NEITHER))
def test_neither(text: str) -> None:
    assert read_yes_no(words_of(text)) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes actually no", Answer.NO),
        ("no actually yes", Answer.YES),
        ("yes i mean no", Answer.NO),
        ("no sorry i mean yes", Answer.YES),
        ("yes wait no", Answer.NO),
        ("yes but no", Answer.MIXED),
        ("yes and no", Answer.MIXED),
        ("well yes and no", Answer.MIXED),
        ("yes or no", Answer.MIXED),
        ("yes please but not today", Answer.MIXED),
        ("no that's fine", Answer.MIXED),
    ],
)
def test_a_change_of_mind_ends_in_the_last_word(text: str, answer: Answer) -> None:
    assert read_yes_no(words_of(text)) is answer
