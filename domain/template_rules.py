"""What Meta would refuse about a new template, each fault with its place, before it is sent there.

Source: WhatsApp Cloud API reference, section 9, and the codes 2388039 to 2388299 of section 12.
Where the reference is silent or two readings exist, the stricter one holds.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from domain.errors import InvalidInput
from domain.limits import Field
from domain.template_body import (
    COUPON_CODE_CHARACTERS_MAX,
    TEMPLATE_BUTTON_TEXT_CHARACTERS_MAX,
    TEMPLATE_BUTTONS_MAX,
    TEMPLATE_FOOTER_CHARACTERS_MAX,
    TEMPLATE_HEADER_CHARACTERS_MAX,
    TEMPLATE_NAME_PATTERN,
    TEMPLATE_TEXT_CHARACTERS_MAX,
    TEMPLATE_URL_CHARACTERS_MAX,
)
from domain.template_components import (
    MEDIA_FORMATS,
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
    filled,
    variables_of,
)

SAMPLE_HANDLE_CHARACTERS_MAX: Final = 4096
"""Meta publishes no length; what it gives has a few hundred characters for each part of a file."""

_HANDLE: Final = re.compile(r"[\x21-\x7e]+(\n[\x21-\x7e]+)*")
"""Opaque. A file that Meta took in several parts has a line for each of them."""
_WEB_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
_EDGE: Final = re.compile(r"^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*$")
_NEIGHBOURS: Final = re.compile(r"\}\}\s*\{\{")
_NAMED: Final = re.compile(r"[a-z][a-z0-9_]*")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{3,18}[0-9]")
_ADDRESS: Final = re.compile(r"https?://[^\s{}]+(\{\{1\}\})?")


class TemplateFault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault: `place` is the path to the value, `words` say what is wrong with it."""

    place: Field
    words: str


class TemplateWording(msgspec.Struct, frozen=True, kw_only=True, tag="template_wording"):
    """A template as the firm wants it to be."""

    name: str
    language: str
    category: TemplateCategory
    components: TemplateComponents
    parameter_format: ParameterFormat = ParameterFormat.POSITIONAL


def faults_of(wording: TemplateWording) -> tuple[TemplateFault, ...]:
    """Return everything that Meta would refuse about a template; nothing if it can be submitted."""
    return tuple(_faults(wording))


def require_submittable(wording: TemplateWording, field: Field = ()) -> None:
    """Raise InvalidInput for the first fault of a template, naming its place."""
    for fault in _faults(wording):
        raise InvalidInput(fault.words, field=(*field, *fault.place))


def _faults(wording: TemplateWording) -> Iterator[TemplateFault]:
    if not re.fullmatch(TEMPLATE_NAME_PATTERN, wording.name):
        yield _fault("A name has a-z, 0-9 and _ only, 1 to 512 characters.", "name")
    if not _LANGUAGE.fullmatch(wording.language):
        yield _fault("A language is written like id or en_US.", "language")
    if wording.category not in {TemplateCategory.MARKETING, TemplateCategory.UTILITY}:
        yield _fault("Templates of this category are made in Meta's own manager.", "category")
    parts = wording.components
    for kind in parts.not_understood:
        yield _fault(f"Parts of the type {kind} cannot be submitted from here.", "components")
    yield from _body_faults(parts, wording.parameter_format)
    if parts.header is not None:
        yield from _header_faults(parts.header, wording.parameter_format)
    if parts.footer:
        yield from _text_faults(parts.footer, TEMPLATE_FOOTER_CHARACTERS_MAX, "footer")
        yield from _brace_faults(parts.footer, ("footer",), "A footer has no variable.")
    yield from _buttons_faults(parts.buttons)


def _body_faults(parts: TemplateComponents, kind: ParameterFormat) -> Iterator[TemplateFault]:
    yield from _text_faults(parts.body, TEMPLATE_TEXT_CHARACTERS_MAX, "body")
    yield from _variable_faults(parts.body, kind, ("body",))
    if _EDGE.search(parts.body):
        yield _fault("The words neither begin nor end with a variable.", "body")
    if _NEIGHBOURS.search(parts.body):
        yield _fault("Between two variables there are words.", "body")
    names = variables_of(parts.body)
    if len(parts.examples) != len(names):
        yield _fault(
            f"There are {len(names)} variables and {len(parts.examples)} examples for them.",
            "examples",
        )
    for place, example in enumerate(parts.examples):
        if not example.strip() or _UNWRITABLE.search(example):
            yield _fault("An example is a text that is not empty.", "examples", str(place))
    shown = filled(parts.body, dict(zip(names, parts.examples, strict=False)))
    if len(shown) > TEMPLATE_TEXT_CHARACTERS_MAX:
        yield _fault("With its examples the text is too long.", "examples")


def _header_faults(header: TemplateHeader, kind: ParameterFormat) -> Iterator[TemplateFault]:
    if header.format is HeaderFormat.TEXT:
        yield from _text_faults(header.text, TEMPLATE_HEADER_CHARACTERS_MAX, "header", "text")
        yield from _variable_faults(header.text, kind, ("header", "text"))
        if "\n" in header.text:
            yield _fault("A header is one line.", "header", "text")
        names = variables_of(header.text)
        if len(names) > 1:
            yield _fault("A header has one variable at most.", "header", "text")
        if bool(names) != bool(header.example.strip()):
            yield _fault("A variable has an example, and nothing else has.", "header", "example")
    elif header.text:
        yield _fault("Only a header in words has a text.", "header", "text")
    elif header.format in MEDIA_FORMATS:
        yield from _sample_faults(header.example)
    elif header.format is HeaderFormat.UNKNOWN:
        yield _fault("A header is a text, image, video, document or location.", "header", "format")


