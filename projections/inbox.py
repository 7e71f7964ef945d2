"""The inbox: one row per conversation with everything that the list on the screen shows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from domain.assessment import AssessmentPurpose, AssessmentRecorded
from domain.contact import (
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    OptedIn,
    OptedOut,
)
from domain.conversation import (
    ConversationAssigned,
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
)
from domain.delivery_state import DeliveryState
from domain.draft import (
    DraftApproved,
    DraftProposed,
    DraftRejected,
    DraftReturned,
    DraftSuggested,
    DraftSuperseded,
    DraftWritten,
)
from domain.echoed_message import MessageEchoed
from domain.event import Event, EventRecord
from domain.inbound_message import (
    MOVES_NOTHING,
    SYSTEM_KIND,
    Arrival,
    MessageReceived,
    MessageRelation,
)
from domain.outbound_message import (
    MessagePurpose,
    OutboundFailed,
    OutboundRefused,
    OutboundRequested,
    OutboundStatusUpdated,
)
from domain.read_receipt import ReadReceiptRequested
from projections.inbox_intake import INTAKE_RUNNING, INTAKE_STATES
from projections.inbox_joined import LINKS, joined_concerned, settle_joined, take_link
from projections.projection import Change, Changes, Page, StateProjection
from projections.ranks import LEAST_URGENT, urgency_rank
from projections.sealed_column import sealed_column
from projections.table import Index, Table

_GESTURES = frozenset({MessageRelation.REACTION, MessageRelation.REVOKE})
"""What a message is to an earlier one without saying anything that waits for an answer."""

CHANGES_OF_MESSAGES = frozenset({"edit", "revoke"})
"""Kinds of messages that only change an earlier one: WhatsApp's window does not count from them."""


class InboxRow(msgspec.Struct):
    """A conversation.

    `last_message_sealed` is the newest message of either side by (Meta's time, envelope order);
    `last_inbound_at` opens the 24-hour service window; what was said in a group does not, nor what
    only changes an earlier message. `free_entry_ends_at`: messages are free until then.
    `unread_count` counts the contact's messages since a member last replied. `needs_reply` says
    that a person of the firm is to write next, also because what it wrote did not go out.
    `version` is the conversation's stream version (0 until it is started), `updated_seq` the
    position of the last event that changed the row. `joined_into` is the conversation in which this
    one goes on because the contacts are joined, `joined_contacts` how many contacts go on in it.
    """

    conversation_id: UUID
    tenant_id: UUID
    contact_id: UUID
    sender_number_id: UUID
    last_activity_at: datetime
    updated_seq: int
    state: str = "open"
    version: int = 0
    assigned_member_id: UUID | None = None
    contact_details_sealed: bytes | None = None
    last_message_sealed: bytes | None = None
    last_message_id: UUID | None = None
    last_message_direction: str | None = None
    last_message_kind: str | None = None
    last_message_at: datetime | None = None
    last_message_order: int = 0
    last_inbound_at: datetime | None = None
    unread_count: int = 0
    needs_reply: bool = False
    intake_state: str | None = None
    intent: str | None = None
    urgency: str | None = None
    urgency_rank: int = LEAST_URGENT
    complexity: str | None = None
    estimated_minutes: int | None = None
    assessment_confidence: float | None = None
    assessment_purpose: str | None = None
    pending_draft_id: UUID | None = None
    opted_out: bool = False
    free_entry_ends_at: datetime | None = None
    joined_into: UUID | None = None
    joined_contacts: int = 0


def _row_of(page: Page[InboxRow], record: EventRecord, event: Any) -> InboxRow:
    row = page.get(event.conversation_id)
    if row is not None:
        return row
    row = InboxRow(
        conversation_id=event.conversation_id,
        tenant_id=record.tenant_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        last_activity_at=record.occurred_at,
        updated_seq=record.tenant_seq or 0,
    )
    for earlier in page.earlier(event.contact_id, record):
        _take_contact_event(row, earlier)
    return row


def _keep(page: Page[InboxRow], row: InboxRow, record: EventRecord) -> None:
    row.updated_seq = record.tenant_seq or 0
    if record.stream_id == row.conversation_id:
        row.version = record.stream_version
    page.put(row)


def _started(page: Page[InboxRow], record: EventRecord, event: ConversationStarted) -> None:
    _keep(page, _row_of(page, record, event), record)


