"""What can be sent: the limits of the Cloud API, each named by its field."""

import json

import pytest

from domain.errors import InvalidInput
from domain.outbound_body import (
    ButtonsBody,
    ListBody,
    ListRow,
    ListSection,
    OutboundBody,
    ReactionNeedsMessage,
    ReplyButton,
    TextBody,
    canonical_bytes,
    check_body,
    plain_text,
    require_target,
)
from domain.outbound_cards import CardEntry, CardsBody, LocationBody, OutboundCard, ReactionBody

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
def test_a_body_within_its_limits_passes(body: TextBody | ButtonsBody | ListBody) -> None:
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


PHONE = CardEntry(value="+62 21 5550100", label="WORK")
CARD = OutboundCard(name="Notaris Sari", phones=(PHONE,))


def sections(*given: ListSection) -> ListBody:
    return ListBody(text="Pilih", button="Buka", sections=given)


@pytest.mark.parametrize(
    "body",
    [
        ButtonsBody(text="Pilih", buttons=(BUTTON,), header="x" * 60, footer="x" * 60),
        sections(ListSection(title="x" * 24, rows=(ROW,))),
        LocationBody(latitude=-90.0, longitude=180.0),
        LocationBody(latitude=-6.2, longitude=106.8, name="Kantor", address="Jl. Melati 1"),
        CardsBody(cards=(CARD,) * 10),
        ReactionBody(emoji=""),
        ReactionBody(emoji="\U0001f44d\U0001f3fd"),
        ReactionBody(emoji="❤️"),
        ReactionBody(emoji="\U0001f468‍\U0001f469‍\U0001f467"),
    ],
)
def test_every_other_kind_within_its_limits_passes_and_can_be_read(body: OutboundBody) -> None:
    check_body(body)
    assert plain_text(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (ButtonsBody(text="x", buttons=(BUTTON,), header="x" * 61), ("header",)),
        (ListBody(text="x", button="y", rows=(ROW,), footer="x" * 61), ("footer",)),
        (
            ListBody(
                text="x", button="y", rows=(ROW,), sections=(ListSection(title="a", rows=(ROW,)),)
            ),
            ("sections",),
        ),
        (sections(ListSection(title="", rows=(ROW,))), ("sections", "0", "title")),
        (sections(ListSection(title="x" * 25, rows=(ROW,))), ("sections", "0", "title")),
        (
            sections(ListSection(title="a", rows=(ROW,)), ListSection(title="b", rows=())),
            ("sections", "1", "rows"),
        ),
        (
            sections(ListSection(title="a", rows=(ROW,)), ListSection(title="b", rows=(ROW,))),
            ("rows",),
        ),
        (LocationBody(latitude=90.1, longitude=0.0), ("latitude",)),
        (LocationBody(latitude=float("nan"), longitude=0.0), ("latitude",)),
        (LocationBody(latitude=0.0, longitude=float("inf")), ("longitude",)),
        (LocationBody(latitude=0.0, longitude=0.0, address="Jl. Melati"), ("name",)),
        (CardsBody(cards=()), ("cards",)),
        (CardsBody(cards=(CARD,) * 11), ("cards",)),
        (CardsBody(cards=(OutboundCard(name=" ", phones=(PHONE,)),)), ("cards", "0", "name")),
        (CardsBody(cards=(CARD, OutboundCard(name="Sari"))), ("cards", "1", "phones")),
        (
            CardsBody(cards=(OutboundCard(name="Sari", emails=(CardEntry(value=""),)),)),
            ("cards", "0", "emails", "0", "value"),
        ),
        (ReactionBody(emoji="ya"), ("emoji",)),
        (ReactionBody(emoji="1"), ("emoji",)),
        (ReactionBody(emoji="\U0001f44d" * 17), ("emoji",)),
    ],
)
def test_every_other_kind_out_of_its_limits_is_refused_by_its_field(
    body: OutboundBody, field: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_body(body)
    assert caught.value.field == ("body", *field)


def test_approvals_of_before_there_were_headers_keep_their_digest() -> None:
    assert json.loads(canonical_bytes(buttons(BUTTON))) == {
        "type": "buttons",
        "text": "Pilih",
        "buttons": [{"id": "a", "title": "Ya"}],
    }
    assert json.loads(canonical_bytes(rows(ROW))) == {
        "type": "list",
        "text": "Pilih",
        "button": "Buka",
        "rows": [{"id": "a", "title": "Perdata", "description": "Sengketa perdata"}],
    }


def test_a_reaction_needs_the_message_that_it_stands_on() -> None:
    with pytest.raises(ReactionNeedsMessage):
        require_target(ReactionBody(emoji=""), None)
    require_target(TextBody(text="Halo"), None)
