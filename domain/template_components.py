"""What a message template is made of: header, body, footer, buttons, and the variables in them.

Source: WhatsApp Cloud API reference, section 9.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")


class TemplateCategory(StrEnum):
    """What Meta counts a template as; the price and the rules follow from it."""

    MARKETING = "marketing"
    UTILITY = "utility"
    AUTHENTICATION = "authentication"
    UNKNOWN = "unknown"


class ParameterFormat(StrEnum):
    """How variables are named: by their number, or by a word in lower case."""

    POSITIONAL = "positional"
    NAMED = "named"


class HeaderFormat(StrEnum):
    """What stands above the body."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    LOCATION = "location"
    UNKNOWN = "unknown"


MEDIA_FORMATS: Final = frozenset({HeaderFormat.IMAGE, HeaderFormat.VIDEO, HeaderFormat.DOCUMENT})


class ButtonKind(StrEnum):
    """What a button does."""

    QUICK_REPLY = "quick_reply"
    URL = "url"
    PHONE_NUMBER = "phone_number"
    COPY_CODE = "copy_code"
    ONE_TIME_CODE = "otp"
    REQUEST_CONTACT_INFO = "request_contact_info"
    UNKNOWN = "unknown"


class TemplateHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The header. `text` is there with the format TEXT only.

    `example` is what Meta's reviewers see: a value of the variable, or the handle of a sample file,
    which Meta's list does not give back.
    """

    format: HeaderFormat
    text: str = ""
    example: str = ""


class TemplateButton(msgspec.Struct, frozen=True, kw_only=True):
    """A button.

    `url` may end in a variable, `example` is then a whole address; `phone_number` is one of the
    firm. For COPY_CODE the example is a code.
    """

    kind: ButtonKind
    text: str = ""
    url: str = ""
    phone_number: str = ""
    example: str = ""


class TemplateComponents(msgspec.Struct, frozen=True, kw_only=True, tag="template_components"):
    """All parts of a template.

    `examples` are values of the body's variables in their order. `not_understood` names the types
    of parts that this hub cannot fill in; such a template is shown and never sent.
    """

    body: str
    header: TemplateHeader | None = None
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    examples: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


def variables_of(text: str) -> tuple[str, ...]:
    """Return the names of the variables in a text, in order, each once."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its variables filled in; one without a value stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def normalised_language(language: str) -> str:
    """Return a language code as the Graph API writes it: `id`, `en_US`, `zh_Hant_TW`.

    Webhooks write `en-US` for the same language (reference, section 9).
    """
    first, *rest = re.split(r"[-_]", language.strip())
    return "_".join((first.lower(), *(_subtag(part) for part in rest)))


def _subtag(part: str) -> str:
    script_letters = 4
    return part.capitalize() if len(part) == script_letters else part.upper()
