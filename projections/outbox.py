"""The outbox: every outbound message and whether it is to be sent. Holds ids and digests only."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec

from domain.broadcast import BroadcastCancelled, BroadcastPaused, BroadcastResumed
from domain.delivery_state import DeliveryState
from domain.event import EventRecord
from domain.outbound_file import (
    FILE_EVENTS,
    OutboundFileAwaited,
    OutboundFilePrepared,
    OutboundFileRejected,
)
from domain.outbound_message import (
    ApprovalKind,
    MessagePurpose,
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundInDoubt,
    OutboundRequested,
    OutboundSent,
)
from domain.outbound_timing import OutboundDoubtParked, OutboundRescheduled, OutboundRetried
from domain.sending_rules import AUTOMATIC
from projections.deliveries import DELIVERY_EVENTS, awaited, state_after
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table


class OutboxState(StrEnum):
    """Where an outbound message stands.

    `held` waits until its broadcast is resumed or withdrawn, `preparing` until its file is at Meta.
    `attempting` without an outcome is either being sent or its sender died; `in_doubt` waits for a
    status; `settled` means that a status of Meta was taken in; `refused` and `failed` are final.
    """

    DUE = "due"
    HELD = "held"
    PREPARING = "preparing"
    ATTEMPTING = "attempting"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


class OutboxRow(msgspec.Struct):
    """An outbound message. Attempts are made for `due` rows whose `due_at` has come.

    `delivery_state` is the finer state that `state` follows from; a doubt that is `parked` waits
    for a person. `waits_for` is why admission put it off, while it does. `wrote_first_at` is set
    once it was attempted outside the service window, unless Meta certainly did not take it.
    """

    outbound_message_id: UUID
    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    sender_number_id: UUID
    priority: int
    state: str
    requested_at: datetime
    requested_seq: int
    due_at: datetime
    body_digest: str
    delivery_state: str = DeliveryState.REQUESTED.value
    attempt: int = 0
    attempted_at: datetime | None = None
    wamid_digest: str | None = None
    broadcast_id: UUID | None = None
    is_held: bool = False
    purpose: str = MessagePurpose.REPLY.value
    parked: bool = False
    awaits_file: bool = False
    waits_for: str | None = None
    wrote_first_at: datetime | None = None


def row_of_request(record: EventRecord, event: OutboundRequested) -> OutboxRow:
    """Return the row of a message of which no more is known than its request."""
    return OutboxRow(
        outbound_message_id=event.outbound_message_id,
        tenant_id=record.tenant_id,
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        sender_number_id=event.sender_number_id,
        priority=event.priority,
        state=OutboxState.DUE.value,
        requested_at=record.occurred_at,
        requested_seq=record.tenant_seq or 0,
        due_at=event.send_at or record.occurred_at,
        body_digest=event.approval.body_digest,
        broadcast_id=(
            event.approval.reference if event.approval.kind is ApprovalKind.BROADCAST else None
        ),
        purpose=event.purpose.value,
    )


def _requested(page: Page[OutboxRow], record: EventRecord, event: OutboundRequested) -> None:
    page.put(row_of_request(record, event))


_STATES: dict[DeliveryState, OutboxState] = {
    DeliveryState.REQUESTED: OutboxState.DUE,
    DeliveryState.ATTEMPTING: OutboxState.ATTEMPTING,
    DeliveryState.IN_DOUBT: OutboxState.IN_DOUBT,
    DeliveryState.ACCEPTED: OutboxState.ACCEPTED,
    DeliveryState.REFUSED: OutboxState.REFUSED,
    DeliveryState.CANCELLED: OutboxState.CANCELLED,
    DeliveryState.FAILED: OutboxState.FAILED,
}


_LEFT_BY_DECISION: Final = frozenset(
    {DeliveryState.IN_DOUBT, DeliveryState.FAILED, DeliveryState.REFUSED}
)
"""States that a message leaves for another attempt only because a person, or its rule, says so."""


def _moved(page: Page[OutboxRow], record: EventRecord, event: Any) -> None:
    row = page.get(event.outbound_message_id)
    if row is None:
        return
    left = DeliveryState(row.delivery_state)
    reached = state_after(left, event)
    row.delivery_state = reached.value
    if left in _LEFT_BY_DECISION and reached is DeliveryState.REQUESTED:
        # Its broadcast may be over, and nobody looks after what it holds: admission tells.
        row.is_held = False
    _show_state(row)
    _heed_limit(row, record, event, left)
    match event:
        case OutboundAttemptStarted():
            row.attempt = event.attempt
            row.attempted_at = record.occurred_at
        case OutboundAttemptFailed() | OutboundRescheduled():
            row.due_at = event.due_at
        case OutboundInDoubt():
            row.parked = False
        case OutboundDoubtParked():
            row.parked = True
        case OutboundRetried():
            row.due_at, row.wamid_digest = record.occurred_at, None
        case OutboundSent():
            row.wamid_digest = event.wamid_digest
    page.put(row)


def _heed_limit(row: OutboxRow, record: EventRecord, event: Any, before: DeliveryState) -> None:
    if row.delivery_state != DeliveryState.REQUESTED:
        row.waits_for = None
    match event:
        case OutboundRescheduled():
            row.waits_for = awaited(event)
        case OutboundAttemptStarted(writes_first=True):
            row.wrote_first_at = record.occurred_at
        case OutboundAttemptFailed() | OutboundFailed() if before is DeliveryState.ATTEMPTING:
            row.wrote_first_at = None


def _show_state(row: OutboxRow) -> None:
    state = _STATES.get(DeliveryState(row.delivery_state), OutboxState.SETTLED)
    if state is OutboxState.DUE and row.is_held:
        state = OutboxState.HELD
    elif state is OutboxState.DUE and row.awaits_file:
        state = OutboxState.PREPARING
    row.state = state.value


def _file_moved(
    page: Page[OutboxRow],
    _record: EventRecord,
    event: OutboundFileAwaited | OutboundFilePrepared | OutboundFileRejected,
) -> None:
    row = page.get(event.outbound_message_id)
    if row is not None:
        row.awaits_file = isinstance(event, OutboundFileAwaited)
        _show_state(row)
        page.put(row)


def _broadcast_moved(
    page: Page[OutboxRow],
    _record: EventRecord,
    event: BroadcastPaused | BroadcastResumed | BroadcastCancelled,
) -> None:
    is_held = not isinstance(event, BroadcastResumed)
    for row in page.matching("broadcast_id", event.broadcast_id):
        if row.is_held != is_held:
            row.is_held = is_held
            _show_state(row)
            page.put(row)


_OF_ATTEMPTS: Final = frozenset(
    {OutboxState.ATTEMPTING, OutboxState.IN_DOUBT, OutboxState.ACCEPTED, OutboxState.SETTLED}
)


_OF_BROADCAST = Change(_broadcast_moved, by="broadcast_id")


class Outbox(StateProjection[OutboxRow]):
    """One row per outbound message."""

    name = "outbox"
    version = 7
    table = Table(
        "outbox",
        OutboxRow,
        key=("outbound_message_id",),
        indexes=(
            Index("(sender_number_id, priority, requested_seq) WHERE state = 'due'"),
            Index("(sender_number_id, state, due_at) WHERE state IN ('due', 'attempting')"),
            Index("(attempted_at) WHERE state IN ('attempting', 'in_doubt')"),
            Index("(sender_number_id, wrote_first_at) WHERE wrote_first_at IS NOT NULL"),
            Index("(tenant_id, sender_number_id) WHERE waits_for = 'daily_limit'"),
            Index("(conversation_id) WHERE state IN ('due', 'preparing')"),
            Index("(broadcast_id) WHERE broadcast_id IS NOT NULL", early=True),
        ),
    )
    links = ("broadcast_id",)
    changes: ClassVar[Changes] = {
        OutboundRequested: Change(_requested),
        **dict.fromkeys(DELIVERY_EVENTS, Change(_moved)),
        **dict.fromkeys(FILE_EVENTS, Change(_file_moved)),
        BroadcastPaused: _OF_BROADCAST,
        BroadcastResumed: _OF_BROADCAST,
        BroadcastCancelled: _OF_BROADCAST,
    }

    def is_news(self, row: OutboxRow) -> bool:
        """Whether the message, or one that waited for it, may be begun now.

        Its lane follows up by itself what it began.
        """
        return row.state not in _OF_ATTEMPTS


BULK_PRIORITY: Final = 9
"""From this priority on a message is one of many alike; a reply to the contact may overtake it."""


def is_bulk(row: OutboxRow) -> bool:
    """Whether the message is one of many alike. Order is kept among such, and among the others."""
    return row.priority >= BULK_PRIORITY


def due_messages_of_sender(
    tenant_id: UUID, sender_number_id: UUID, *, now: datetime, limit: int
) -> Query[OutboxRow]:
    """What the lane of one sender number has to send now, first things first.

    A contact reads the messages of its conversation in the order of their requests: what was
    requested after a message that is tried again later, that would only be picked later, or whose
    file is being handed to Meta, waits for it. A reply does not wait for a message to many, and one
    that is scheduled for later and was not attempted yet holds nothing back. One that is not
    scheduled is due at once, also where a process requested it whose clock is ahead of ours.
    """
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = %(sender)s
          AND state = 'due'
          AND (due_at <= %(now)s OR (attempt = 0 AND due_at = requested_at))
          AND NOT EXISTS (
            SELECT FROM read_model.outbox AS earlier
            WHERE earlier.tenant_id = outbox.tenant_id
              AND earlier.conversation_id = outbox.conversation_id
              AND earlier.state IN ('due', 'preparing')
              AND earlier.requested_seq < outbox.requested_seq
              AND (earlier.attempt > 0 OR earlier.due_at <= %(now)s
                   OR earlier.due_at = earlier.requested_at)
              AND ((earlier.due_at > %(now)s AND earlier.attempt > 0)
                   OR earlier.priority > outbox.priority
                   OR earlier.state = 'preparing')
              AND (earlier.priority >= %(bulk)s) = (outbox.priority >= %(bulk)s)
            OFFSET 0
          )
        ORDER BY priority, requested_seq LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "sender": sender_number_id,
            "now": now,
            "limit": limit,
            "bulk": BULK_PRIORITY,
        },
    )


class WaitingConversation(msgspec.Struct):
    """A conversation with messages that are to be sent before others."""

    conversation_id: UUID


def conversations_that_wait(
    tenant_id: UUID, conversation_ids: list[UUID], *, now: datetime
) -> Query[WaitingConversation]:
    """Those with a message that is due, is tried again later, or whose file is not at Meta yet.

    Messages to many do not count, nor what is scheduled for later and was not attempted yet.
    """
    return Query(
        WaitingConversation,
        """
        SELECT DISTINCT {columns} FROM read_model.outbox
        WHERE (tenant_id = %(tenant)s) IS TRUE AND conversation_id = ANY(%(conversations)s)
          AND state IN ('due', 'preparing') AND priority < %(bulk)s
          AND (attempt > 0 OR due_at <= %(now)s OR due_at = requested_at)
        """,
        {
            "tenant": tenant_id,
            "conversations": conversation_ids,
            "now": now,
            "bulk": BULK_PRIORITY,
        },
    )


def attempts_of_sender(tenant_id: UUID, sender_number_id: UUID) -> Query[OutboxRow]:
    """The messages of one sender number whose attempt has no outcome."""
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND sender_number_id = %(sender)s AND state = 'attempting'
        """,
        {"tenant": tenant_id, "sender": sender_number_id},
    )


