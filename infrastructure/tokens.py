"""Access tokens: `lh_live_<30 base62>_<6 base62 CRC32>`.

The checksum lets scanners and this server refuse junk without looking anything up; the random part
has 178 bits. A token is shown once; the store keeps its SHA-256.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

PREFIX: Final = "lh_live_"
FORM_PATTERN: Final = r"lh_live_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}"
"""The form of a token, for secret scanners."""

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS: Final = 30
_CHECKSUM_CHARACTERS: Final = 6
_FORM: Final = re.compile(FORM_PATTERN, re.ASCII)


def new_token() -> str:
    """Return a new token from the system's random source."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    body = PREFIX + random
    return f"{body}_{checksum(body)}"


def checksum(body: str) -> str:
    """Return the CRC32 of prefix and random part as six base62 characters."""
    rest = zlib.crc32(body.encode("ascii"))
    digits = ""
    for _ in range(_CHECKSUM_CHARACTERS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def is_well_formed(token: str) -> bool:
    """Whether form and checksum are those of a token; says nothing about who it belongs to."""
    if _FORM.fullmatch(token) is None:
        return False
    body, _, check = token.rpartition("_")
    return checksum(body) == check


def token_sha256(token: str) -> str:
    """Return the hexadecimal SHA-256 under which the token is stored and looked up."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def last_four(token: str) -> str:
    """Return the last four characters, by which a person recognises a token in a list."""
    return token[-4:]