def _sample_faults(handle: str) -> Iterator[TemplateFault]:
    if not handle:
        yield _fault(
            "A file above the words needs a sample for Meta's reviewers: upload one by "
            "POST /media/template-samples and give its handle as `example`.",
            "header",
            "example",
        )
    elif not is_sample_handle(handle):
        yield _fault(
            "This is no handle of Meta. Upload a sample by POST /media/template-samples and give "
            "its handle as it came; an address does not do.",
            "header",
            "example",
        )


def is_sample_handle(handle: str) -> bool:
    """Whether a text may be what Meta calls a sample file; only Meta knows whether it is.

    An address is none, though Meta's list shows one in its place.
    """
    return (
        len(handle) <= SAMPLE_HANDLE_CHARACTERS_MAX
        and _HANDLE.fullmatch(handle) is not None
        and _WEB_ADDRESS.match(handle) is None
    )


def _variable_faults(text: str, kind: ParameterFormat, place: Field) -> Iterator[TemplateFault]:
    names = variables_of(text)
    yield from _brace_faults(filled(text, dict.fromkeys(names, "")), place, "A {{ has no }}.")
    if kind is ParameterFormat.POSITIONAL:
        if sorted(names) != sorted(str(number) for number in range(1, len(names) + 1)):
            words = "Variables are numbered {{1}}, {{2}} … without a gap."
            yield TemplateFault(place=place, words=words)
    elif not all(_NAMED.fullmatch(name) for name in names):
        words = "A variable is a word of a-z, 0-9 and _, such as {{nama}}."
        yield TemplateFault(place=place, words=words)


def _brace_faults(text: str, place: Field, words: str) -> Iterator[TemplateFault]:
    if "{{" in text or "}}" in text:
        yield TemplateFault(place=place, words=words)


def _buttons_faults(buttons: tuple[TemplateButton, ...]) -> Iterator[TemplateFault]:
    if len(buttons) > TEMPLATE_BUTTONS_MAX:
        yield _fault(
            f"There are {len(buttons)} buttons; at most {TEMPLATE_BUTTONS_MAX} are allowed.",
            "buttons",
        )
    replies = [button.kind is ButtonKind.QUICK_REPLY for button in buttons]
    if sum(before != after for before, after in itertools.pairwise(replies)) > 1:
        yield _fault("Quick replies stand together, before or after the others.", "buttons")
    for place, button in enumerate(buttons):
        here = ("buttons", str(place))
        if button.text or button.kind is not ButtonKind.COPY_CODE:
            yield from _text_faults(button.text, TEMPLATE_BUTTON_TEXT_CHARACTERS_MAX, *here, "text")
            yield from _brace_faults(button.text, (*here, "text"), "A label has no variable.")
        yield from _KINDS.get(button.kind, _unknown_kind)(button, here)


def _unknown_kind(_button: TemplateButton, here: Field) -> Iterator[TemplateFault]:
    yield _fault("Buttons of this kind cannot be submitted from here.", *here, "kind")


def _plain(_button: TemplateButton, _here: Field) -> Iterator[TemplateFault]:
    yield from ()


def _url(button: TemplateButton, here: Field) -> Iterator[TemplateFault]:
    if len(button.url) > TEMPLATE_URL_CHARACTERS_MAX or not _ADDRESS.fullmatch(button.url):
        yield _fault(
            f"An address begins with https://, has {TEMPLATE_URL_CHARACTERS_MAX} characters at "
            "most, and a variable {{1}} only at its end.",
            *here,
            "url",
        )
    if variables_of(button.url) and not re.fullmatch(r"https?://\S+", button.example):
        yield _fault("An address with a variable needs a whole one as example.", *here, "example")


def _phone(button: TemplateButton, here: Field) -> Iterator[TemplateFault]:
    if not _PHONE.fullmatch(button.phone_number):
        yield _fault("A phone number has 5 to 20 digits, with +.", *here, "phone_number")


def _code(button: TemplateButton, here: Field) -> Iterator[TemplateFault]:
    if not 0 < len(button.example) <= COUPON_CODE_CHARACTERS_MAX:
        yield _fault(
            f"A code needs an example of at most {COUPON_CODE_CHARACTERS_MAX} characters.",
            *here,
            "example",
        )


_KINDS: Final[dict[ButtonKind, Callable[[TemplateButton, Field], Iterator[TemplateFault]]]] = {
    ButtonKind.QUICK_REPLY: _plain,
    ButtonKind.REQUEST_CONTACT_INFO: _plain,
    ButtonKind.URL: _url,
    ButtonKind.PHONE_NUMBER: _phone,
    ButtonKind.COPY_CODE: _code,
}


def _text_faults(text: str, characters_max: int, *place: str) -> Iterator[TemplateFault]:
    if not text.strip():
        yield _fault("This must not be empty.", *place)
    if len(text) > characters_max:
        yield _fault(
            f"This has {len(text)} characters; at most {characters_max} are allowed.", *place
        )
    if _UNWRITABLE.search(text):
        yield _fault("This holds control characters that cannot be kept.", *place)


def _fault(words: str, *place: str) -> TemplateFault:
    return TemplateFault(place=place, words=words)
