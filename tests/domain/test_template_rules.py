"""What Meta would refuse is known before: ours and the simulated Meta's rules agree."""

from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.errors import HubError, InvalidInput
from domain.outbound_body import check_body
from domain.template_body import (
    ButtonValue,
    HeaderText,
    TemplateParameter,
    TemplateValues,
)
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
    variables_of,
)
from domain.template_filling import fill_template
from domain.template_rules import TemplateWording, faults_of, require_submittable
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.template_rules import check_new_template, check_parameters
from infrastructure.whatsapp.outbound_bodies import message_members
from infrastructure.whatsapp.template_parts import components_for_meta
from tests.domain.templates import COMPONENTS, template

WORDING = TemplateWording(
    name="pengingat",
    language="id",
    category=TemplateCategory.UTILITY,
    components=COMPONENTS,
)
URL = COMPONENTS.buttons[1]
REPLY = COMPONENTS.buttons[0]
PHONE = TemplateButton(kind=ButtonKind.PHONE_NUMBER, text="Telepon", phone_number="+622150880011")


def wording(**changes: Any) -> TemplateWording:
    parts = msgspec.structs.replace(COMPONENTS, **changes)
    return msgspec.structs.replace(WORDING, components=parts)


def url(**changes: Any) -> tuple[TemplateButton, ...]:
    return (msgspec.structs.replace(URL, **changes),)


def header(**changes: Any) -> TemplateHeader:
    return TemplateHeader(**({"format": HeaderFormat.TEXT} | changes))


def accepts(given: TemplateWording) -> bool:
    """Whether the simulated Meta takes the template."""
    members = {
        "name": given.name,
        "language": given.language,
        "category": given.category.value.upper(),
        "components": components_for_meta(given.components, given.parameter_format),
    }
    try:
        check_new_template(members, lambda _format, _handle: True)
    except GraphError:
        return False
    return True


