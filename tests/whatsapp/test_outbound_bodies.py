"""What Meta would refuse about a body is known, in words, before the call."""

from typing import Any

import msgspec
import pytest

from domain.outbound_body import ButtonsBody, ListBody, ListRow, OutboundBody, ReplyButton, TextBody
from domain.template_body import HeaderLocation, HeaderMedia, TemplateParameter, TemplateValues
from domain.template_components import HeaderFormat
from infrastructure.whatsapp.outbound_bodies import body_faults, message_members
from tests.domain.templates import filled_in


def buttons(count: int, title: str = "Pilihan") -> tuple[ReplyButton, ...]:
    return tuple(ReplyButton(id=f"id-{n}", title=f"{title} {n}") for n in range(count))


def rows(count: int) -> tuple[ListRow, ...]:
    return tuple(ListRow(id=f"id-{n}", title=f"Baris {n}") for n in range(count))


@pytest.mark.parametrize(
    "body",
    [
        TextBody(text="x" * 4096),
        ButtonsBody(text="x" * 1024, buttons=buttons(1)),
        ButtonsBody(text="Pilih", buttons=buttons(3)),
        ButtonsBody(text="Pilih", buttons=(ReplyButton(id="x" * 256, title="x" * 20),)),
        ListBody(text="x" * 4096, button="x" * 20, rows=rows(10)),
        ListBody(
            text="Pilih",
            button="Buka",
            rows=(ListRow(id="x" * 200, title="x" * 24, description="x" * 72),),
        ),
    ],
    ids=["text", "long text", "three buttons", "long button", "ten rows", "long row"],
)
def test_a_body_at_its_limits_can_be_sent(body: OutboundBody) -> None:
    assert body_faults(body) == ()


BEYOND: dict[str, tuple[OutboundBody, str]] = {
    "empty": (TextBody(text=" \n"), "The text is empty."),
    "long": (TextBody(text="x" * 4097), "The text has 4097 characters, 4096 are allowed."),
    "broken": (TextBody(text="\ud83d"), "The text contains half a character"),
    "no button": (ButtonsBody(text="Pilih", buttons=()), "There are 0 buttons, 1 to 3"),
    "four buttons": (ButtonsBody(text="Pilih", buttons=buttons(4)), "There are 4 buttons"),
    "long text of buttons": (
        ButtonsBody(text="x" * 1025, buttons=buttons(1)),
        "The text has 1025 characters, 1024 are allowed.",
    ),
    "long title": (
        ButtonsBody(text="Pilih", buttons=(ReplyButton(id="a", title="x" * 21),)),
        "The title of a button has 21 characters, 20 are allowed.",
    ),
    "long id": (
        ButtonsBody(text="Pilih", buttons=(ReplyButton(id="x" * 257, title="Ya"),)),
        "The id of a button has 257 characters, 256 are allowed.",
    ),
    "same id": (
        ButtonsBody(
            text="Pilih",
            buttons=(ReplyButton(id="a", title="Ya"), ReplyButton(id="a", title="Tidak")),
        ),
        "The same id of a button appears twice.",
    ),
    "same title": (
        ButtonsBody(
            text="Pilih", buttons=(ReplyButton(id="a", title="Ya"), ReplyButton(id="b", title="Ya"))
        ),
        "The same title of a button appears twice.",
    ),
    "no row": (ListBody(text="Pilih", button="Buka", rows=()), "There are 0 rows, 1 to 10"),
    "eleven rows": (ListBody(text="Pilih", button="Buka", rows=rows(11)), "There are 11 rows"),
    "no list button": (
        ListBody(text="Pilih", button="", rows=rows(1)),
        "The button of the list is empty.",
    ),
    "long row": (
        ListBody(text="Pilih", button="Buka", rows=(ListRow(id="a", title="x" * 25),)),
        "The title of a row has 25 characters, 24 are allowed.",
    ),
    "long description": (
        ListBody(
            text="Pilih",
            button="Buka",
            rows=(ListRow(id="a", title="Baris", description="x" * 73),),
        ),
        "The description of a row has 73 characters, 72 are allowed.",
    ),
    "same row": (
        ListBody(text="Pilih", button="Buka", rows=rows(1) * 2),
        "The same id of a row appears twice.",
    ),
}


@pytest.mark.parametrize(("body", "fault"), BEYOND.values(), ids=BEYOND)
def test_a_body_beyond_its_limits_says_what_is_wrong(body: OutboundBody, fault: str) -> None:
    assert any(fault in found for found in body_faults(body))


def test_the_faults_do_not_quote_the_words() -> None:
    body = ButtonsBody(text="Rahasia" * 500, buttons=buttons(5, "Rahasia" * 5))
    assert body_faults(body)
    assert "Rahasia" not in " ".join(body_faults(body))


def components_of(**changes: Any) -> list[Any]:
    body = filled_in()
    values = msgspec.structs.replace(body.values, **changes)
    members = message_members(msgspec.structs.replace(body, values=values))
    found: list[Any] = members["template"]["components"]
    return found


def test_a_template_is_written_as_meta_reads_it() -> None:
    members = message_members(filled_in())
    assert members["type"] == "template"
    assert members["template"]["name"] == "pengingat"
    assert members["template"]["language"] == {"code": "id"}
    assert members["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "12/2026"}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Ratna"}, {"type": "text", "text": "Jumat"}],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "hadir"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "pn-bandung"}],
        },
    ]


def test_values_by_number_are_written_in_the_order_of_their_numbers() -> None:
    given = tuple(TemplateParameter(name=str(n), text=f"nilai {n}") for n in (10, 2, 1))
    texts = [each["text"] for each in components_of(parameters=given)[1]["parameters"]]
    assert texts == ["nilai 1", "nilai 2", "nilai 10"]


def test_values_by_name_are_written_with_their_names() -> None:
    named = msgspec.structs.replace(filled_in(), is_named=True)
    body = message_members(named)["template"]["components"][1]
    assert [each["parameter_name"] for each in body["parameters"]] == ["1", "2"]


def test_a_template_without_values_is_written_without_components() -> None:
    plain = msgspec.structs.replace(filled_in(), values=TemplateValues())
    assert set(message_members(plain)["template"]) == {"name", "language"}


@pytest.mark.parametrize(
    ("header", "written"),
    [
        (
            HeaderMedia(format=HeaderFormat.DOCUMENT, media_id="7", filename="a.pdf"),
            {"type": "document", "document": {"id": "7", "filename": "a.pdf"}},
        ),
        (
            HeaderMedia(format=HeaderFormat.IMAGE, link="https://example.org/a.png", filename="a"),
            {"type": "image", "image": {"link": "https://example.org/a.png"}},
        ),
        (
            HeaderLocation(latitude=1, longitude=2, name="PN", address="Jl. Riau"),
            {
                "type": "location",
                "location": {"latitude": 1, "longitude": 2, "name": "PN", "address": "Jl. Riau"},
            },
        ),
    ],
)
def test_a_header_is_written_as_meta_reads_it(header: Any, written: dict[str, Any]) -> None:
    assert components_of(header=header)[0] == {"type": "header", "parameters": [written]}


def test_a_template_with_a_value_that_meta_refuses_says_which() -> None:
    values = TemplateValues(parameters=(TemplateParameter(name="1", text="a\nb"),))
    (fault,) = body_faults(msgspec.structs.replace(filled_in(), values=values))
    assert fault.startswith("values.parameters.0.text: ")
