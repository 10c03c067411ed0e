"""Measures and parts: "45 sq ft", "4.25%", "3 x 4 m", "6'2"", "a 15 min walk", "1/2", "-5°C"."""

from __future__ import annotations

import re
from typing import Final

from voice.spoken.numbers import NUMBER, figure, in_words
from voice.spoken.sheet import CLAIMED, Rules, Said

# One and several of each unit. A letter that is a word or a code elsewhere needs the number.
_UNITS: Final = {
    "%": ("percent", "percent"),
    "km": ("kilometre", "kilometres"), "m": ("metre", "metres"),
    "cm": ("centimetre", "centimetres"), "mm": ("millimetre", "millimetres"),
    "mi": ("mile", "miles"), "yd": ("yard", "yards"), "yds": ("yard", "yards"),
    "ft": ("foot", "feet"), "inch": ("inch", "inches"), "ins": ("inch", "inches"),
    "sq ft": ("square foot", "square feet"), "sqft": ("square foot", "square feet"),
    "sq. ft": ("square foot", "square feet"), "ft2": ("square foot", "square feet"),
    "sq m": ("square metre", "square metres"), "sqm": ("square metre", "square metres"),
    "sq. m": ("square metre", "square metres"), "m2": ("square metre", "square metres"),
    "m3": ("cubic metre", "cubic metres"), "km2": ("square kilometre", "square kilometres"),
    "kg": ("kilogram", "kilograms"), "kgs": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "l": ("litre", "litres"), "L": ("litre", "litres"),
    "ltr": ("litre", "litres"),
    "ml": ("millilitre", "millilitres"),
    "mph": ("mile an hour", "miles an hour"),
    "km/h": ("kilometre an hour", "kilometres an hour"),
    "kph": ("kilometre an hour", "kilometres an hour"), "mpg": ("mile a gallon", "miles a gallon"),
    "W": ("watt", "watts"), "kW": ("kilowatt", "kilowatts"), "MW": ("megawatt", "megawatts"),
    "kWp": ("kilowatt peak", "kilowatts peak"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "V": ("volt", "volts"),
    "KB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "Mbps": ("megabit a second", "megabits a second"), "Mb": ("megabit", "megabits"),
    "GHz": ("gigahertz", "gigahertz"), "Hz": ("hertz", "hertz"), "dB": ("decibel", "decibels"),
    "°C": ("degree Celsius", "degrees Celsius"), "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
    "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"), "secs": ("second", "seconds"), "ms": ("millisecond",) * 2,
    "yr": ("year", "years"), "yrs": ("year", "years"),
    "wk": ("week", "weeks"), "wks": ("week", "weeks"), "mths": ("month", "months"),
    "mth": ("month", "months"),
    "k": ("thousand", "thousand"), "M": ("million", "million"),
    "bn": ("billion", "billion"),
}  # fmt: skip
_PER: Final = {"s": "second", "h": "hour", "kwh": "kilowatt hour"}
_FRACTIONS: Final = {
    "1/2": "a half", "1/3": "a third", "2/3": "two thirds", "1/4": "a quarter",
    "3/4": "three quarters", "1/5": "a fifth", "1/8": "an eighth", "24/7": "twenty-four seven",
    "50/50": "fifty-fifty",
}  # fmt: skip
_OUT_OF: Final = frozenset((5, 10, 20, 100))
_FULL_MARKS: Final = _OUT_OF - {5}  # "9/10 customers"
_STORED: Final = {
    "½": "half",
    "¼": "quarter",
    "¾": "three quarters",
    "⅓": "third",
    "⅔": "two thirds",
}

