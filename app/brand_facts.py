"""The brand that a script speaks for, as facts to keep: read from what the script has spoken."""

from __future__ import annotations

from agents.language.spoken_digits import read_digits
from agents.script import Script
from api.phone_reading import HOME_REGION, read_number
from compliance.gate import NumberClass, NumberFacts
from core.errors import InvalidInputError
from core.phone import PhoneNumber
from db.numbers import BrandFacts


def freephone_of(script: Script) -> PhoneNumber | None:
    """The number that the script has read out, if it can be read back."""
    digits = read_digits(script.brand.freephone)
    return None if digits is None else read_number(digits).number


def facts_of(script: Script, freephone: PhoneNumber | None, number: NumberFacts) -> BrandFacts:
    """The brand of a script whose calls come to ``number``.

    ``freephone`` goes before the one that the script has read out.
    """
    return BrandFacts(
        name=script.brand.name,
        address=script.brand.address,
        freephone=freephone or freephone_of(script),
        timezone=script.timezone,
        jurisdiction=number.region or HOME_REGION,
    )


def number_of_ours(text: str) -> tuple[PhoneNumber, NumberFacts]:
    """A number that a carrier may have given us, in E.164 or as people of the UK write it.

    Raises:
        InvalidInputError: it is none, or one on which no such calls are held.
    """
    facts = read_number(text, drama_allowed=True)
    if facts.number is None:
        what = {
            NumberClass.EMERGENCY: "is an emergency number",
            NumberClass.SHORT: "is a short number",
        }.get(facts.number_class, "is no telephone number that is in use")
        raise InvalidInputError(
            f"{text} {what}. Write +, country code and number (+442079460123), or a UK number "
            "as people write it (020 7946 0123).",
            field="number",
        )
    if facts.number_class is NumberClass.PREMIUM_RATE:
        raise InvalidInputError(
            f"{text} is a premium rate number; callers must not be charged.", field="number"
        )
    return facts.number, facts
