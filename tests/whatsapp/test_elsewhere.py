"""What the firm wrote elsewhere, what another app answers, calls and imported history."""

import json
from typing import Any

import pytest

from domain.echoed_message import EchoOrigin
from domain.inbound_message import Arrival
from domain.message_content import (
    MediaContent,
    PlaceholderContent,
    RevokeContent,
    TextContent,
    UnsupportedContent,
)
from infrastructure.whatsapp.natural_keys import natural_key
from infrastructure.whatsapp.normaliser import normalise
from infrastructure.whatsapp.updates import (
    CallStep,
    EchoedMessage,
    InboundMessage,
    MessageStatus,
    Notice,
    UnreadablePart,
    Update,
)
from tests.whatsapp.sample_files import body_of, members_of, sample, sample_bytes, value_of

RATNA_PHONE = "6281210004321"
RATNA_ID = "ID.70418823915502846613"

ELSEWHERE: dict[str, tuple[type[Update], ...]] = {
    "calls-connect-user-initiated": (CallStep,),
    "calls-status-ringing": (CallStep,),
    "calls-terminate": (CallStep,),
    "history-chunk": (EchoedMessage, InboundMessage, Notice),
    "history-media": (InboundMessage,),
    "smb-message-echoes-revoke": (EchoedMessage,),
    "smb-message-echoes-text": (EchoedMessage,),
    "standby-message": (InboundMessage,),
    "standby-message-echo": (EchoedMessage,),
    "standby-status": (MessageStatus,),
}
"""Sample -> the types of its updates."""


def updates_of(name: str) -> tuple[Update, ...]:
    return normalise(sample_bytes(name)).updates


def raw_of(update: Update) -> bytes:
    assert isinstance(update, InboundMessage | EchoedMessage | UnreadablePart)
    assert update.raw is not None
    return update.raw


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_sample_has_the_types_of_its_kind(name: str) -> None:
    assert tuple(type(update) for update in updates_of(name)) == ELSEWHERE[name]


def test_an_echo_says_to_whom_the_firm_wrote_from_the_phone_app() -> None:
    (echo,) = updates_of("smb-message-echoes-text")
    assert isinstance(echo, EchoedMessage)
    assert echo.content == TextContent(body="Baik Bu, dokumen sudah kami terima.")
    assert (echo.receiver.phone, echo.receiver.user_id) == (RATNA_PHONE, RATNA_ID)
    assert (echo.origin, echo.arrival) == (EchoOrigin.PHONE_APP, Arrival.DIRECT)


def test_a_deletion_from_the_phone_app_names_the_echo_that_it_deletes() -> None:
    (echo,) = updates_of("smb-message-echoes-text")
    (deletion,) = updates_of("smb-message-echoes-revoke")
    assert isinstance(echo, EchoedMessage)
    assert isinstance(deletion, EchoedMessage)
    assert deletion.content == RevokeContent(target_wamid=echo.wamid)


def test_what_another_app_answers_is_heard_in_standby() -> None:
    (message,) = updates_of("standby-message")
    (echo,) = updates_of("standby-message-echo")
    (status,) = updates_of("standby-status")
    assert isinstance(message, InboundMessage)
    assert isinstance(echo, EchoedMessage)
    assert isinstance(status, MessageStatus)
    assert message.arrival is Arrival.STANDBY
    assert echo.content == TextContent(body="Kami buka sampai pukul 17.00.")
    assert (echo.origin, echo.receiver.phone) == (EchoOrigin.OTHER_APP, RATNA_PHONE)
    assert echo.context.reply_to_wamid == message.wamid
    assert (status.status, status.wamid) == ("delivered", echo.wamid)
    assert status.pricing is not None


def test_a_call_says_who_called_and_how_long_they_spoke() -> None:
    (connect,) = updates_of("calls-connect-user-initiated")
    (ringing,) = updates_of("calls-status-ringing")
    (end,) = updates_of("calls-terminate")
    steps = [step for step in (connect, ringing, end) if isinstance(step, CallStep)]
    assert [step.person.user_id for step in steps] == [RATNA_ID] * 3
    found = [(s.step, s.by_contact, s.outcome, s.duration_s) for s in steps]
    assert found == [
        ("connect", True, None, None),
        ("ringing", False, None, None),
        ("terminate", True, "completed", 124),
    ]
    assert len({step.wacid for step in steps}) == 1


