"""The lists that people look at, each read with one statement."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from api.graphql.assembly import (
    contact_duplicates,
    conversations,
    drafts,
    history_events,
    intake_sessions,
)
from api.graphql.contact_duplicate import ContactDuplicate
from api.graphql.conversation import Conversation
from api.graphql.cursors import place_cursor, place_of, position_cursor, position_of
from api.graphql.draft import Draft
from api.graphql.event_history import HistoryEvent
from api.graphql.intake import IntakeSession
from api.graphql.member import Member, member
from api.graphql.pages import Connection, Window, page
from api.graphql.sender_number import SenderNumber, sender_number
from api.graphql.sender_standing import SenderNotice, sender_notice
from api.graphql.wanted import Wanted
from api.graphql.webhook_endpoint import WebhookEndpoint, webhook_endpoints
from api.reading import Reading
from projections import intake_board
from projections.contact_duplicates import duplicates_in_state
from projections.draft_queries import DraftPlace, drafts_in_state
from projections.event_history_queries import (
    HistoryFilter,
    recorded_events,
    recorded_events_backwards,
)
from projections.inbox_queries import (
    InboxFilter,
    RecentPlace,
    UrgentPlace,
    recent_conversations,
    urgent_conversations,
)
from projections.member_directory import members_of_tenant
from projections.sender_directory import senders_of_tenant
from projections.sender_notices import NoticePlace, notices_of_number
from projections.webhook_endpoints import endpoints_of_tenant


class IntakePlace(NamedTuple):
    """The place of an intake session, oldest first."""

    started_at: datetime
    session_id: UUID


class MemberPlace(NamedTuple):
    """The place of a member, in the order of joining."""

    added_at: datetime
    member_id: UUID


class SenderPlace(NamedTuple):
    """The place of a number, by its digits."""

    display_phone: str
    sender_number_id: UUID


class WebhookEndpointPlace(NamedTuple):
    """The place of a webhook endpoint, in the order of adding."""

    added_at: datetime
    webhook_endpoint_id: UUID


def conversation_page(
    reading: Reading, window: Window, only: InboxFilter, wanted: Wanted
) -> Connection[Conversation]:
    """Conversations by their newest activity. Raises InvalidCursor."""
    after = None
    if window.cursor is not None:
        after = place_of(window.cursor, "conversations", RecentPlace)
    query = recent_conversations(reading.tenant_id, limit=window.limit + 1, only=only, after=after)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("conversations", (row.last_activity_at, row.conversation_id)),
        lambda rows: conversations(reading, rows, wanted),
    )


def urgent_conversation_page(
    reading: Reading, window: Window, only: InboxFilter, wanted: Wanted
) -> Connection[Conversation]:
    """Open conversations, the most urgent first. Raises InvalidCursor."""
    name = "urgent conversations"
    after = None if window.cursor is None else place_of(window.cursor, name, UrgentPlace)
    query = urgent_conversations(reading.tenant_id, limit=window.limit + 1, only=only, after=after)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor(
            name, (row.urgency_rank, row.last_activity_at, row.conversation_id)
        ),
        lambda rows: conversations(reading, rows, wanted),
    )


def draft_page(reading: Reading, window: Window, state: str, wanted: Wanted) -> Connection[Draft]:
    """Drafts in one state, most urgent first. Raises InvalidCursor."""
    name = f"drafts:{state}"
    after = None if window.cursor is None else place_of(window.cursor, name, DraftPlace)
    query = drafts_in_state(reading.tenant_id, state, limit=window.limit + 1, after=after)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor(name, (row.urgency_rank, row.suggested_at, row.draft_id)),
        lambda rows: drafts(reading, rows, wanted),
    )


def intake_page(
    reading: Reading, window: Window, state: str | None, wanted: Wanted
) -> Connection[IntakeSession]:
    """Intake sessions, oldest first. Raises InvalidCursor."""
    after = None if window.cursor is None else place_of(window.cursor, "intakes", IntakePlace)
    query = intake_board.intake_sessions(
        reading.tenant_id, limit=window.limit + 1, state=state, after=after
    )
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("intakes", (row.started_at, row.session_id)),
        lambda rows: intake_sessions(reading, rows, wanted),
    )


def history_page(
    reading: Reading, window: Window, only: HistoryFilter, wanted: Wanted
) -> Connection[HistoryEvent]:
    """Events in the order in which they were recorded. Raises InvalidCursor."""
    tenant_id, limit = reading.tenant_id, window.limit + 1
    place = None if window.cursor is None else position_of(window.cursor, tenant_id)
    if window.is_backward:
        query = recorded_events_backwards(tenant_id, limit=limit, only=only, before=place)
    else:
        query = recorded_events(tenant_id, limit=limit, only=only, after=place)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: position_cursor(tenant_id, row.tenant_seq),
        lambda rows: history_events(reading, rows, wanted),
    )


def member_page(reading: Reading, window: Window) -> Connection[Member]:
    """The members of the firm in the order of joining; there are few. Raises InvalidCursor."""
    rows: list[Any] = reading.rows(members_of_tenant(reading.tenant_id))
    if window.cursor is not None:
        place = place_of(window.cursor, "members", MemberPlace)
        rows = [row for row in rows if (row.added_at, row.member_id) > place]
    return page(
        reading,
        window,
        rows,
        lambda row: place_cursor("members", (row.added_at, row.member_id)),
        lambda kept: [member(reading, row) for row in kept],
    )


def sender_page(reading: Reading, window: Window) -> Connection[SenderNumber]:
    """The numbers of the firm; there are few. Raises InvalidCursor."""
    rows: list[Any] = reading.rows(senders_of_tenant(reading.tenant_id))
    if window.cursor is not None:
        place = place_of(window.cursor, "senders", SenderPlace)
        rows = [row for row in rows if (row.display_phone, row.sender_number_id) > place]
    return page(
        reading,
        window,
        rows,
        lambda row: place_cursor("senders", (row.display_phone, row.sender_number_id)),
        lambda kept: [sender_number(row) for row in kept],
    )


def webhook_endpoint_page(reading: Reading, window: Window) -> Connection[WebhookEndpoint]:
    """The webhook endpoints in the order of adding; there are few. Raises InvalidCursor."""
    rows: list[Any] = reading.rows(endpoints_of_tenant(reading.tenant_id))
    if window.cursor is not None:
        place = place_of(window.cursor, "webhook_endpoints", WebhookEndpointPlace)
        rows = [row for row in rows if (row.added_at, row.webhook_endpoint_id) > place]
    return page(
        reading,
        window,
        rows,
        lambda row: place_cursor("webhook_endpoints", (row.added_at, row.webhook_endpoint_id)),
        lambda kept: list(webhook_endpoints(reading, list(kept)).values()),
    )


def notice_page(
    reading: Reading, window: Window, sender_number_id: UUID
) -> Connection[SenderNotice]:
    """Meta's notices about a number, newest first. Raises InvalidCursor."""
    name = f"notices:{sender_number_id}"
    after = None if window.cursor is None else place_of(window.cursor, name, NoticePlace)
    query = notices_of_number(
        reading.tenant_id, sender_number_id, limit=window.limit + 1, after=after
    )
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor(name, (row.occurred_at, row.seq)),
        lambda rows: [sender_notice(reading, row) for row in rows],
    )


class DuplicatePlace(NamedTuple):
    """The place of a question about two contacts, oldest first."""

    asked_at: datetime
    duplicate_id: UUID


def duplicate_page(
    reading: Reading, window: Window, state: str | None, wanted: Wanted
) -> Connection[ContactDuplicate]:
    """Questions about contacts, oldest first. Raises InvalidCursor."""
    after = None
    if window.cursor is not None:
        after = place_of(window.cursor, "contactDuplicates", DuplicatePlace)
    query = duplicates_in_state(reading.tenant_id, limit=window.limit + 1, state=state, after=after)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("contactDuplicates", (row.asked_at, row.duplicate_id)),
        lambda rows: contact_duplicates(reading, rows, wanted),
    )
