"""One written form for every phone number, and the other forms that the same number has."""

import re
from typing import Final

import phonenumbers

HOME_REGION: Final = "ID"

_INTERNATIONAL_PREFIX: Final = re.compile(r"^\s*(?:00|\(00\))(?=[\s1-9(.-])")
_BRAZIL_NEW: Final = re.compile(r"55([1-9][0-9])9([6-9][0-9]{7})")
_BRAZIL_OLD: Final = re.compile(r"55([1-9][0-9])([6-9][0-9]{7})")
_MEXICO_NEW: Final = re.compile(r"52([2-9][0-9]{9})")
_MEXICO_OLD: Final = re.compile(r"521([2-9][0-9]{9})")
_ARGENTINA_MOBILE: Final = re.compile(r"549([1-9][0-9]{9})")
_ARGENTINA_PLAIN: Final = re.compile(r"54([1-8][0-9]{9})")
# (form, the other form of the same number): the national rules that WhatsApp ids do not follow
# uniformly (reference, 4.1).
_REWRITINGS: Final = (
    (_BRAZIL_NEW, r"55\1\2"),
    (_BRAZIL_OLD, r"55\g<1>9\2"),
    (_MEXICO_OLD, r"52\1"),
    (_MEXICO_NEW, r"521\1"),
    (_ARGENTINA_MOBILE, r"54\1"),
    (_ARGENTINA_PLAIN, r"549\1"),
)
_REWRITTEN_COUNTRIES: Final = ("55", "52", "54")
_WRITTEN_CHARACTERS_MAX: Final = 64


def canonical_phone(written: str, *, region: str = HOME_REGION) -> str | None:
    """Return a number that a person wrote in E.164 with `+`, or None if it cannot be one.

    Without country code the number belongs to `region` (ISO 3166): in Indonesia `0812…`, `812…`,
    `62812…`, `+62 812…` and `0062812…` are the same number. Never raises.
    """
    if len(written) > _WRITTEN_CHARACTERS_MAX:
        return None
    try:
        number = phonenumbers.parse(_INTERNATIONAL_PREFIX.sub("+", written), region)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _MEXICO_OLD.fullmatch(e164.removeprefix("+")):
        # Retired by the national plan and still in many address books.
        return phone_variants(e164)[1]
    is_phone = not number.extension and phonenumbers.is_possible_number(number)
    return e164 if is_phone else None


def phone_from_digits(digits: str) -> str:
    """Return the digits that Meta writes (country code first) in E.164 with `+`."""
    return f"+{digits}"


def phone_variants(e164: str) -> tuple[str, ...]:
    """Return every form of the number, itself first.

    Brazil: with and without the ninth digit; Mexico: `52` and `521`; Argentina: `54` and `549`. The
    same person is known under each form, so a look-up tries all of them. Reply to the form that
    was received.
    """
    digits = e164.removeprefix("+")
    if not digits.startswith(_REWRITTEN_COUNTRIES):
        return (e164,)
    for form, other in _REWRITINGS:
        found = form.fullmatch(digits)
        if found is not None:
            return e164, phone_from_digits(found.expand(other))
    return (e164,)


def country_of(e164: str) -> str:
    """Return the country (ISO 3166) whose price Meta takes for a number; empty if it has none.

    Prices go by the country calling code (Cloud API, pricing); of countries that share one, the
    main one is named.
    """
    digits = e164.removeprefix("+")
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or "0"))
        if regions:
            return regions[0] if regions[0].isalpha() else ""
    return ""
