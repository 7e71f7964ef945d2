"""Questions to the inbox."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from projections.inbox import InboxRow
from projections.query import Query


class InboxFilter(NamedTuple):
    """Which conversations are asked for; None asks for all.

    `is_assigned` False asks for conversations that nobody looks after.
    """

    state: str | None = None
    assigned_member_id: UUID | None = None
    is_assigned: bool | None = None
    needs_reply: bool | None = None
    urgency: str | None = None
    intent: str | None = None
    sender_number_id: UUID | None = None


EVERY_CONVERSATION: Final = InboxFilter()


class RecentPlace(NamedTuple):
    """The place of a row in the order of activity, newest first."""

    last_activity_at: datetime
    conversation_id: UUID


class UrgentPlace(NamedTuple):
    """The place of a row in the order of urgency, then newest activity first."""

    urgency_rank: int
    last_activity_at: datetime
    conversation_id: UUID


def recent_conversations(
    tenant_id: UUID,
    *,
    limit: int,
    only: InboxFilter = EVERY_CONVERSATION,
    after: RecentPlace | None = None,
) -> Query[InboxRow]:
    """Conversations by newest activity; `after` is the last row of the page before.

    One that goes on in another conversation is left out as soon as nothing waits in it.
    """
    moment, conversation_id = after if after is not None else (None, None)
    return Query(
        InboxRow,
        """
        SELECT {columns} FROM read_model.inbox
        WHERE tenant_id = %(tenant)s AND NOT (
            joined_into IS NOT NULL AND NOT needs_reply AND unread_count = 0
            AND pending_draft_id IS NULL
            AND EXISTS (SELECT FROM read_model.inbox AS other
                        WHERE other.tenant_id = inbox.tenant_id
                          AND other.conversation_id = inbox.joined_into))
          AND (%(state)s::text IS NULL OR state = %(state)s)
          AND (%(member)s::uuid IS NULL OR assigned_member_id = %(member)s)
          AND (%(is_assigned)s::boolean IS NULL
               OR (assigned_member_id IS NOT NULL) = %(is_assigned)s)
          AND (%(needs_reply)s::boolean IS NULL OR needs_reply = %(needs_reply)s)
          AND (%(urgency)s::text IS NULL OR urgency = %(urgency)s)
          AND (%(intent)s::text IS NULL OR intent = %(intent)s)
          AND (%(sender)s::uuid IS NULL OR sender_number_id = %(sender)s)
          AND (%(moment)s::timestamptz IS NULL
               OR (last_activity_at, conversation_id) < (%(moment)s, %(conversation)s::uuid))
        ORDER BY last_activity_at DESC, conversation_id DESC LIMIT %(limit)s
        """,
        {
            **_parameters(tenant_id, only),
            "moment": moment,
            "conversation": conversation_id,
            "limit": limit,
        },
    )


def urgent_conversations(
    tenant_id: UUID,
    *,
    limit: int,
    only: InboxFilter = EVERY_CONVERSATION,
    after: UrgentPlace | None = None,
) -> Query[InboxRow]:
    """Open conversations, most urgent first, then by newest activity; left out as above."""
    rank, moment, conversation_id = after if after is not None else (None, None, None)
    return Query(
        InboxRow,
        """
        SELECT {columns} FROM read_model.inbox
        WHERE tenant_id = %(tenant)s AND state = 'open' AND NOT (
            joined_into IS NOT NULL AND NOT needs_reply AND unread_count = 0
            AND pending_draft_id IS NULL
            AND EXISTS (SELECT FROM read_model.inbox AS other
                        WHERE other.tenant_id = inbox.tenant_id
                          AND other.conversation_id = inbox.joined_into))
          AND (%(state)s::text IS NULL OR state = %(state)s)
          AND (%(member)s::uuid IS NULL OR assigned_member_id = %(member)s)
          AND (%(is_assigned)s::boolean IS NULL
               OR (assigned_member_id IS NOT NULL) = %(is_assigned)s)
          AND (%(needs_reply)s::boolean IS NULL OR needs_reply = %(needs_reply)s)
          AND (%(urgency)s::text IS NULL OR urgency = %(urgency)s)
          AND (%(intent)s::text IS NULL OR intent = %(intent)s)
          AND (%(sender)s::uuid IS NULL OR sender_number_id = %(sender)s)
          AND (%(rank)s::bigint IS NULL OR urgency_rank > %(rank)s
               OR (urgency_rank = %(rank)s
                   AND (last_activity_at, conversation_id)
                       < (%(moment)s::timestamptz, %(conversation)s::uuid)))
        ORDER BY urgency_rank, last_activity_at DESC, conversation_id DESC LIMIT %(limit)s
        """,
        {
            **_parameters(tenant_id, only),
            "rank": rank,
            "moment": moment,
            "conversation": conversation_id,
            "limit": limit,
        },
    )


def _parameters(tenant_id: UUID, only: InboxFilter) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "state": only.state,
        "member": only.assigned_member_id,
        "is_assigned": only.is_assigned,
        "needs_reply": only.needs_reply,
        "urgency": only.urgency,
        "intent": only.intent,
        "sender": only.sender_number_id,
    }


def conversations_by_id(tenant_id: UUID, conversation_ids: list[UUID]) -> Query[InboxRow]:
    """The conversations with these ids, in no particular order."""
    return Query(
        InboxRow,
        """
        SELECT {columns} FROM read_model.inbox
        WHERE tenant_id = %(tenant)s AND conversation_id = ANY(%(conversations)s)
        """,
        {"tenant": tenant_id, "conversations": conversation_ids},
    )


class LastInbound(msgspec.Struct):
    """When the contact of a conversation last wrote, by Meta's time; None when never."""

    conversation_id: UUID
    last_inbound_at: datetime | None


