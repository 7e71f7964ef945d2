"""What can be sent: the limits of the Cloud API, each named by its field."""

import json

import pytest

from domain.errors import InvalidInput
from domain.outbound_body import (
    ButtonsBody,
    ListBody,
    ListRow,
    OutboundBody,
    ReplyButton,
    TextBody,
    canonical_bytes,
    check_body,
    plain_text,
)

BUTTON = ReplyButton(id="a", title="Ya")
ROW = ListRow(id="a", title="Perdata", description="Sengketa perdata")


def buttons(*given: ReplyButton, text: str = "Pilih") -> ButtonsBody:
    return ButtonsBody(text=text, buttons=given)


def rows(*given: ListRow, text: str = "Pilih", button: str = "Buka") -> ListBody:
    return ListBody(text=text, button=button, rows=given)


@pytest.mark.parametrize(
    "body",
    [
        TextBody(text="x"),
        TextBody(text="x" * 4096),
        TextBody(text="baris satu\nbaris dua\t– “kutip” 🙏"),
        buttons(BUTTON, text="x" * 1024),
        buttons(*(ReplyButton(id=i * 64, title=i * 20) for i in "abc")),
        rows(*(ListRow(id=i * 200, title=i * 24, description=i * 72) for i in "abcdefghij")),
        rows(ListRow(id="a", title="Tanpa keterangan")),
    ],
)
def test_a_body_within_its_limits_passes(body: OutboundBody) -> None:
    check_body(body)
    assert plain_text(body) == body.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (TextBody(text=""), ("text",)),
        (TextBody(text=" \n "), ("text",)),
        (TextBody(text="x" * 4097), ("text",)),
        (TextBody(text="a\x00b"), ("text",)),
        (TextBody(text="a\ud800b"), ("text",)),
        (buttons(text="x"), ("buttons",)),
        (buttons(*(ReplyButton(id=i, title=i) for i in "abcd")), ("buttons",)),
        (buttons(BUTTON, text="x" * 1025), ("text",)),
        (buttons(ReplyButton(id="", title="Ya")), ("buttons", "0", "id")),
        (buttons(ReplyButton(id="x" * 257, title="Ya")), ("buttons", "0", "id")),
        (buttons(BUTTON, ReplyButton(id="b", title="x" * 21)), ("buttons", "1", "title")),
        (buttons(BUTTON, ReplyButton(id="a", title="Tidak")), ("buttons",)),
        (buttons(BUTTON, ReplyButton(id="b", title="Ya")), ("buttons",)),
        (rows(), ("rows",)),
        (rows(*(ListRow(id=i, title=i) for i in "abcdefghijk")), ("rows",)),
        (rows(ROW, button="x" * 21), ("button",)),
        (rows(ROW, text=""), ("text",)),
        (rows(ListRow(id="x" * 201, title="a")), ("rows", "0", "id")),
        (rows(ListRow(id="a", title="x" * 25)), ("rows", "0", "title")),
        (rows(ListRow(id="a", title="a", description="x" * 73)), ("rows", "0", "description")),
        (rows(ROW, ListRow(id="a", title="Pidana")), ("rows",)),
    ],
)
def test_a_body_out_of_its_limits_is_refused_by_its_field(
    body: OutboundBody, field: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_body(body, ("input", "body"))
    assert caught.value.field == ("input", "body", *field)


def test_the_bytes_that_are_digested_hold_every_part_in_one_order() -> None:
    first = canonical_bytes(TextBody(text="Halo", preview_url=True))
    assert json.loads(first) == {"type": "text", "text": "Halo", "preview_url": True}
    assert first == canonical_bytes(TextBody(preview_url=True, text="Halo"))
    assert first != canonical_bytes(TextBody(text="Halo "))