def waiting_messages(
    tenant_id: UUID, *, requested_before: datetime, attempted_before: datetime, limit: int
) -> Query[OutboxRow]:
    """Old doubts that are not parked, then old messages that could have been sent; oldest first.

    Among the latter none whose time has not come, and none of published words, whose approval does
    not end: they may stand there for weeks and must keep nothing from being looked after.
    """
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s
          AND ((state = 'in_doubt' AND NOT parked AND attempted_at <= %(attempted)s)
               OR (state = 'due' AND greatest(requested_at, due_at) <= %(requested)s
                   AND NOT purpose = ANY(%(automatic)s)))
        ORDER BY state = 'due', requested_seq LIMIT %(limit)s
        """,
        {
            "tenant": tenant_id,
            "requested": requested_before,
            "attempted": attempted_before,
            "limit": limit,
            "automatic": [purpose.value for purpose in AUTOMATIC],
        },
    )


def outbox_messages(tenant_id: UUID, outbound_message_ids: list[UUID]) -> Query[OutboxRow]:
    """The messages with these ids, in no particular order."""
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND outbound_message_id = ANY(%(messages)s)
        """,
        {"tenant": tenant_id, "messages": outbound_message_ids},
    )


def waiting_messages_of_broadcast(
    tenant_id: UUID, broadcast_id: UUID, *, limit: int, after: UUID | None = None
) -> Query[OutboxRow]:
    """Messages of a broadcast that wait for an attempt or for its outcome, by their ids."""
    return Query(
        OutboxRow,
        """
        SELECT {columns} FROM read_model.outbox
        WHERE tenant_id = %(tenant)s AND broadcast_id = %(broadcast)s
          AND delivery_state IN ('requested', 'attempting')
          AND (%(after)s::uuid IS NULL OR outbound_message_id > %(after)s)
        ORDER BY outbound_message_id LIMIT %(limit)s
        """,
        {"tenant": tenant_id, "broadcast": broadcast_id, "limit": limit, "after": after},
    )
