"""Filling a template in: what the contact will see, and what Meta would refuse, by its place."""

from typing import Any

import msgspec
import pytest

from domain.errors import InvalidInput
from domain.outbound_body import canonical_bytes, check_body, plain_text
from domain.template import Template
from domain.template_body import (
    ButtonValue,
    HeaderLocation,
    HeaderMedia,
    HeaderText,
    ShownButton,
    TemplateParameter,
    TemplateValues,
)
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_filling import TemplateNotUnderstood, fill_template, reads_as_approved
from tests.domain.templates import COMPONENTS, VALUES, filled_in, template

DOCUMENT = HeaderMedia(format=HeaderFormat.DOCUMENT, media_id="1", filename="panggilan.pdf")
PLACE = HeaderLocation(latitude=-6.9, longitude=107.6, name="PN Bandung", address="Jl. Riau 20")


def values(**changes: Any) -> TemplateValues:
    return msgspec.structs.replace(VALUES, **changes)


def parameters(*texts: str) -> tuple[TemplateParameter, ...]:
    return tuple(
        TemplateParameter(name=str(place), text=text) for place, text in enumerate(texts, start=1)
    )


def with_parts(**changes: Any) -> Template:
    return template(components=msgspec.structs.replace(COMPONENTS, **changes))


def with_header(kind: HeaderFormat) -> Template:
    return with_parts(header=TemplateHeader(format=kind), buttons=())


def test_a_filled_in_template_shows_what_the_contact_will_see() -> None:
    body = filled_in()
    assert body.header_text == "Perkara 12/2026"
    assert body.text == "Yth. Ratna, sidang pada Jumat pagi."
    assert body.footer == "Kantor Hukum Contoh"
    assert body.buttons == (
        ShownButton(kind=ButtonKind.QUICK_REPLY, text="Saya hadir"),
        ShownButton(kind=ButtonKind.URL, text="Peta", target="https://example.org/pn-bandung"),
    )
    check_body(body)
    assert plain_text(body).splitlines()[0] == "Perkara 12/2026"


def test_words_are_named_where_the_template_names_them() -> None:
    named = template(
        components=TemplateComponents(body="Halo {{nama}}, apa kabar?"),
        parameter_format=ParameterFormat.NAMED,
    )
    given = TemplateValues(parameters=(TemplateParameter(name="nama", text="Ratna"),))
    body = fill_template(named, given)
    assert (body.text, body.is_named) == ("Halo Ratna, apa kabar?", True)


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again() -> None:
    body = fill_template(template(), values(parameters=parameters("{{2}}", "Jumat")))
    assert body.text == "Yth. {{2}}, sidang pada Jumat pagi."


@pytest.mark.parametrize(
    ("kind", "header"), [(HeaderFormat.DOCUMENT, DOCUMENT), (HeaderFormat.LOCATION, PLACE)]
)
def test_a_header_can_be_a_file_or_a_place(kind: HeaderFormat, header: Any) -> None:
    body = fill_template(with_header(kind), values(header=header, buttons=()))
    check_body(body)
    assert body.values.header == header