def last_inbound(tenant_id: UUID, conversation_ids: list[UUID]) -> Query[LastInbound]:
    """When the contacts of these conversations last wrote, in no particular order."""
    return Query(
        LastInbound,
        """
        SELECT {columns} FROM read_model.inbox
        WHERE tenant_id = %(tenant)s AND conversation_id = ANY(%(conversations)s)
        """,
        {"tenant": tenant_id, "conversations": conversation_ids},
    )


def conversations_of_contact(tenant_id: UUID, contact_id: UUID) -> Query[InboxRow]:
    """The conversations of a contact, newest activity first."""
    return Query(
        InboxRow,
        """
        SELECT {columns} FROM read_model.inbox
        WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s
        ORDER BY last_activity_at DESC, conversation_id DESC
        """,
        {"tenant": tenant_id, "contact": contact_id},
    )


class JoinedConversation(msgspec.Struct):
    """A conversation of a person of whom there are several."""

    conversation_id: UUID


def conversations_of_person(tenant_id: UUID, conversation_id: UUID) -> Query[JoinedConversation]:
    """All conversations of a person with one number: of every contact that is joined with it."""
    return Query(
        JoinedConversation,
        """
        WITH RECURSIVE upwards AS (
            SELECT conversation_id, joined_into FROM read_model.inbox
            WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s
            UNION
            SELECT talk.conversation_id, talk.joined_into FROM read_model.inbox AS talk
            JOIN upwards ON talk.conversation_id = upwards.joined_into
            WHERE talk.tenant_id = %(tenant)s
        ), person AS (
            SELECT coalesce(joined_into, conversation_id) AS conversation_id FROM upwards
            UNION
            SELECT talk.conversation_id FROM read_model.inbox AS talk
            JOIN person ON talk.joined_into = person.conversation_id
            WHERE talk.tenant_id = %(tenant)s
        )
        SELECT {columns} FROM person
        """,
        {"tenant": tenant_id, "conversation": conversation_id},
    )
