"""Common British names: what hearing listens for, and what is surely a name."""

from __future__ import annotations

from typing import Final

from agents.language.words import word_set

FIRST_NAMES: Final = (
    "adam", "alan", "alice", "amanda", "amy", "andrew", "angela", "ann", "anna", "barbara", "ben",
    "brian", "carol", "caroline", "charles", "charlotte", "chris", "christine", "claire",
    "daniel", "david", "deborah", "edward", "elizabeth", "emily", "emma", "fiona", "gary",
    "george", "graham", "hannah", "harry", "helen", "ian", "jack", "jacob", "james", "jane",
    "janet", "jennifer", "jessica", "joan", "john", "jonathan", "julie", "karen", "kate", "kevin",
    "laura", "linda", "lisa", "louise", "lucy", "margaret", "maria", "mark", "martin", "mary",
    "matthew", "michael", "michelle", "nicola", "oliver", "patricia", "paul", "peter", "philip",
    "rachel", "rebecca", "richard", "robert", "ruth", "sally", "sam", "samantha", "sandra",
    "sarah", "simon", "sophie", "stephen", "steven", "susan", "thomas", "tim", "tom", "victoria",
    "william",
)  # fmt: skip
SURNAMES: Final = (
    "adams", "allen", "anderson", "bailey", "baker", "bell", "bennett", "brown", "carter",
    "clark", "collins", "cook", "cooper", "cox", "davies", "davis", "edwards", "ellis", "evans",
    "foster", "fox", "gray", "green", "hall", "harris", "harrison", "hill", "hughes", "hunt",
    "jackson", "johnson", "jones", "kelly", "khan", "king", "lee", "lewis", "marshall", "martin",
    "mason", "miller", "mitchell", "moore", "morgan", "morris", "murphy", "murray", "palmer",
    "parker", "patel", "phillips", "powell", "price", "richardson", "roberts", "robinson",
    "rogers", "russell", "scott", "shaw", "simpson", "singh", "smith", "stevens", "stewart",
    "taylor", "thomas", "thompson", "turner", "walker", "ward", "watson", "webb", "white",
    "wilkinson", "williams", "wilson", "wood", "wright", "young",
)  # fmt: skip
# Shorter forms and spellings that are read but not listened for.
_ALSO: Final = word_set(
    "alex alexander anne anthony beth bob catherine charlie dave dan debbie dorothy ed eve frank "
    "grace greg holly isabel jim jo joe jon joseph kathryn katie kim leo liam liz maggie matt max "
    "mike mohammed muhammad nick olivia pat phil ravi rob rose sara sean sharon sheila sofia "
    "steve stuart sue terry tina tony tracy will zoe priya aisha fatima ahmed"
)
KNOWN_NAMES: Final = frozenset((*FIRST_NAMES, *SURNAMES)) | _ALSO
