"""What can be sent to a contact: the body that a human approves and that is sent without a change."""

import msgspec


class TextBody(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """A plain text of at most 4096 characters (Cloud API, send messages)."""

    text: str
    preview_url: bool = False


class ReplyButton(msgspec.Struct, frozen=True, kw_only=True):
    """A quick reply: `id` at most 256, `title` at most 20 characters."""

    id: str
    title: str


class ButtonsBody(msgspec.Struct, frozen=True, kw_only=True, tag="buttons"):
    """A text of at most 1024 characters with one to three quick replies."""

    text: str
    buttons: tuple[ReplyButton, ...]


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list: `id` at most 200, `title` at most 24, `description` at most 72 characters."""

    id: str
    title: str
    description: str = ""


class ListBody(msgspec.Struct, frozen=True, kw_only=True, tag="list"):
    """A text of at most 4096 characters with a button that opens at most ten rows."""

    text: str
    button: str
    rows: tuple[ListRow, ...]


OutboundBody = TextBody | ButtonsBody | ListBody

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical_bytes(body: OutboundBody) -> bytes:
    """Return the bytes whose keyed digest is approved and compared again at the moment of sending."""
    return _ENCODER.encode(body)


def plain_text(body: OutboundBody) -> str:
    """Return the text of the body as a person reads it."""
    return body.text