_NAMES = "|".join(re.escape(name) for name in sorted(_UNITS, key=len, reverse=True))
_MINUS = r"(?P<minus>(?<![\w)\ue000.-])-)?"
_FREE = r"(?<![\w.,])"
_BY = re.compile(rf"(?:(?<=[\dm{CLAIMED}])|(?<=ft)|(?<=in)) ?[x×] ?(?=[\d{CLAIMED}])")
_LOTS = re.compile(
    r"(?<=\d) ?[x×] ?(?=\d[\d.]{0,5} ?(?:ml|cl|l|g|kg|GB|TB|p|mins?|minutes|hours?|hrs?)\b)"
)
_OF_THEM = re.compile(r"(?<=\d) [x×] (?=[a-z]{3})")  # "2 x double bedrooms"
_MEASURE = re.compile(
    rf"{_MINUS}{_FREE}(?P<low>{NUMBER})(?:(?P<lowu>%)?(?P<link> ?[-–—] ?| to )(?P<high>{NUMBER}))?"
    rf"(?P<join>[ -]?)(?P<unit>{_NAMES})(?P<dot>\.(?=\s+[a-z]))?(?![\w²³]|-?\d)"
)
# A measure before such a noun is said as one unit: "a ten kilowatt boiler".
_NOUN = re.compile(
    r" (?:boiler|battery|broadband|call|charger|connection|contract|cover|deal|delivery|diesel"
    r"|drive|engine|extension|fence|fibre|fixed?|garden|guarantee|helpline|journey|lease|limit|line|meeting"
    r"|mortgage|notice|panels?|petrol|pipe|plan|policy|response|ride|screen|security|service|slot|support|system|tenancy"
    r"|term|walk|warranty|zone)\b"
)
_WRITTEN_SEVERAL: Final = frozenset(("hrs", "ins", "kgs", "lbs", "mins", "mths", "secs", "wks"))
_PER_UNIT = re.compile(
    rf"(?:\bper|(?<={CLAIMED} )an?) "
    r"(?P<unit>sq\.? ?ft|sq\.? ?m|sqm|m2|kWh|GB|km|kg|hr|min|yr|wk|mth|unit)(?!\w)"
    r"(?:\.(?=,|\s+[a-z]))?"
)
_RATE = re.compile(rf"(?<=[{CLAIMED}+]) ?/ ?(?P<unit>{_NAMES}|unit|kwh|s|h)(?!\w)")
_MONTHS = re.compile(
    r"(?<![\w.,])(\d{1,2})m(?= (?:contract|notice|term|plan|deal|fixed?|tenancy|warranty|guarantee"
    r"|lease)\b)"
)
_SECONDS = re.compile(r"(?<![\w.,])(\d{1,3}\.\d{1,2})s(?!\w)")
_INCHES = re.compile(rf"{_FREE}({NUMBER})-?in(?![\w-])")
_FOOT = re.compile(
    r"(?<![\w.,])(\d{1,3})['′](?= ?[x×]| (?:by|long|wide|deep|high|tall)\b)"
    r"|(?<=[x×] )(\d{1,3})['′](?![\w'])|(?<=[x×])(\d{1,3})['′](?![\w'])"
)
_HEIGHT = re.compile(r"""(?<![\w.,])(\d{1,3})['′] ?(\d{1,2})["″”]""")
_SIGNED = re.compile(rf"(?<![\w)\ue000.,-])([-+~<>±≈≤≥]) ?({NUMBER})(?![\w-])")
_PART = re.compile(r"(?<![\w.,/-])(\d{1,4})/(\d{1,4})(?![\w/]|[.,-]\d)")
_SEVERAL = re.compile(
    r" (?:more )?(?:[a-z]{2,20}[a-rt-z]s|people|children)\b|[ -](?:bed|bath|person|seater|storey)"
)  # "2/3 months", "a 4/5 bed house"
_HALF_OF = re.compile(r" (?:an?|of|price|term|day|board)\b")  # "half an hour"
_EITHER = re.compile(r"-(?:month|week|year|day|hour)")  # "a 6/12-month tenancy"
_PART_OF = re.compile(r" (?:mile|acre|inch|hour)\b")
_SCORE = re.compile(r"(?<![\w.,/-])(\d\.\d{1,2})/(5|10|100)(?![\w/]|[.,-]\d)")
_WHOLE_AND = re.compile(r"(?<![\w.,/-])(\d{1,3}) ([123]/[2348])(?![\w/]|[.,-]\d)")
_FEET = re.compile(
    r"(?<![\w.,])(\d{1,3}) ?(?:ft|feet|foot|') ?(\d{1,2}) ?in(?:s|ch|ches)?\b(?:\.(?=\s+[a-z]))?"
)
_FEET_TALL = re.compile(r"(?<![\w.,])(\d)ft ?(\d{1,2})(?=[.,;!?)]|$| tall\b)")
_STONE = re.compile(r"(?<![\w.,])(\d{1,2})st(?!\w)")
_MILLIONS = re.compile(
    rf"(?<![\w.,])({NUMBER})m(?= (?:people|adults|children|users|buyers|sellers|tenants|customers"
    r"|visitors|viewers|listeners|views|homes|households|properties|jobs|members|searches)\b)"
)
_BOUND = re.compile(rf"(?<![\w){CLAIMED}.,-])([~<>±≈≤≥]) ?(?={CLAIMED})")
_MIXED = re.compile(r"(?:(?<!\w)(\d{1,3}) ?)?([½¼¾⅓⅔])")
_SIGNS: Final = {
    "-": "minus", "+": "plus", "~": "about", "≈": "about", "<": "less than", ">": "more than",
    "±": "plus or minus", "≤": "at most", "≥": "at least",
}  # fmt: skip


def _measure(found: re.Match[str]) -> Said:
    one, several = _UNITS[found["unit"]]
    if found["link"] == " to " and found["unit"] != "%":
        return None  # the first number may be of something else
    written_several = found["unit"] in _WRITTEN_SEVERAL
    adjective = found["join"] == "-" or (
        not written_several and _NOUN.match(found.string, found.end()) is not None
    )
    last = found["high"] or found["low"]
    unit = one if last == "1" or (adjective and one != several) else several
    if found["unit"] in "kM" and found["join"]:
        return None
    said = figure(found["low"])
    if found["high"]:
        said += f" to {figure(found['high'])}"
    return f"{'minus ' if found['minus'] else ''}{said} {unit}"


