"""Identifiers in the shapes that Meta uses: wamid, business-scoped user id, trace id, phone.

Source of the shapes: WhatsApp Cloud API reference, sections 4.1, 7 and 13.
"""

import base64
import re

import phonenumbers

from infrastructure.simulator.randomness import Randomness

INBOUND_KIND = 0x12
OUTBOUND_KIND = 0x11
UNKNOWN_REGION = "XX"
INBOUND_ID_LENGTH = 20
OUTBOUND_ID_LENGTH = 18

_NOT_DIGITS = re.compile(r"[^0-9]")
_TOLERATED_PHONE = re.compile(r"^\+?[0-9 ()\-.]+$")
_BUSINESS_SCOPED_ID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")
_WAMID = re.compile(r"^wamid\.[A-Za-z0-9+/_\-]+={0,2}$")
_DIGITS_OF_A_PHONE_MIN = 7
# Fifteen by the numbering plan, and a country code that was put in front by mistake.
_DIGITS_DIALLED_MAX = 18

_BRAZIL_MOBILE = re.compile(r"^55([1-9][0-9])9([0-9]{8})$")
_BRAZIL_FIRST_AREA_WITHOUT_NINTH_DIGIT = 31
_MEXICO = re.compile(r"^52([0-9]{10})$")
_ARGENTINA = re.compile(r"^54([0-8][0-9]{9,10})$")


def digits_of(phone: str) -> str:
    """The phone number without plus sign and separators."""
    return _NOT_DIGITS.sub("", phone)


def is_business_scoped_id(text: str) -> bool:
    """Whether the text has the shape of a business-scoped user id such as ``ID.7041…``."""
    return _BUSINESS_SCOPED_ID.match(text) is not None


def is_wamid(text: str) -> bool:
    """Whether the text has the shape of a WhatsApp message id."""
    return _WAMID.match(text) is not None


def recipient_digits(written: str, business_digits: str) -> str | None:
    """The number that Meta would dial for ``to``; None if it is no phone number at all.

    Without a leading plus Meta prefixes the country code of the *business number*, so that
    ``0812…`` and even ``62812…`` reach nobody (reference, section 7).
    """
    if not _TOLERATED_PHONE.match(written.strip()):
        return None
    digits = digits_of(written)
    if not written.strip().startswith("+"):
        digits = country_code_of(business_digits) + digits
    if not _DIGITS_OF_A_PHONE_MIN <= len(digits) <= _DIGITS_DIALLED_MAX:
        return None
    return digits


def country_code_of(digits: str) -> str:
    """The calling code that an international number begins with; empty if there is none."""
    for length in (1, 2, 3):
        if int(digits[:length] or "0") in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[:length]
    return ""


def region_of(digits: str) -> str:
    """Two-letter country of an international number; UNKNOWN_REGION if there is none."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country_code_of(digits) or "0"))
    # Codes of no country, such as 800, have the region 001.
    return regions[0] if regions and regions[0].isalpha() else UNKNOWN_REGION


def whatsapp_id_of(digits: str) -> str:
    """The wa_id of a phone number.

    It differs from the number in Brazil (ninth digit), Mexico (521) and Argentina (549).
    """
    if match := _BRAZIL_MOBILE.match(digits):
        if int(match[1]) >= _BRAZIL_FIRST_AREA_WITHOUT_NINTH_DIGIT:
            return f"55{match[1]}{match[2]}"
        return digits
    if match := _MEXICO.match(digits):
        return f"521{match[1]}"
    if match := _ARGENTINA.match(digits):
        return f"549{match[1]}"
    return digits


def wamid(kind: int, other_party_digits: str, message_id: str) -> str:
    """A message id as WhatsApp builds it: the other party's number and an id, base64."""
    phone, identifier = other_party_digits.encode(), message_id.encode()
    packed = (
        bytes([0x1C, 0x18, len(phone)])
        + phone
        + bytes([0x15, 0x02, 0x00, kind, 0x18, len(identifier)])
        + identifier
        + b"\x00"
    )
    return "wamid." + base64.b64encode(packed).decode()


def inbound_wamid(randomness: Randomness, digits: str, number: int) -> str:
    """Id of the n-th message that people sent; begins with 3A as on an iPhone."""
    rest = randomness.hexadecimal(INBOUND_ID_LENGTH - 2, "inbound wamid", number)
    return wamid(INBOUND_KIND, digits, "3A" + rest)


def outbound_wamid(randomness: Randomness, digits: str, number: int) -> str:
    """Id of the n-th message that the business sent."""
    identifier = randomness.hexadecimal(OUTBOUND_ID_LENGTH, "outbound wamid", number)
    return wamid(OUTBOUND_KIND, digits, identifier)


def withheld_digits(region_calling_code: str) -> str:
    """What stands in a wamid in place of a withheld phone number (an assumption: not published)."""
    return region_calling_code + "8" + "0" * 9


def trace_id(randomness: Randomness, number: int) -> str:
    """Value of ``fbtrace_id``: ``A`` and 22 URL-safe characters."""
    return "A" + randomness.url_safe(22, "fbtrace", number)