GOOD: list[TemplateWording] = [
    WORDING,
    wording(body="x" * 1024, examples=()),
    wording(footer="x" * 60),
    wording(header=None, footer="", buttons=()),
    wording(header=header(text="x" * 60)),
    wording(header=header(format=HeaderFormat.DOCUMENT, example="4::aW")),
    wording(header=header(format=HeaderFormat.VIDEO, example="4::aW\n4::aX")),
    wording(header=header(format=HeaderFormat.LOCATION)),
    wording(buttons=(REPLY,) * 9 + (PHONE,)),
    wording(buttons=url(text="x" * 25)),
    msgspec.structs.replace(WORDING, name="x" * 512, language="zh_Hant_TW"),
]
BAD: list[tuple[TemplateWording, tuple[str, ...]]] = [
    (msgspec.structs.replace(WORDING, name=""), ("name",)),
    (msgspec.structs.replace(WORDING, name="Pengingat"), ("name",)),
    (msgspec.structs.replace(WORDING, name="x" * 513), ("name",)),
    (msgspec.structs.replace(WORDING, language="en-US"), ("language",)),
    (msgspec.structs.replace(WORDING, category=TemplateCategory.UNKNOWN), ("category",)),
    (msgspec.structs.replace(WORDING, category=TemplateCategory.AUTHENTICATION), ("category",)),
    (wording(not_understood=("carousel",)), ("components",)),
    (wording(body="", examples=()), ("body",)),
    (wording(body="x" * 1025, examples=()), ("body",)),
    (wording(body="{{1}} halo", examples=("a",)), ("body",)),
    (wording(body="Halo {{1}}", examples=("a",)), ("body",)),
    (wording(body="Halo {{1}} {{2}} ya.", examples=("a", "b")), ("body",)),
    (wording(body="Halo {{2}} ya.", examples=("a",)), ("body",)),
    (wording(body="Halo {{nama}} ya.", examples=("a",)), ("body",)),
    (wording(body="Halo {{1 ya.", examples=()), ("body",)),
    (wording(body="Halo\x00ya.", examples=()), ("body",)),
    (wording(examples=("a",)), ("examples",)),
    (wording(examples=("a", " ")), ("examples", "1")),
    (wording(examples=("a", "x" * 1024)), ("examples",)),
    (wording(header=header(text="x" * 61)), ("header", "text")),
    (wording(header=header(text="")), ("header", "text")),
    (wording(header=header(text="a\nb")), ("header", "text")),
    (wording(header=header(text="{{1}} dan {{2}}", example="a")), ("header", "text")),
    (wording(header=header(text="Perkara {{1}}")), ("header", "example")),
    (wording(header=header(format=HeaderFormat.IMAGE)), ("header", "example")),
    *(
        (wording(header=header(format=HeaderFormat.VIDEO, example=handle)), ("header", "example"))
        for handle in ("4::a b", "4::a\n", "4::a\x00", "x" * 4097, "https://scontent.example/a")
    ),
    (wording(header=header(format=HeaderFormat.IMAGE, text="x")), ("header", "text")),
    (wording(header=header(format=HeaderFormat.UNKNOWN)), ("header", "format")),
    (wording(footer="x" * 61), ("footer",)),
    (wording(footer="Halo {{1}} ya"), ("footer",)),
    (wording(buttons=(REPLY,) * 11), ("buttons",)),
    (wording(buttons=(REPLY, PHONE, REPLY)), ("buttons",)),
    (wording(buttons=url(text="x" * 26)), ("buttons", "0", "text")),
    (wording(buttons=url(text="")), ("buttons", "0", "text")),
    (wording(buttons=url(url="ftp://example.org")), ("buttons", "0", "url")),
    (wording(buttons=url(url="https://example.org/{{1}}/a")), ("buttons", "0", "url")),
    (wording(buttons=url(url="https://example.org/" + "x" * 2000)), ("buttons", "0", "url")),
    (wording(buttons=url(example="")), ("buttons", "0", "example")),
    (
        wording(buttons=(msgspec.structs.replace(PHONE, phone_number="x"),)),
        ("buttons", "0", "phone_number"),
    ),
    (
        wording(buttons=(TemplateButton(kind=ButtonKind.COPY_CODE),)),
        ("buttons", "0", "example"),
    ),
    (
        wording(buttons=(TemplateButton(kind=ButtonKind.UNKNOWN, text="a"),)),
        ("buttons", "0", "kind"),
    ),
]


@pytest.mark.parametrize("given", GOOD)
def test_a_template_within_the_rules_has_no_fault_and_meta_takes_it(given: TemplateWording) -> None:
    assert faults_of(given) == ()
    require_submittable(given)
    assert accepts(given)


@pytest.mark.parametrize(("given", "place"), BAD)
def test_a_fault_is_named_by_its_place(given: TemplateWording, place: tuple[str, ...]) -> None:
    faults = faults_of(given)
    assert place in {fault.place for fault in faults}
    assert all(fault.words.endswith(".") for fault in faults)
    with pytest.raises(InvalidInput) as caught:
        require_submittable(given, ("input",))
    assert caught.value.field == ("input", *faults[0].place)


def test_a_missing_sample_is_told_with_what_to_do() -> None:
    (fault,) = faults_of(wording(header=header(format=HeaderFormat.IMAGE)))
    assert "POST /media/template-samples" in fault.words


def test_named_variables_are_words() -> None:
    named = msgspec.structs.replace(WORDING, parameter_format=ParameterFormat.NAMED)
    parts = TemplateComponents(body="Halo {{nama_klien}}, ya.", examples=("Ratna",))
    assert faults_of(msgspec.structs.replace(named, components=parts)) == ()
    parts = TemplateComponents(body="Halo {{Nama}}, ya.", examples=("Ratna",))
    (fault,) = faults_of(msgspec.structs.replace(named, components=parts))
    assert fault.place == ("body",)


