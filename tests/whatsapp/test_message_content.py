"""The content of messages: stored names that never change, previews of one line, masked."""

import types
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.message_content import (
    EditContent,
    MediaContent,
    MessageContent,
    PlaceholderContent,
    TextContent,
    preview_text,
)
from infrastructure.whatsapp.message_kinds import NORMALISERS, content_of
from tests.whatsapp.expected_messages import MESSAGES
from tests.whatsapp.sample_files import PERSONAL_WORDS, members_of

# Stored in sealed events for as long as the firm keeps its files: add to it, never change it.
STORED_NAMES = {
    "text",
    "media",
    "location",
    "contacts",
    "button_reply",
    "list_reply",
    "flow_reply",
    "address_reply",
    "call_permission_reply",
    "order",
    "reaction",
    "revoke",
    "request_welcome",
    "system_notice",
    "unsupported",
    "placeholder",
    "edit",
}


def kinds() -> tuple[type[msgspec.Struct], ...]:
    assert isinstance(MessageContent, types.UnionType)
    found: tuple[type[msgspec.Struct], ...] = typing.get_args(MessageContent)
    return found


def test_the_stored_names_of_the_kinds_are_fixed() -> None:
    assert {str(kind.__struct_config__.tag) for kind in kinds()} == STORED_NAMES


@pytest.mark.parametrize("name", MESSAGES)
def test_content_survives_being_stored(name: str) -> None:
    _, content = MESSAGES[name]
    stored = msgspec.json.encode(content)
    assert msgspec.json.decode(stored, type=MessageContent) == content


def test_content_of_a_later_version_is_read_without_its_new_members() -> None:
    stored = b'{"type":"text","body":"Halo","mood":"cheerful"}'
    assert msgspec.json.decode(stored, type=MessageContent) == TextContent(body="Halo")


@pytest.mark.parametrize(
    ("name", "preview"),
    [
        ("message-text-reply", "Ya, saya setuju dengan syarat itu."),
        ("message-image", "Photo: Foto halaman 2 perjanjian"),
        ("message-image-no-caption", "Photo"),
        ("message-audio-voice", "Voice message"),
        ("message-audio-file", "Audio"),
        ("message-document", "Document: Draf perjanjian sewa"),
        ("message-location", "Location: Kantor Notaris Contoh"),
        ("message-location-pin", "Location: -6.9147439, 107.6098111"),
        ("message-contacts", "Contact card: Bayu Santosa, Ibu"),
        ("message-button", "Saya setuju"),
        ("message-interactive-list-reply", "Jumat 09.00"),
        ("message-interactive-flow-reply", "Form filled in: flow"),
        (
            "message-interactive-address-reply",
            "Address: Ratna W. +6281210004321 Jl. Contoh 8, Bandung",
        ),
        ("message-interactive-call-permission-reply", "Allows calls"),
        ("message-order", "Order of 2 items: Mohon invoice atas nama perusahaan"),
        ("message-reaction", "Reacted \U0001f44d\U0001f3fd"),
        ("message-reaction-removed", "Took a reaction back"),
        ("message-revoke", "Deleted a message"),
        ("message-request-welcome", "Opened the chat"),
        (
            "message-unsupported-with-subtype",
            "Message that WhatsApp does not hand over (a poll)",
        ),
        ("message-edit-image-caption", "Edited: Photo: Foto halaman 2 dan 3 perjanjian"),
    ],
)
def test_a_preview_says_in_one_line_what_came(name: str, preview: str) -> None:
    assert preview_text(MESSAGES[name][1]) == preview


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("body", "preview"),
    [
        ("satu\n\n  dua\ttiga", "satu dua tiga"),
        ("a\0b\u202ec\u200bd", "abcd"),
        (FAMILY, FAMILY),
        ("", ""),
        ("x" * 500, "x" * 119 + "…"),
    ],
    ids=["breaks", "disguise", "family", "empty", "long"],
)
def test_a_preview_is_one_honest_line(body: str, preview: str) -> None:
    assert preview_text(TextContent(body=body)) == preview