def _received(page: Page[InboxRow], record: EventRecord, event: MessageReceived) -> None:
    row = _row_of(page, record, event)
    if event.kind != SYSTEM_KIND:
        row.unread_count += event.arrival not in MOVES_NOTHING
        opens_window = not event.in_group and event.kind not in CHANGES_OF_MESSAGES
        if opens_window:
            known = row.last_inbound_at or record.occurred_at
            row.last_inbound_at = max(known, record.occurred_at)
        if row.intake_state not in INTAKE_RUNNING and _asks_for_reply(event):
            row.needs_reply = True
    _show_message(row, record, event.message_id, "inbound", event.kind, event.envelope_order)
    _keep(page, row, record)


def _asks_for_reply(event: MessageReceived) -> bool:
    """Whether a person of the firm is to answer; not a reaction, nor what another app answers."""
    return event.arrival is Arrival.DIRECT and not _is_gesture(event)


def _is_gesture(event: MessageReceived | MessageEchoed) -> bool:
    return event.target is not None and event.target.relation in _GESTURES


def _echoed(page: Page[InboxRow], record: EventRecord, event: MessageEchoed) -> None:
    row = _row_of(page, record, event)
    if event.arrival not in MOVES_NOTHING and not _is_gesture(event):
        row.unread_count = 0
        row.needs_reply = False
        settle_joined(page, record, event.conversation_id)
    _show_message(row, record, event.message_id, "outbound", event.kind, event.envelope_order)
    _keep(page, row, record)


def _read(page: Page[InboxRow], record: EventRecord, event: ReadReceiptRequested) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.unread_count = 0
        _keep(page, row, record)
        settle_joined(page, record, event.conversation_id, is_answered=False)


def _requested(page: Page[InboxRow], record: EventRecord, event: OutboundRequested) -> None:
    row = _row_of(page, record, event)
    if event.purpose is MessagePurpose.REPLY:
        row.unread_count = 0
        row.needs_reply = False
        settle_joined(page, record, event.conversation_id)
    _show_message(row, record, event.outbound_message_id, "outbound", event.purpose.value, 0)
    _keep(page, row, record)


def _not_sent(
    page: Page[InboxRow],
    record: EventRecord,
    event: OutboundRefused | OutboundFailed | OutboundStatusUpdated,
) -> None:
    row = page.get(event.conversation_id)
    if row is None:
        return
    ends_at = getattr(event, "free_entry_ends_at", None)
    if ends_at is not None and (row.free_entry_ends_at or ends_at) <= ends_at:
        row.free_entry_ends_at = ends_at
        _keep(page, row, record)
    if (
        _is_failure(event)
        and row.state == "open"
        and row.last_message_id == event.outbound_message_id
        and row.last_message_kind == MessagePurpose.REPLY
    ):
        row.needs_reply = True
        _keep(page, row, record)


def _is_failure(event: Event) -> bool:
    return not isinstance(event, OutboundStatusUpdated) or event.state is DeliveryState.FAILED


def _opens_free_entry(event: Event) -> bool:
    return isinstance(event, OutboundStatusUpdated) and event.free_entry_ends_at is not None


def _show_message(
    row: InboxRow,
    record: EventRecord,
    message_id: UUID,
    direction: str,
    kind: str,
    envelope_order: int,
) -> None:
    moment = record.occurred_at
    row.last_activity_at = max(row.last_activity_at, moment)
    if row.last_message_at is not None and (moment, envelope_order) < (
        row.last_message_at,
        row.last_message_order,
    ):
        return
    row.last_message_sealed = sealed_column(record.event)
    row.last_message_id = message_id
    row.last_message_direction = direction
    row.last_message_kind = kind
    row.last_message_at = moment
    row.last_message_order = envelope_order


def _assigned(page: Page[InboxRow], record: EventRecord, event: ConversationAssigned) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.assigned_member_id = event.member_id
        _keep(page, row, record)


def _closed(page: Page[InboxRow], record: EventRecord, event: ConversationClosed) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.state = "closed"
        row.needs_reply = False
        row.unread_count = 0
        _keep(page, row, record)
        settle_joined(page, record, event.conversation_id)


def _reopened(page: Page[InboxRow], record: EventRecord, event: ConversationReopened) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.state = "open"
        _keep(page, row, record)


def _intake_moved(page: Page[InboxRow], record: EventRecord, event: Any) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.intake_state, row.needs_reply = INTAKE_STATES[type(event)]
        _keep(page, row, record)