def test_a_chunk_of_history_gives_a_message_for_each_and_says_how_far_it_is() -> None:
    echo, message, chunk = updates_of("history-chunk")
    assert isinstance(echo, EchoedMessage)
    assert isinstance(message, InboundMessage)
    assert isinstance(chunk, Notice)
    assert (echo.arrival, message.arrival) == (Arrival.HISTORY, Arrival.HISTORY)
    assert echo.content == TextContent(body="Terima kasih sudah menghubungi kami.")
    assert (echo.receiver.phone, echo.receiver.user_id) == (RATNA_PHONE, RATNA_ID)
    assert message.content == UnsupportedContent(subtype="media_placeholder")
    assert (message.sender.phone, message.sender.user_id) == (RATNA_PHONE, RATNA_ID)
    (told,) = json.loads(chunk.value)["history"]
    assert told == {"metadata": {"phase": 0, "chunk_order": 1, "progress": 55}}


def test_the_file_of_an_imported_message_is_no_redelivery_of_its_announcement() -> None:
    announced = updates_of("history-chunk")[1]
    (file,) = updates_of("history-media")
    assert isinstance(announced, InboundMessage)
    assert isinstance(file, InboundMessage)
    assert isinstance(file.content, MediaContent)
    assert file.completes
    assert file.wamid == announced.wamid
    assert natural_key(file) != natural_key(announced)


def chunk_with(*messages: Any) -> bytes:
    notification = sample("history-chunk")
    value_of(notification)["history"][0]["threads"][0]["messages"] = list(messages)
    return body_of(notification)


@pytest.mark.parametrize("broken", ["x", 5, {}, {"id": "wamid.H1"}, {"id": 7, "type": "riddle"}])
def test_a_broken_message_of_the_history_harms_no_other(broken: Any) -> None:
    whole = {"from": RATNA_PHONE, "id": "wamid.H2", "type": "text", "text": {"body": "Ya"}}
    *found, chunk = normalise(chunk_with(broken, whole)).updates
    assert isinstance(chunk, Notice)
    last = found[-1]
    assert isinstance(last, InboundMessage)
    assert last.content == TextContent(body="Ya")
    for update in found[:-1]:
        (again,) = normalise(raw_of(update)).updates
        assert natural_key(again) == natural_key(update)


def test_an_echo_of_an_unknown_kind_is_kept_raw_and_means_the_same_again() -> None:
    notification = sample("smb-message-echoes-text")
    value_of(notification)["message_echoes"][0] |= {"type": "hologram"}
    (echo,) = normalise(body_of(notification)).updates
    assert isinstance(echo, EchoedMessage)
    assert isinstance(echo.content, PlaceholderContent)
    (again,) = normalise(raw_of(echo)).updates
    assert members_of(again) == members_of(echo)


@pytest.mark.parametrize("kind", [["image"], {"image": 1}, None, 5, "\0"])
def test_a_later_message_of_an_odd_type_is_kept(kind: Any) -> None:
    notification = sample("history-media")
    value_of(notification)["messages"][0]["type"] = kind
    (update,) = normalise(body_of(notification)).updates
    assert isinstance(update, InboundMessage)
    assert not update.completes
    assert update.raw is not None


@pytest.mark.parametrize("name", ["smb-message-echoes-text", "standby-message-echo"])
def test_an_echo_to_nobody_is_held(name: str) -> None:
    notification = sample(name)
    value = value_of(notification)
    (item,) = value.get("message_echoes") or value["standby"]["message_echoes"]
    for member in ("to", "to_user_id"):
        item.pop(member, None)
        item.get("message", {}).pop(member, None)
    value.pop("contacts", None)
    (held,) = normalise(body_of(notification)).updates
    assert isinstance(held, UnreadablePart)
    assert held.reason == "receiver_missing"
    (again,) = normalise(held.raw).updates
    assert natural_key(again) == natural_key(held)
