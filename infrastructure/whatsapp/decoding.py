"""From the bytes of a notification to plain JSON values, without losing or choking on anything.

Two ways lead there. The quick one serves whatever Meta really sends. The hardened one serves what
a JSON reader refuses or cannot hold, by documented replacements:

- a number that no float can hold (`1e400`), `NaN`, `Infinity`, an integer of more than 40 digits:
  the text of the number;
- an escaped surrogate without its partner and bytes that are not UTF-8: U+FFFD;
- what is nested deeper than 64 levels: the JSON text of that part.

NUL characters stay. Integers stay exact whatever their size.
"""

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

JsonObject: TypeAlias = dict[str, Any]

DEPTH_MAX: Final = 64
_INTEGER_CHARACTERS_MAX: Final = 40

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()
_CANONICAL_ENCODER: Final = msgspec.json.Encoder(order="sorted")
# A string that never ends is taken to the end of the text, so that no part is searched twice.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The body is not JSON. Check what was sent: a notification is a JSON object in UTF-8."""


def decode_quickly(body: bytes) -> Any:
    """Return the value of well-formed JSON; raises one of several errors for everything else."""
    return _DECODER.decode(body)


def decode_hardened(body: bytes) -> Any:
    """Return the value of anything that can be read as JSON. Raises NotJson for the rest."""
    text = body.decode("utf-8-sig", errors="replace")
    # Raised after the block: the error of the reader quotes the body and must not tag along.
    with contextlib.suppress(ValueError, RecursionError):
        return _without_lone_surrogates(
            json.loads(
                "".join(_flattened(text)),
                parse_int=_exact_integer,
                parse_float=_finite_number,
                parse_constant=str,
            )
        )
    raise NotJson(
        "The body is not JSON. Check what was sent: a notification is a JSON object in UTF-8."
    )


def decode(body: bytes) -> Any:
    """Return the value of `body` by the quick way, else by the hardened one. Raises NotJson."""
    with contextlib.suppress(ValueError, RecursionError):
        return decode_quickly(body)
    return decode_hardened(body)


def is_json(body: bytes) -> bool:
    """Whether `decode` can read the body, hence whether a webhook can take it."""
    try:
        decode(body)
    except NotJson:
        return False
    return True


def as_json(value: Any) -> bytes:
    """Return a decoded value as JSON bytes."""
    return _ENCODER.encode(value)


def content_hash(value: Any) -> str:
    """Return the SHA-256 of a decoded value, the same for every order of members and spacing."""
    return hashlib.sha256(_CANONICAL_ENCODER.encode(value)).hexdigest()


def _exact_integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _INTEGER_CHARACTERS_MAX else digits


def _finite_number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _flattened(text: str) -> Iterator[str]:
    """Yield the text with every part below DEPTH_MAX levels replaced by a string of its JSON."""
    depth = 0
    written = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth == DEPTH_MAX + 1:
                yield text[written : match.start()]
                written = match.start()
        elif found in "]}":
            if depth == DEPTH_MAX + 1:
                yield json.dumps(text[written : match.end()])
                written = match.end()
            depth -= 1
    yield text[written:]


def _without_lone_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(name): _without_lone_surrogates(item)
            for name, item in value.items()
        }
    return value