def _assessed(page: Page[InboxRow], record: EventRecord, event: AssessmentRecorded) -> None:
    row = page.get(event.conversation_id)
    if row is None:
        return
    if (
        event.purpose is AssessmentPurpose.TRIAGE
        and row.assessment_purpose == AssessmentPurpose.REVIEW
    ):
        return
    row.intent = event.intent
    row.urgency = event.urgency
    row.urgency_rank = urgency_rank(event.urgency)
    row.complexity = event.complexity
    row.estimated_minutes = event.estimated_minutes
    row.assessment_confidence = event.confidence
    row.assessment_purpose = event.purpose.value
    _keep(page, row, record)


def _draft_waits(
    page: Page[InboxRow],
    record: EventRecord,
    event: DraftSuggested | DraftWritten | DraftProposed | DraftReturned,
) -> None:
    row = page.get(event.conversation_id)
    if row is not None:
        row.pending_draft_id = event.draft_id
        _keep(page, row, record)


def _draft_decided(
    page: Page[InboxRow],
    record: EventRecord,
    event: DraftApproved | DraftRejected | DraftSuperseded,
) -> None:
    row = page.get(event.conversation_id)
    if row is not None and row.pending_draft_id == event.draft_id:
        row.pending_draft_id = None
        _keep(page, row, record)


def _take_contact_event(row: InboxRow, record: EventRecord) -> bool:
    match record.event:
        case ContactIdentified() | ContactDetailsChanged():
            row.contact_details_sealed = sealed_column(record.event)
        case OptedOut():
            row.opted_out = True
        case OptedIn():
            row.opted_out = False
        case event if isinstance(event, LINKS):
            row.opted_out = event.opted_out
            take_link(row, event)
        case ContactErased():
            row.contact_details_sealed = None
            row.last_message_sealed = None
        case _:
            return False
    return True


def _contact_changed(page: Page[InboxRow], record: EventRecord, event: Any) -> None:
    for row in page.matching("contact_id", event.contact_id):
        if _take_contact_event(row, record):
            _keep(page, row, record)


_OF_CONTACT = Change(_contact_changed, by="contact_id")


class Inbox(StateProjection[InboxRow]):
    """One row per conversation, made by its first message."""

    name = "inbox"
    version = 3
    table = Table(
        "inbox",
        InboxRow,
        key=("conversation_id",),
        indexes=(
            Index("(tenant_id, last_activity_at DESC, conversation_id DESC)"),
            Index(
                "(tenant_id, urgency_rank, last_activity_at DESC, conversation_id DESC) "
                "WHERE state = 'open'"
            ),
            Index("(contact_id)", early=True),
            Index("(joined_into)", early=True),
        ),
    )
    links = ("contact_id", "joined_into")
    changes: ClassVar[Changes] = {
        ConversationStarted: Change(_started, looks_back_at="contact_id"),
        MessageReceived: Change(_received, looks_back_at="contact_id"),
        MessageEchoed: Change(_echoed, looks_back_at="contact_id"),
        ReadReceiptRequested: Change(_read),
        OutboundRequested: Change(_requested, looks_back_at="contact_id"),
        **dict.fromkeys(
            (OutboundRefused, OutboundFailed, OutboundStatusUpdated), Change(_not_sent)
        ),
        ConversationAssigned: Change(_assigned),
        ConversationClosed: Change(_closed),
        ConversationReopened: Change(_reopened),
        **dict.fromkeys(INTAKE_STATES, Change(_intake_moved)),
        AssessmentRecorded: Change(_assessed),
        DraftSuggested: Change(_draft_waits),
        DraftWritten: Change(_draft_waits),
        DraftProposed: Change(_draft_waits),
        DraftReturned: Change(_draft_waits),
        DraftApproved: Change(_draft_decided),
        DraftRejected: Change(_draft_decided),
        DraftSuperseded: Change(_draft_decided),
        ContactIdentified: _OF_CONTACT,
        ContactDetailsChanged: _OF_CONTACT,
        OptedOut: _OF_CONTACT,
        OptedIn: _OF_CONTACT,
        **dict.fromkeys(LINKS, _OF_CONTACT),
        ContactErased: _OF_CONTACT,
    }

    def concerned(self, record: EventRecord) -> Iterator[tuple[str, Any]]:
        """The rows that an event may touch; most statuses of Meta touch none."""
        if _is_failure(record.event) or _opens_free_entry(record.event):
            yield from super().concerned(record)
            yield from joined_concerned(record.event)