_PIECES = st.sampled_from(["{{1}}", "{{2}}", "{{nama}}", "{{", "}}", " ", "kata", "\n", "é", "."])
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=8).map("".join),
    st.integers(0, 3).map(lambda n: "x" * (1023 + n)),
    st.integers(0, 3).map(lambda n: "x" * (59 + n)),
    st.integers(0, 3).map(lambda n: "x" * (24 + n)),
)
_HEADERS = st.builds(
    TemplateHeader,
    format=st.sampled_from(HeaderFormat),
    text=_TEXTS,
    example=st.sampled_from(["", "a"]),
)
_BUTTONS = st.builds(
    TemplateButton,
    kind=st.sampled_from(ButtonKind),
    text=_TEXTS,
    url=st.sampled_from(["", "https://example.org/{{1}}", "https://e.org/" + "x" * 1990, "x"]),
    phone_number=st.sampled_from(["", "+622150880011"]),
    example=st.sampled_from(["", "KODE1", "https://example.org/a"]),
)
_WORDINGS = st.builds(
    TemplateWording,
    name=st.sampled_from(["a", "A", "", "x" * 512, "x" * 513]),
    language=st.sampled_from(["id", "en_US", "", "en-US"]),
    category=st.sampled_from(TemplateCategory),
    parameter_format=st.sampled_from(ParameterFormat),
    components=st.builds(
        TemplateComponents,
        body=_TEXTS,
        header=st.one_of(st.none(), _HEADERS),
        footer=_TEXTS,
        buttons=st.lists(_BUTTONS, max_size=12).map(tuple),
        examples=st.lists(st.just("contoh"), max_size=3).map(tuple),
    ),
)


@settings(max_examples=400)
@for_all(_WORDINGS)
def test_what_passes_here_passes_at_meta(given: TemplateWording) -> None:
    assert faults_of(given) or accepts(given)


@settings(max_examples=200)
@for_all(st.integers(1, 1100), st.integers(1, 70), st.integers(1, 70), st.integers(1, 30))
def test_the_limits_of_length_are_the_same_on_both_sides(
    body: int, head: int, foot: int, label: int
) -> None:
    given = wording(
        body="x" * body,
        examples=(),
        header=header(text="x" * head),
        footer="x" * foot,
        buttons=(msgspec.structs.replace(REPLY, text="x" * label),),
    )
    assert accepts(given) == (faults_of(given) == ())


_VALUE_TEXTS = st.one_of(
    st.sampled_from(["Ratna", "", "a\nb", "a\tb", "a     b", "a    b", "x" * 1000, "{{1}}"]),
    st.text(max_size=20),
)
_VALUES = st.builds(
    TemplateValues,
    parameters=st.lists(
        st.builds(TemplateParameter, name=st.sampled_from("123"), text=_VALUE_TEXTS), max_size=3
    ).map(tuple),
    header=st.one_of(
        st.none(), st.builds(HeaderText, name=st.sampled_from("12"), text=_VALUE_TEXTS)
    ),
    buttons=st.lists(
        st.builds(
            ButtonValue,
            place=st.integers(-1, 2),
            kind=st.sampled_from([ButtonKind.URL, ButtonKind.QUICK_REPLY]),
            value=_VALUE_TEXTS,
        ),
        max_size=3,
    ).map(tuple),
)


@settings(max_examples=400)
@for_all(_VALUES)
def test_what_can_be_filled_in_here_can_be_sent_to_meta(given: TemplateValues) -> None:
    try:
        body = fill_template(template(), given)
    except HubError:
        return
    check_body(body)
    assert set(variables_of(COMPONENTS.body)) == {each.name for each in given.parameters}
    sent = message_members(body)["template"]["components"]
    parts = components_for_meta(COMPONENTS, ParameterFormat.POSITIONAL)
    check_parameters(parts, "POSITIONAL", sent)


def test_the_label_of_a_code_button_is_checked_where_there_is_one() -> None:
    button = TemplateButton(kind=ButtonKind.COPY_CODE, text="x" * 26, example="KODE1")
    wording = TemplateWording(
        name="potongan_harga",
        language="id",
        category=TemplateCategory.MARKETING,
        components=TemplateComponents(body="Kode Anda.", buttons=(button,)),
    )
    (fault,) = faults_of(wording)
    assert fault.place[-3:] == ("buttons", "0", "text")