def _rate(found: re.Match[str]) -> Said:
    unit = found["unit"]
    return f"per {_UNITS[unit][0] if unit in _UNITS else _PER.get(unit, unit)}"


def _per_unit(found: re.Match[str]) -> Said:
    unit = found["unit"].replace(".", "")
    known = _UNITS.get(unit) or _UNITS.get(unit.replace("sq", "sq "))
    of_one = known[0] if known else _PER.get(unit.lower(), unit)
    return f"{found[0].partition(' ')[0]} {of_one}"


def _inches(found: re.Match[str]) -> Said:
    one = found[1] == "1" or "-" in found[0]
    return f"{figure(found[1])} {'inch' if one else 'inches'}"


def _foot(found: re.Match[str]) -> Said:
    return f"{in_words(int(found[1] or found[2] or found[3]))} foot"


def _by(found: re.Match[str]) -> Said:
    return "by"


def _height(found: re.Match[str]) -> Said:
    return f"{in_words(int(found[1]))} foot {in_words(int(found[2]))}"


def _signed(found: re.Match[str]) -> Said:
    return ((found.start(), found.end(1), _SIGNS[found[1]]), (*found.span(2), figure(found[2])))


def _score(found: re.Match[str]) -> Said:
    return f"{figure(found[1])} out of {figure(found[2])}"


def _part(found: re.Match[str]) -> Said:
    over, under = int(found[1]), int(found[2])
    if under == over + 1 and under not in _FULL_MARKS and _SEVERAL.match(found.string, found.end()):
        return f"{in_words(over)} or {in_words(under)}"
    if _EITHER.match(found.string, found.end()):
        return f"{in_words(over)} or {in_words(under)}"
    known = _FRACTIONS.get(found[0])
    if known is not None:
        return _fraction(known, found)
    if found[1][0] == "0" and over and len(found[1]) == len(found[2]) == 2:
        return f"oh {in_words(over)}, {in_words(under)}"  # the month in which a card ends
    link = "out of" if under in _OUT_OF else "over"
    return f"{figure(found[1])} {link} {figure(found[2])}"


def _fraction(known: str, found: re.Match[str]) -> str:
    """ "half an hour", "three quarters of an hour"; else as it stands."""
    if known == "a half" and _HALF_OF.match(found.string, found.end()):
        return "half"
    part_of = known == "three quarters" and _PART_OF.match(found.string, found.end())
    if not part_of:
        return known
    return f"{known} of {'a' if part_of[0] == ' mile' else 'an'}"


def _whole_and(found: re.Match[str]) -> Said:
    part = _FRACTIONS.get(found[2])
    return None if part is None else f"{figure(found[1])} and {part}"


def _feet(found: re.Match[str]) -> Said:
    feet, inches = int(found[1]), int(found[2])
    said = f"{in_words(feet)} {'foot' if feet == 1 else 'feet'}"
    return f"{said} {in_words(inches)} {'inch' if inches == 1 else 'inches'}"


def _stone(found: re.Match[str]) -> Said:
    weight = int(found[1])
    if weight % 10 == 1 and weight != 11:
        return None  # a rank: "21st"
    return f"{in_words(weight)} stone"


def _bound(found: re.Match[str]) -> Said:
    """ "<£300k": a limit."""
    return {"<": "under", ">": "over"}.get(found[1], _SIGNS[found[1]])


def _mixed(found: re.Match[str]) -> Said:
    name = _STORED[found[2]]
    said = name if " " in name else f"a {name}"
    return f"{figure(found[1])} and {said}" if found[1] else _fraction(said, found)


UNITS: Final = Rules(
    re.compile(
        rf"\d[ -]?[^\W\d]|\d ?[%°℃×'′x]|{CLAIMED} ?[/x×]|\bper |{CLAIMED} an? |[½¼¾⅓⅔]|\d \d/\d"
    ),
    (
        (_WHOLE_AND, _whole_and),
        (_FEET, _feet),
        (_FEET_TALL, _height),
        (_STONE, _stone),
        (_MONTHS, lambda found: f"{in_words(int(found[1]))} month"),
        (_MILLIONS, lambda found: f"{figure(found[1])} million"),
        (_HEIGHT, _height),
        (_FOOT, _foot),
        (_INCHES, _inches),
        (_SECONDS, lambda found: f"{figure(found[1])} seconds"),
        (_LOTS, lambda found: "times"),
        (_OF_THEM, lambda found: " "),
        (_BY, _by),
        (_MIXED, _mixed),
        (_PER_UNIT, _per_unit),
        (_MEASURE, _measure),
        (_RATE, _rate),
    ),
)
PARTS: Final = Rules(
    re.compile(rf"\d/\d|[-+~<>±≈≤≥] ?[\d{CLAIMED}]"),
    ((_SCORE, _score), (_PART, _part), (_SIGNED, _signed), (_BOUND, _bound)),
)
