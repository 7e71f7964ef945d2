"""Phone numbers on screens: enough to tell two contacts apart, too little to call one."""

import phonenumbers

_SHOWN_AT_START = 3
_SHOWN_AT_END = 4
_HIDDEN = "****"


def masked_phone(number: str) -> str:
    """Return an E.164 number with its middle hidden, such as `+62 812-****-4321`.

    How many digits are hidden does not show. A number too short to keep anything back is hidden
    whole.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return _HIDDEN
    national = phonenumbers.national_significant_number(parsed)
    if len(national) <= _SHOWN_AT_START + _SHOWN_AT_END:
        return f"+{parsed.country_code} {_HIDDEN}"
    start, end = national[:_SHOWN_AT_START], national[-_SHOWN_AT_END:]
    return f"+{parsed.country_code} {start}-{_HIDDEN}-{end}"