REFUSED: list[tuple[TemplateValues, tuple[str, ...]]] = [
    (values(parameters=parameters("Ratna")), ("parameters",)),
    (values(parameters=parameters("Ratna", "Jumat", "x")), ("parameters",)),
    (values(parameters=parameters("Ratna", "Jumat") * 2), ("parameters",)),
    (values(parameters=parameters("Ratna", "")), ("parameters", "1", "text")),
    (values(parameters=parameters("Ratna", "a\nb")), ("parameters", "1", "text")),
    (values(parameters=parameters("Ratna", "a\tb")), ("parameters", "1", "text")),
    (values(parameters=parameters("Ratna", "a     b")), ("parameters", "1", "text")),
    (values(parameters=parameters("Ratna", "x" * 1024)), ("parameters",)),
    (values(parameters=parameters("Ratna", "x" * 1025)), ("parameters", "1", "text")),
    (values(header=None), ("header",)),
    (values(header=DOCUMENT), ("header",)),
    (values(header=HeaderText(name="1", text="x" * 60)), ("header",)),
    (values(header=HeaderText(name="2", text="x")), ("header",)),
    (values(header=HeaderText(name="1", text="a\nb")), ("header", "text")),
    (values(buttons=()), ("buttons",)),
    (values(buttons=VALUES.buttons * 2), ("buttons",)),
    (
        values(buttons=(ButtonValue(place=2, kind=ButtonKind.URL, value="a"),)),
        ("buttons", "0"),
    ),
    (
        values(buttons=(ButtonValue(place=-1, kind=ButtonKind.URL, value="a"),)),
        ("buttons", "0"),
    ),
    (
        values(buttons=(ButtonValue(place=1, kind=ButtonKind.QUICK_REPLY, value="a"),)),
        ("buttons", "0"),
    ),
    (
        values(buttons=(ButtonValue(place=1, kind=ButtonKind.URL, value="a b"),)),
        ("buttons", "0", "value"),
    ),
    (
        values(buttons=(ButtonValue(place=1, kind=ButtonKind.URL, value="a" * 1990),)),
        ("buttons", "0"),
    ),
]


@pytest.mark.parametrize(("given", "place"), REFUSED)
def test_what_meta_would_refuse_is_refused_by_its_place(
    given: TemplateValues, place: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        fill_template(template(), given, ("input", "values"))
    assert caught.value.field == ("input", "values", *place)


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        (HeaderFormat.DOCUMENT, None),
        (HeaderFormat.IMAGE, DOCUMENT),
        (HeaderFormat.DOCUMENT, msgspec.structs.replace(DOCUMENT, media_id="")),
        (HeaderFormat.DOCUMENT, msgspec.structs.replace(DOCUMENT, link="https://example.org/a")),
        (HeaderFormat.DOCUMENT, HeaderMedia(format=HeaderFormat.DOCUMENT, link="http://a.example")),
        (HeaderFormat.LOCATION, msgspec.structs.replace(PLACE, latitude=91)),
        (HeaderFormat.LOCATION, msgspec.structs.replace(PLACE, longitude=float("nan"))),
        (HeaderFormat.LOCATION, DOCUMENT),
        (HeaderFormat.UNKNOWN, DOCUMENT),
    ],
)
def test_a_header_that_does_not_fit_is_refused(kind: HeaderFormat, header: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        fill_template(with_header(kind), values(header=header, buttons=()))
    assert caught.value.field[:2] == ("values", "header")


@pytest.mark.parametrize(
    "unusable", [template(components=None), with_parts(not_understood=("CAROUSEL",))]
)
def test_a_template_that_is_not_understood_is_never_filled_in(unusable: Template) -> None:
    with pytest.raises(TemplateNotUnderstood):
        fill_template(unusable, VALUES)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": "Yth. {{1}}, bayar pada {{2}} pagi."},
        {"footer": "Kantor lain"},
        {"header": None},
        {"buttons": COMPONENTS.buttons[:1]},
        {
            "buttons": (
                COMPONENTS.buttons[0],
                TemplateButton(kind=ButtonKind.URL, text="Peta", url="https://evil.example/{{1}}"),
            )
        },
    ],
)
def test_a_change_that_the_contact_would_see_is_noticed(changed: dict[str, Any]) -> None:
    assert not reads_as_approved(with_parts(**changed), filled_in())


def test_a_change_that_the_contact_would_not_see_changes_nothing() -> None:
    assert reads_as_approved(with_parts(examples=("a", "b")), filled_in())


def test_other_values_are_another_body() -> None:
    other = filled_in(values(parameters=parameters("Ratna", "Senin")))
    assert canonical_bytes(other) != canonical_bytes(filled_in())
