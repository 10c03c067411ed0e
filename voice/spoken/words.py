"""Abbreviations and acronyms: "Mr", "12 High St", "e.g.", "EPC", "the NHS"."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.letters import sayable, spelled
from voice.spoken.numbers import in_words, ordinal
from voice.spoken.sheet import CLAIMED, Rules, Said


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Said in full wherever they stand; the full stop of one is no end of a sentence.
_SHORT: Final = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Prof": "Professor", "Revd": "Reverend",
    "Jr": "Junior", "Snr": "Senior", "Ltd": "Limited", "plc": "P.L.C", "Bros": "Brothers",
    "Cllr": "Councillor",
    "WWI": "World War One", "WWII": "World War Two", "min": "minimum", "max": "maximum",
    "e.g": "for example", "eg": "for example", "i.e": "that is", "etc": "et cetera",
    "vs": "versus", "approx": "approximately", "appt": "appointment", "appts": "appointments",
    "dept": "department", "Dept": "Department", "incl": "including", "inc": "including",
    "excl": "excluding", "tel": "telephone", "Tel": "Telephone", "est": "established",
    "pcm": "per calendar month", "p.c.m": "per calendar month", "pw": "per week",
    "p.w": "per week", "p.a": "per annum", "asap": "as soon as possible",
    "ASAP": "as soon as possible", "w/c": "week commencing", "w/e": "week ending",
    "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable", "a/c": "account",
    "T&Cs": "terms and conditions", "T&C": "terms and conditions", "and/or": "and or",
    "w/o": "without", "OK": "okay", "Ok": "okay", "ok": "okay", "TBC": "to be confirmed",
    "tbc": "to be confirmed", "FYI": "for your information", "PhD": "P.H.D",
    "govt": "government", "mins": "minutes", "hrs": "hours", "sqft": "square feet",
    "bldg": "building", "nr": "near", "opp": "opposite", "o.n.o": "or nearest offer",
    "ono": "or nearest offer", "ONO": "or nearest offer",
    "NB": "note", "N.B": "note", "POA": "price on application",
    "OIRO": "offers in the region of", "OIEO": "offers in excess of", "mr": "mister",
    "mrs": "missus", "pls": "please", "Esq": "Esquire", "EOD": "end of day",
    "COB": "close of business", "PAYG": "pay as you go", "Capt": "Captain", "Sgt": "Sergeant",
    "Apt": "Apartment", "apt": "apartment", "yrs": "years", "yr": "year", "p/w": "per week",
    "p/m": "per month", "w/in": "within", "avg": "average", "mph": "miles an hour",
    "ext": "extension", "Ext": "Extension", "Ref": "Reference", "ref": "reference",
    "km/h": "kilometres an hour",
}  # fmt: skip
# Only after a name ("12 Dyke Rd"), for they are words or other things elsewhere.
_STREETS: Final = {
    "Rd": "Road", "Ave": "Avenue", "Av": "Avenue", "Ln": "Lane", "Cl": "Close", "Ct": "Court",
    "Cres": "Crescent", "Gdns": "Gardens", "Pl": "Place", "Sq": "Square", "Tce": "Terrace",
    "Terr": "Terrace", "Blvd": "Boulevard", "Pk": "Park", "Grn": "Green", "Gr": "Grove",
    "Hse": "House", "Dr": "Drive", "St": "Street",
}  # fmt: skip
_BEFORE_A_NAME: Final = {"Dr": "Doctor", "St": "Saint", "Rev": "Reverend", "Mt": "Mount"}

# Letters by name although they could be words; other capitals that can be said are said.
_LETTERS: Final = _set(
    "AA AGM AI AM API ARV AST ATM AV BA BBC CEO CFO CIO COO CV DIY DOB EA EAW EICR EIR EPC ERP ET "
    "ETA EU EV FAO FAQ FCA GDPR GP HMO HMRC HOA IBAN ICO ID IE IFA IO IOU IP IQ ISO IT ITV IVA JP "
    "LA LED LLP LPA MA MOT MP NAEA NI OAP OS PA PAYE PC PDF PE PI PM PO PR QA QR RAC SA SAP SDLT "
    "SEO SMS SOS SUV TA TPO TPS TV UAE UI UK UN UPVC URL US USA USB USP VAT VIP WC EE USD AOB ESA "
    "UC AC DC AOL BMW CAB CCJ DSS AER XYZ EMI IVF MD MEP MRI OBE QC KC RE RIP SE SW NE NW UTC GMT "
    "EC AP"
)

_SHORT_FORMS = "|".join(re.escape(form) for form in sorted(_SHORT, key=len, reverse=True))
_STOP = r"(?:\.(?=,|\s+[a-z\d" + CLAIMED + r"]))?"
_ALWAYS = re.compile(rf"(?<![\w/'.@-])(?P<form>{_SHORT_FORMS})(?![\w/'@&]|-\w|\.\w){_STOP}")
_TITLE = re.compile(
    r"\b(?P<form>Mr|Mrs|Ms|Prof|Revd|Cllr|inc|incl|excl|approx|min|max|vs|Capt|Sgt|avg|e\.g|i\.e)\.(?=\s+[A-Z(])"
)
_STREET = re.compile(rf"(?<=[a-z{CLAIMED}.'] )(?P<form>{'|'.join(_STREETS)})\b{_STOP}")
_NAMED = re.compile(r"\b(?P<form>Dr|St|Rev|Mt)\b\.?(?=\s+[A-Z])")
_NAME_BEFORE = re.compile(r"(?:^|[\s,])([A-Z][a-z']+\.?|[\ue000]+)\s$")
_NO_NAMES: Final = _set(
    "In At Near The On Of From To By And Or For Is Hello Hi Dear Thanks Thank Yes No With Our Your "
    "My This That Is Was Ask See Tell Call Contact Hey Good Please Meet"
)
_DOTTED = re.compile(r"(?<![\w.])(?:[A-Za-z]\.){1,7}[A-Za-z](?!\w)(?:\.(?=,|\s+[a-z]))?")
_SPACED = re.compile(r"(?<![\w.'-])[A-Z](?:\s{1,3}[A-Z]){2,9}(?![\w'-])")
_ROMAN = r"(?P<roman>I{1,3}|I?V|VI{1,3}|I?X)(?![\w'])"
_GRADE = re.compile(
    rf"\b(?:[Gg]rade|Part|Phase|Type|Stage|Class|Volume|Chapter|War) {_ROMAN}(?P<star>\*)?"
)
_REGNAL = re.compile(
    rf"\b(?:Charles|Edward|Elizabeth|George|Henry|James|John|Louis|Mary|Richard|William) {_ROMAN}"
)
_ROMAN_WORTH: Final = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_PAIR = re.compile(r"(?<![\w.&])([A-Z]{1,3}) ?& ?([A-Z]{1,3})(?![\w&])")
_ABOUT = re.compile(rf"(?<![\w.])ca?\. ?(?={CLAIMED})")
_CAPITALS = re.compile(r"(?<![\w'])(?P<letters>[A-Z]{2,12})(?P<more>s|'s)?(?![\w])")
_CONSONANTS = re.compile(r"(?<![\w'.@-])[bcdfghjklmnpqrtvwxz]{2,5}(?![\w'-])")
_SOUNDS: Final = _set("hm hmm mm mhm mmm shh psst brr pfft zzz tsk nth hmmm mmhm")


def _always(found: re.Match[str]) -> Said:
    return _SHORT[found["form"]]


def _follows_a_name(found: re.Match[str]) -> bool:
    before = _NAME_BEFORE.search(found.string[max(0, found.start() - 24) : found.start()])
    return before is not None and before[1] not in _NO_NAMES


def _street(found: re.Match[str]) -> Said:
    if not _follows_a_name(found):
        return None
    if found["form"] in _BEFORE_A_NAME and found.string.startswith(CLAIMED, found.start() - 2):
        return None  # "12 St James"
    return _STREETS[found["form"]]


def _named(found: re.Match[str]) -> Said:
    return _BEFORE_A_NAME[found["form"]]


def _dotted(found: re.Match[str]) -> Said:
    letters = found[0].replace(".", "")
    return spelled(letters)


def _grade(found: re.Match[str]) -> Said:
    said = in_words(_ROMAN_WORTH.index(found["roman"]))
    return ((found.start("roman"), found.end(), f"{said} star" if found["star"] else said),)


def _regnal(found: re.Match[str]) -> Said:
    if found["roman"] == "I" and found["roman"] != found.string[found.end() - 1 :].strip():
        return None  # "John, James and Mary I think"
    return ((*found.span("roman"), f"the {ordinal(_ROMAN_WORTH.index(found['roman']))}"),)


def _pair(found: re.Match[str]) -> Said:
    return (
        (*found.span(1), spelled(found[1])),
        (found.end(1), found.start(2), "and"),
        (*found.span(2), spelled(found[2])),
    )


def _capitals(found: re.Match[str]) -> Said:
    letters = found["letters"]
    if not (letters in _LETTERS and not _shouted(found.string)) and sayable(letters):
        return None
    if len(letters) > 6 and re.search("[AEIOU]", letters):
        return None
    return spelled(letters) + ("'s" if found["more"] else "")


def _shouted(text: str) -> bool:
    """Whether capitals mean nothing here, because there is nothing else."""
    if re.search("[a-z]", text) is not None:
        return False
    words = re.findall("[A-Z]{2,}", text)
    return any(word not in _LETTERS and sayable(word) for word in words)


def _consonants(found: re.Match[str]) -> Said:
    return None if found[0] in _SOUNDS else spelled(found[0])


WORDS: Final = Rules(
    re.compile(r"[A-Za-z]"),
    (
        (_TITLE, _always),
        (_STREET, _street),
        (_NAMED, _named),
        (_ALWAYS, _always),
        (_GRADE, _grade),
        (_REGNAL, _regnal),
        (_DOTTED, _dotted),
        (_SPACED, lambda found: spelled("".join(found[0].split()))),
        (_PAIR, _pair),
        (_ABOUT, lambda found: "about"),
        (_CAPITALS, _capitals),
        (_CONSONANTS, _consonants),
    ),
)
SHORT_FORMS: Final = frozenset(_SHORT) | frozenset(_STREETS) | frozenset(_BEFORE_A_NAME)
