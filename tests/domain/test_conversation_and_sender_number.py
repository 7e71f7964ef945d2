"""Conversations, sender numbers, and what Meta delivers about them."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.circuit import CircuitKind
from domain.conversation import (
    AssignConversation,
    CloseConversation,
    Conversation,
    ConversationAlreadyClosed,
    ConversationAlreadyOpen,
    ConversationAssigned,
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
    NoteInboundMessage,
    ReopenConversation,
)
from domain.errors import AlreadyExists, InvalidInput, NotFound
from domain.event import Erased
from domain.identity import (
    ContactId,
    ConversationId,
    MemberId,
    MessageId,
    SenderNumberId,
    StreamId,
    conversation_id_of,
)
from domain.inbound_message import InboundMessage, MessageReceived, ReceiveMessage
from domain.message_status import MessageStatus, MessageStatusReceived, ReceiveStatus
from domain.sender_circuit import CloseSenderCircuit, OpenSenderCircuit
from domain.sender_limits import LimitSenderNumber
from domain.sender_number import (
    AccountNotice,
    AddSenderNumber,
    ChangeSenderNumberCredentials,
    NoteNotice,
    PauseSenderNumber,
    ResumeSenderNumber,
    SenderCircuitClosed,
    SenderCircuitOpened,
    SenderLimitsSet,
    SenderNumber,
    SenderNumberAdded,
    SenderNumberCredentialsChanged,
    SenderNumberNoticed,
    SenderNumberPaused,
    SenderNumberResumed,
)
from tests.domain.given import given
from tests.domain.memory_journal import START
from tests.domain.samples import sample_of

CONTACT = ContactId(UUID(int=1))
SENDER = SenderNumberId(UUID(int=2))
ID = ConversationId(UUID(int=3))
MESSAGE = MessageId(UUID(int=4))
LAWYER = MemberId(UUID(int=5))
STARTED = ConversationStarted(
    conversation_id=ID, contact_id=CONTACT, sender_number_id=SENDER, first_message_id=MESSAGE
)
CLOSED = ConversationClosed(conversation_id=ID, reason="done")
ASSIGNED = ConversationAssigned(conversation_id=ID, member_id=LAWYER)
NOTE = NoteInboundMessage(
    conversation_id=ID, contact_id=CONTACT, sender_number_id=SENDER, message_id=MESSAGE
)


def test_one_contact_has_one_conversation_with_each_number() -> None:
    assert conversation_id_of(CONTACT, SENDER) == conversation_id_of(CONTACT, SENDER)
    assert conversation_id_of(CONTACT, SENDER) != conversation_id_of(
        CONTACT, SenderNumberId(UUID(int=6))
    )


def test_the_first_message_starts_the_conversation_and_later_ones_change_nothing() -> None:
    given(Conversation).when(NOTE).then(STARTED)
    given(Conversation, STARTED).when(NOTE).then_nothing()


def test_a_message_opens_a_closed_conversation_again() -> None:
    reopened = ConversationReopened(conversation_id=ID, message_id=MESSAGE)
    given(Conversation, STARTED, CLOSED).when(NOTE).then(reopened)


def test_a_conversation_is_assigned_and_given_back() -> None:
    given(Conversation, STARTED).when(
        AssignConversation(conversation_id=ID, member_id=LAWYER)
    ).then(ASSIGNED)
    given(Conversation, STARTED, ASSIGNED).when(
        AssignConversation(conversation_id=ID, member_id=LAWYER)
    ).then_nothing()
    given(Conversation, STARTED, ASSIGNED).when(
        AssignConversation(conversation_id=ID, member_id=None)
    ).then(ConversationAssigned(conversation_id=ID, member_id=None))
    assert Conversation.replay(ID, [STARTED, ASSIGNED]).assigned_to == LAWYER


def test_a_notice_of_whatsapp_itself_starts_a_conversation_and_opens_none_again() -> None:
    notice = msgspec.structs.replace(NOTE, is_of_contact=False)
    given(Conversation).when(notice).then(STARTED)
    given(Conversation, STARTED, CLOSED).when(notice).then_nothing()


def test_a_conversation_is_closed_once_and_reopened_once() -> None:
    close = CloseConversation(conversation_id=ID, reason="done")
    reopen = ReopenConversation(conversation_id=ID)
    given(Conversation, STARTED).when(close).then(CLOSED)
    given(Conversation, STARTED, CLOSED).when(close).then_refused(ConversationAlreadyClosed)
    given(Conversation, STARTED, CLOSED).when(reopen).then(ConversationReopened(conversation_id=ID))
    given(Conversation, STARTED).when(reopen).then_refused(ConversationAlreadyOpen)


def test_closing_needs_a_reason() -> None:
    command = CloseConversation(conversation_id=ID, reason=" ")
    given(Conversation, STARTED).when(command).then_refused(InvalidInput, field=("reason",))


@pytest.mark.parametrize(
    "command",
    [
        AssignConversation(conversation_id=ID, member_id=LAWYER),
        CloseConversation(conversation_id=ID, reason="done"),
        ReopenConversation(conversation_id=ID),
    ],
)
def test_an_unknown_conversation_is_not_found(command: Any) -> None:
    given(Conversation).when(command).then_refused(NotFound)


def add(**changes: Any) -> AddSenderNumber:
    facts: dict[str, Any] = {
        "sender_number_id": SENDER,
        "waba_id": "102290129340398",
        "phone_number_id": "106540352242922",
        "display_phone": "+62 21 5550-1234",
        "app": "melati",
        "app_fingerprints": ("abc",),
        "access_token_fingerprint": "def",
    }
    return AddSenderNumber(**(facts | changes))


def added() -> SenderNumberAdded:
    (event,) = given(SenderNumber).when(add()).then_kinds(SenderNumberAdded)
    return event  # type: ignore[no-any-return]


def test_a_number_is_connected_once() -> None:
    number = SenderNumber.replay(SENDER, [added()])
    assert number.phone_number_id == "106540352242922"
    assert number.app_fingerprints == ("abc",)
    given(SenderNumber, added()).when(add()).then_refused(AlreadyExists)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"waba_id": "waba"}, ("waba_id",)),
        ({"phone_number_id": ""}, ("phone_number_id",)),
        ({"display_phone": "021 5550 1234"}, ("display_phone",)),
        ({"display_phone": "+62"}, ("display_phone",)),
        ({"app": "Melati App"}, ("app",)),
        ({"app_fingerprints": ()}, ("app_fingerprints",)),
        ({"app_fingerprints": ("a", "b", "c")}, ("app_fingerprints",)),
        ({"app_fingerprints": ("a", "")}, ("app_fingerprints", "1")),
        ({"access_token_fingerprint": ""}, ("access_token_fingerprint",)),
        ({"graph_url": "ftp://graph.example"}, ("graph_url",)),
    ],
)
def test_a_number_out_of_its_limits_is_refused(
    changes: dict[str, Any], field: tuple[str, ...]
) -> None:
    given(SenderNumber).when(add(**changes)).then_refused(InvalidInput, field=field)


def test_secrets_are_rotated_and_the_same_ones_change_nothing() -> None:
    facts: dict[str, Any] = {
        "sender_number_id": SENDER,
        "app": "melati",
        "app_fingerprints": ("abc", "new"),
        "access_token_fingerprint": "def",
        "graph_url": "http://127.0.0.1:9000",
    }
    changed = SenderNumberCredentialsChanged(**facts)
    command = ChangeSenderNumberCredentials(**facts)
    given(SenderNumber, added()).when(command).then(changed)
    given(SenderNumber, added(), changed).when(command).then_nothing()
    given(SenderNumber).when(command).then_refused(NotFound)
    too_many = msgspec.structs.replace(command, app_fingerprints=("a", "b", "c"))
    given(SenderNumber, added()).when(too_many).then_refused(
        InvalidInput, field=("app_fingerprints",)
    )


def test_a_number_is_paused_and_resumed_once() -> None:
    pause = PauseSenderNumber(sender_number_id=SENDER, reason="token expired")
    resume = ResumeSenderNumber(sender_number_id=SENDER)
    paused = SenderNumberPaused(sender_number_id=SENDER, reason="token expired")
    resumed = SenderNumberResumed(sender_number_id=SENDER)
    given(SenderNumber, added()).when(pause).then(paused)
    given(SenderNumber, added(), paused).when(pause).then_nothing()
    given(SenderNumber, added(), paused).when(resume).then(resumed)
    given(SenderNumber, added(), paused, resumed).when(resume).then_nothing()
    for command in (pause, resume):
        given(SenderNumber).when(command).then_refused(NotFound)
    assert not SenderNumber.replay(SENDER, [added(), paused, resumed]).is_paused


def test_what_meta_delivers_is_recorded_as_it_is() -> None:
    message = sample_of(MessageReceived)
    status = sample_of(MessageStatusReceived)
    notice = sample_of(SenderNumberNoticed)
    stream = StreamId(UUID(int=7))
    receive = ReceiveMessage(message=message)
    assert receive.stream_id == message.message_id
    given(InboundMessage).when(receive).then(message)
    given(MessageStatus).when(ReceiveStatus(status_id=stream, status=status)).then(status)
    given(AccountNotice).when(NoteNotice(notice_id=stream, notice=notice)).then(notice)
    assert MessageStatus.replay(stream, [status]).received == status
    assert AccountNotice.replay(stream, [notice]).noticed == notice


def test_an_erased_message_has_no_content() -> None:
    message = sample_of(MessageReceived)
    erased = msgspec.structs.replace(message, content=Erased())
    assert InboundMessage.replay(MESSAGE, [message]).content == message.content
    assert InboundMessage.replay(MESSAGE, [erased]).content is None
    assert InboundMessage(MESSAGE).content is None


CIRCUIT = OpenSenderCircuit(
    sender_number_id=SENDER,
    circuit=CircuitKind.TOKEN,
    cause="190",
    words="The access token is invalid or expired.",
    next_step="Create a new access token.",
    retry_at=START,
)
CIRCUIT_OPENED = SenderCircuitOpened(
    sender_number_id=SENDER,
    circuit=CircuitKind.TOKEN,
    cause="190",
    words="The access token is invalid or expired.",
    next_step="Create a new access token.",
    retry_at=START,
)


def test_an_outage_is_kept_once_per_cause_and_ends_once() -> None:
    number = (SenderNumber, sample_of(SenderNumberAdded, sender_number_id=SENDER))
    given(*number).when(CIRCUIT).then(CIRCUIT_OPENED)
    given(*number, CIRCUIT_OPENED).when(CIRCUIT).then_nothing()
    other = msgspec.structs.replace(CIRCUIT, cause="131042", circuit=CircuitKind.NUMBER)
    given(*number, CIRCUIT_OPENED).when(other).then_kinds(SenderCircuitOpened)
    close = CloseSenderCircuit(sender_number_id=SENDER)
    closed = SenderCircuitClosed(sender_number_id=SENDER)
    given(*number, CIRCUIT_OPENED).when(close).then(closed)
    given(*number).when(close).then_nothing()
    given(SenderNumber).when(CIRCUIT).then_refused(NotFound)


LIMITED = LimitSenderNumber(sender_number_id=SENDER, level_per_second=80, chosen_per_second=5)


def test_a_number_is_limited_to_metas_level_and_to_the_firms_lower_choice() -> None:
    number = (SenderNumber, sample_of(SenderNumberAdded, sender_number_id=SENDER))
    told = SenderLimitsSet(sender_number_id=SENDER, level_per_second=80, chosen_per_second=5)
    given(*number).when(LIMITED).then(told)
    given(*number, told).when(LIMITED).then_nothing()


@pytest.mark.parametrize(("level", "chosen"), [(81, None), (80, 81), (20, 0)])
def test_a_level_that_meta_does_not_have_or_a_choice_above_it_is_refused(
    level: int, chosen: int | None
) -> None:
    limit = msgspec.structs.replace(LIMITED, level_per_second=level, chosen_per_second=chosen)
    added = sample_of(SenderNumberAdded, sender_number_id=SENDER)
    given(SenderNumber, added).when(limit).then_refused(InvalidInput)