@given(body=st.text(max_size=400), characters_max=st.integers(1, 200))
def test_a_preview_is_never_longer_than_asked(body: str, characters_max: int) -> None:
    line = preview_text(TextContent(body=body), characters_max=characters_max)
    assert len(line) <= characters_max
    assert "\n" not in line


@pytest.mark.parametrize("name", MESSAGES)
def test_content_never_shows_what_it_says(name: str) -> None:
    _, content = MESSAGES[name]
    shown = f"{content!r} {content} {[content]} {content.__rich_repr__()}"
    assert not any(word in shown for word in PERSONAL_WORDS)


def test_the_table_of_kinds_names_every_type_of_the_reference() -> None:
    assert sorted(NORMALISERS) == [
        "audio",
        "button",
        "contacts",
        "document",
        "edit",
        "image",
        "interactive",
        "location",
        "media_placeholder",
        "order",
        "reaction",
        "request_welcome",
        "revoke",
        "sticker",
        "system",
        "text",
        "unsupported",
        "video",
    ]


@pytest.mark.parametrize(
    "kind", sorted(set(NORMALISERS) - {"media_placeholder", "request_welcome", "unsupported"})
)
@pytest.mark.parametrize("body", [None, {}, [], "x", 5, {"id": []}], ids=repr)
def test_a_body_that_makes_no_sense_becomes_a_placeholder(kind: str, body: Any) -> None:
    content = content_of({"type": kind, kind: body})
    assert content == PlaceholderContent(message_type=kind, reason="unreadable_body")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "text", "text": {"body": ""}}, {"type": "text", "body": ""}),
        ({"type": "TEXT", "text": {"body": 5}}, {"type": "text", "body": "5"}),
        (
            {"type": "image", "errors": [{"code": "131052", "message": "Too big"}]},
            {
                "type": "unsupported",
                "subtype": "image",
                "faults": [{"code": 131052, "title": "Too big"}],
            },
        ),
        (
            {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}},
            {"type": "reaction", "target_wamid": "wamid.1"},
        ),
        (
            {"type": "contacts", "contacts": {"name": {"first_name": "Ibu", "last_name": "S"}}},
            {"type": "contacts", "cards": [{"name": "Ibu S"}]},
        ),
        (
            {"type": "contacts", "contacts": [{"origin": "contact_request", "vcard": "V"}]},
            {"type": "contacts", "cards": [{"vcard": "V"}], "is_answer_to_request": True},
        ),
        (
            {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": "x"}},
            {
                "type": "placeholder",
                "message_type": "interactive",
                "reason": "unreadable_body",
            },
        ),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "nfm_reply",
                    "nfm_reply": {"name": "flow", "response_json": {"flow_token": "t"}},
                },
            },
            {
                "type": "flow_reply",
                "answers_json": '{"flow_token":"t"}',
                "flow_name": "flow",
                "flow_token": "t",
            },
        ),
        (
            {"type": "location", "location": {"latitude": "-6.2", "longitude": 106}},
            {"type": "location", "latitude": -6.2, "longitude": 106.0},
        ),
        (
            {"type": "location", "location": {"latitude": 91, "longitude": 0}},
            {"type": "placeholder", "message_type": "location", "reason": "unreadable_body"},
        ),
        (
            {"type": "hologram"},
            {"type": "placeholder", "message_type": "hologram", "reason": "unknown_type"},
        ),
        ({}, {"type": "placeholder", "message_type": "", "reason": "unknown_type"}),
    ],
    ids=lambda value: repr(value)[:80],
)
def test_odd_forms_of_known_kinds_are_understood(
    message: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert members_of(content_of(message)) == expected


def test_an_edit_of_an_edit_does_not_nest_without_end() -> None:
    inner = {"type": "edit", "edit": {"original_message_id": "wamid.1", "message": {"type": "x"}}}
    content = content_of(
        {"type": "edit", "edit": {"original_message_id": "wamid.2", "message": inner}}
    )
    assert isinstance(content, EditContent)
    assert content.content == PlaceholderContent(message_type="edit", reason="unknown_type")


def test_a_hash_that_makes_no_sense_does_not_cost_the_file() -> None:
    content = content_of({"type": "image", "image": {"id": 1284409951730026, "sha256": "?"}})
    assert content == MediaContent(media="image", media_id="1284409951730026")
