"""From rows to what clients see.

Each kind of row is read once for a page, with what is wanted of the things that belong to it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from api.graphql.broadcast_lists import load_broadcasts
from api.graphql.contact import Contact, contact, contact_card
from api.graphql.contact_duplicate import (
    ContactDuplicate,
    contact_duplicate,
    contact_duplicates_by_id,
)
from api.graphql.conversation import Conversation, conversation
from api.graphql.conversation_message import ConversationMessage
from api.graphql.cursors import place_cursor, place_of
from api.graphql.daily_limit import load_daily_limits
from api.graphql.draft import Draft, draft
from api.graphql.event_history import HistoryEvent, history_event
from api.graphql.intake import IntakeSession, intake_session
from api.graphql.legal_hold import load_legal_holds
from api.graphql.loaders import (
    load_imports,
    load_later,
    load_standings,
    load_statuses,
)
from api.graphql.media import MEDIA_LOADERS
from api.graphql.member import Actor, Member, member
from api.graphql.pages import Connection, Window, page
from api.graphql.sender_number import SenderNumber, sender_number
from api.graphql.status_report import status_key
from api.graphql.template import load_templates
from api.graphql.timeline import (
    DraftEntry,
    OutboundMessage,
    TimelineNote,
    sent_media_id,
    timeline_entry,
)
from api.graphql.timeline_entry import TimelineEntry
from api.graphql.wanted import NOTHING, Wanted
from api.graphql.webhook_endpoint import webhook_endpoints_by_id
from api.reading import Reading
from domain.conversation import ConversationAssigned
from domain.inbound_message import MessageTarget
from projections.contact_card import contact_cards
from projections.contact_duplicates import DuplicateRow
from projections.directory_queries import intake_sessions_by_id, senders_by_id
from projections.draft_queue import DraftRow, drafts_by_id
from projections.event_history import HistoryRow
from projections.event_history_queries import events_at, events_by_id
from projections.inbox import InboxRow
from projections.inbox_queries import conversations_by_id, conversations_of_person
from projections.intake_board import IntakeRow, intake_of_conversations
from projections.member_directory import members_by_id
from projections.timeline import TimelineRow
from projections.timeline_queries import (
    TimelinePlace,
    entries_after,
    entries_before,
    entries_by_position,
    entries_of_messages,
    outbound_entries,
)

Things = dict[Any, Any]
_LATER: Final = ("reactions", "edits", "revocation")


def conversations(reading: Reading, rows: Sequence[InboxRow], wanted: Wanted) -> list[Conversation]:
    """Return conversations with what is wanted of what belongs to them."""
    found = [
        conversation(
            reading,
            row,
            contact(
                reading, row.contact_id, row.contact_details_sealed, is_opted_out=row.opted_out
            ),
        )
        for row in rows
    ]
    _bring(reading, found, wanted, "assignedTo", "Member", "assigned_member_id", "loaded_assignee")
    _bring(
        reading, found, wanted, "senderNumber", "SenderNumber", "sender_number_id", "loaded_sender"
    )
    _bring(reading, found, wanted, "pendingDraft", "Draft", "pending_draft_id", "loaded_draft")
    _bring(
        reading, found, wanted, "intake", "IntakeOfConversation", "conversation_id", "loaded_intake"
    )
    if "card" in wanted.below("contact"):
        contacts = [one.known_contact for one in found]
        cards = load(reading, "ContactCard", [one.contact_id for one in contacts], wanted)
        for one in contacts:
            one.loaded_card = cards.get(one.contact_id)
    return found


def drafts(reading: Reading, rows: Sequence[DraftRow], wanted: Wanted) -> list[Draft]:
    """Return drafts with what is wanted of what belongs to them."""
    found = [draft(reading, row) for row in rows]
    _bring(
        reading,
        found,
        wanted,
        "conversation",
        "Conversation",
        "conversation_id",
        "loaded_conversation",
    )
    _bring(reading, found, wanted, "proposedBy", "Member", "proposed_by", "loaded_proposer")
    _bring(reading, found, wanted, "decidedBy", "Member", "decided_by", "loaded_decider")
    _bring(
        reading,
        found,
        wanted,
        "outboundMessage",
        "OutboundMessage",
        "outbound_message_id",
        "loaded_message",
    )
    _bring(
        reading,
        found,
        wanted,
        "returnedFrom",
        "OutboundMessage",
        "returned_from",
        "loaded_origin",
    )
    return found


def intake_sessions(
    reading: Reading, rows: Sequence[IntakeRow], wanted: Wanted
) -> list[IntakeSession]:
    """Return intake sessions with what is wanted of what belongs to them."""
    found = [intake_session(reading, row) for row in rows]
    _bring(
        reading,
        found,
        wanted,
        "conversation",
        "Conversation",
        "conversation_id",
        "loaded_conversation",
    )
    return found


def history_events(
    reading: Reading, rows: Sequence[HistoryRow], wanted: Wanted
) -> list[HistoryEvent]:
    """Return events with what is wanted of what belongs to them."""
    found = [history_event(row) for row in rows]
    _bring(reading, found, wanted, "cause", "EventById", "causation_id", "loaded_cause")
    _bring(
        reading,
        found,
        wanted,
        "conversation",
        "Conversation",
        "conversation_id",
        "loaded_conversation",
    )
    _bring_members(reading, [one.actor for one in found], wanted.below("actor"))
    return found


def timeline_entries(
    reading: Reading, rows: Sequence[TimelineRow], wanted: Wanted
) -> list[TimelineEntry]:
    """Return entries with what is wanted of what belongs to them."""
    found = [timeline_entry(reading, row) for row in rows]
    _bring(reading, found, wanted, "event", "HistoryEvent", "entry_seq", "loaded_event")
    of_drafts = [one for one in found if isinstance(one, DraftEntry)]
    _bring(reading, of_drafts, wanted, "draft", "Draft", "entity_id", "loaded_draft")
    _bring_members(reading, [one.actor for one in found], wanted.below("actor"))
    messages = [one for one in found if isinstance(one, ConversationMessage)]
    received = [one for one in messages if not isinstance(one, OutboundMessage)]
    _bring(reading, received, wanted, "media", "MediaOfMessage", "entity_id", "loaded_media")
    sent = [one for one in messages if isinstance(one, OutboundMessage)]
    if "media" in wanted and sent:
        files = load(reading, "MediaFile", map(sent_media_id, sent), wanted.below("media"))
        for message in sent:
            message.loaded_media = files.get(sent_media_id(message))
    if any(name in wanted for name in _LATER):
        keys = [one.row.entity_id for one in messages]
        later = load(reading, "LaterMessages", keys, NOTHING)
        for one in messages:
            one.loaded_later = later.get(one.row.entity_id, [])
    if "statuses" in wanted:
        by_key = {status_key(one.row, one.event_facts): one for one in messages}
        reports = load(reading, "StatusesOfMessage", by_key, NOTHING)
        for one in messages:
            one.loaded_statuses = reports.get(status_key(one.row, one.event_facts), [])
    if "aboutMessage" in wanted:
        below = wanted.below("aboutMessage")
        about = load(reading, "MessageTarget", (one.target for one in messages), below)
        for one in messages:
            one.loaded_about = about.get(one.target)
    if "assignedTo" in wanted:
        _bring_assignees(reading, found, wanted.below("assignedTo"))
    return found


def timeline_page(
    reading: Reading, row: InboxRow, window: Window, wanted: Wanted
) -> Connection[TimelineEntry]:
    """Return a page of a conversation's timeline, one for a person. Raises InvalidCursor."""
    place = None if window.cursor is None else place_of(window.cursor, "timeline", TimelinePlace)
    tenant_id, limit = reading.tenant_id, window.limit + 1
    conversation_ids = [row.conversation_id]
    if row.joined_into is not None or row.joined_contacts:
        found = reading.rows(conversations_of_person(tenant_id, row.conversation_id))
        conversation_ids = [one.conversation_id for one in found] or conversation_ids
    if window.is_backward:
        query = entries_before(tenant_id, conversation_ids, limit=limit, before=place)
    else:
        query = entries_after(tenant_id, conversation_ids, limit=limit, after=place)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("timeline", (row.occurred_at, row.envelope_order, row.entry_seq)),
        lambda rows: timeline_entries(reading, rows, wanted),
    )


def load(reading: Reading, kind: str, keys: Iterable[Any], wanted: Wanted) -> Things:
    """Return things of one kind by their keys; unknown ones, and those of others, are missing."""
    wanted_keys = [key for key in dict.fromkeys(keys) if key is not None]
    return LOADERS[kind](reading, wanted_keys, wanted) if wanted_keys else {}


def _load_conversations(reading: Reading, keys: list[UUID], wanted: Wanted) -> Things:
    rows = reading.rows(conversations_by_id(reading.tenant_id, keys))
    return _by(rows, "conversation_id", conversations(reading, rows, wanted))


def _load_contacts(reading: Reading, keys: list[UUID], _wanted: Wanted) -> Things:
    rows = reading.rows(contact_cards(reading.tenant_id, keys))
    found: dict[UUID, Contact] = {}
    for row in rows:
        one = contact(reading, row.contact_id, row.details_sealed, is_opted_out=row.opted_out)
        one.loaded_card = contact_card(reading, row)
        found[row.contact_id] = one
    return found


def _load_cards(reading: Reading, keys: list[UUID], _wanted: Wanted) -> Things:
    rows = reading.rows(contact_cards(reading.tenant_id, keys))
    return {row.contact_id: contact_card(reading, row) for row in rows}


def _load_drafts(reading: Reading, keys: list[UUID], wanted: Wanted) -> Things:
    rows = reading.rows(drafts_by_id(reading.tenant_id, keys))
    return _by(rows, "draft_id", drafts(reading, rows, wanted))


def _load_members(reading: Reading, keys: list[UUID], _wanted: Wanted) -> dict[UUID, Member]:
    rows = reading.rows(members_by_id(reading.tenant_id, keys))
    return {row.member_id: member(reading, row) for row in rows}


def _load_senders(reading: Reading, keys: list[UUID], _wanted: Wanted) -> dict[UUID, SenderNumber]:
    rows = reading.rows(senders_by_id(reading.tenant_id, keys))
    return {row.sender_number_id: sender_number(row) for row in rows}


def _load_intakes(reading: Reading, keys: list[UUID], wanted: Wanted) -> Things:
    rows = reading.rows(intake_sessions_by_id(reading.tenant_id, keys))
    return _by(rows, "session_id", intake_sessions(reading, rows, wanted))


def _load_intakes_of(reading: Reading, keys: list[UUID], wanted: Wanted) -> Things:
    rows = reading.rows(intake_of_conversations(reading.tenant_id, keys))
    return _by(rows, "conversation_id", intake_sessions(reading, rows, wanted))


def _load_events(reading: Reading, keys: list[int], wanted: Wanted) -> Things:
    rows = reading.rows(events_at(reading.tenant_id, keys))
    return _by(rows, "tenant_seq", history_events(reading, rows, wanted))


def _load_events_by_id(reading: Reading, keys: list[UUID], wanted: Wanted) -> Things:
    rows = reading.rows(events_by_id(reading.tenant_id, keys))
    return _by(rows, "event_id", history_events(reading, rows, wanted))


def _load_entries(reading: Reading, keys: list[int], wanted: Wanted) -> Things:
    rows = reading.rows(entries_by_position(reading.tenant_id, keys))
    return _by(rows, "entry_seq", timeline_entries(reading, rows, wanted))


def _load_outbound(
    reading: Reading, keys: list[UUID], wanted: Wanted
) -> dict[UUID, OutboundMessage]:
    rows = reading.rows(outbound_entries(reading.tenant_id, keys))
    return _by(rows, "entity_id", timeline_entries(reading, rows, wanted))


def _load_targets(
    reading: Reading, keys: list[MessageTarget], wanted: Wanted
) -> dict[MessageTarget, TimelineEntry]:
    ids, digests = [key.message_id for key in keys], [key.wamid_digest for key in keys]
    rows = reading.rows(entries_of_messages(reading.tenant_id, list(ids), digests))
    found: dict[Any, TimelineEntry] = {}
    for row, entry in zip(rows, timeline_entries(reading, rows, wanted), strict=True):
        found[row.wamid_digest or row.entity_id] = entry
    targets = {key: found.get(key.message_id) or found.get(key.wamid_digest) for key in keys}
    return {key: entry for key, entry in targets.items() if entry is not None}


def _load_duplicates(reading: Reading, keys: list[UUID], _wanted: Wanted) -> Things:
    return contact_duplicates_by_id(reading, keys)


def contact_duplicates(
    reading: Reading, rows: Sequence[DuplicateRow], wanted: Wanted
) -> list[ContactDuplicate]:
    """Return questions about contacts with what is wanted of the contacts."""
    found = [contact_duplicate(row) for row in rows]
    _bring(reading, found, wanted, "contact", "Contact", "contact_id", "loaded_contact")
    _bring(reading, found, wanted, "otherContact", "Contact", "other_contact_id", "loaded_other")
    return found


LOADERS: Final[dict[str, Callable[[Reading, list[Any], Wanted], Things]]] = {
    **MEDIA_LOADERS,
    "Conversation": _load_conversations,
    "Broadcast": load_broadcasts,
    "Contact": _load_contacts,
    "ContactCard": _load_cards,
    "Draft": _load_drafts,
    "Member": _load_members,
    "SenderNumber": _load_senders,
    "Template": load_templates,
    "IntakeSession": _load_intakes,
    "IntakeOfConversation": _load_intakes_of,
    "HistoryEvent": _load_events,
    "EventById": _load_events_by_id,
    "TimelineEntry": _load_entries,
    "OutboundMessage": _load_outbound,
    "LaterMessages": load_later,
    "SenderStanding": load_standings,
    "DailyLimit": load_daily_limits,
    "HistoryImport": load_imports,
    "StatusesOfMessage": load_statuses,
    "MessageTarget": _load_targets,
    "WebhookEndpoint": lambda reading, keys, _: webhook_endpoints_by_id(reading, keys),
    "ContactDuplicate": _load_duplicates,
    "LegalHold": load_legal_holds,
}
"""How things are found by key, by kind."""


def _by(rows: Sequence[Any], key: str, things: Sequence[Any]) -> Things:
    return {getattr(row, key): one for row, one in zip(rows, things, strict=True)}


def _bring(
    reading: Reading,
    things: Sequence[Any],
    wanted: Wanted,
    field: str,
    kind: str,
    key: str,
    attribute: str,
) -> None:
    """Read a relation of many things at once, if it is wanted."""
    if field not in wanted:
        return
    found = load(reading, kind, (getattr(one.row, key) for one in things), wanted.below(field))
    for one in things:
        setattr(one, attribute, found.get(getattr(one.row, key)))


def _bring_members(reading: Reading, actors: Sequence[Actor], wanted: Wanted) -> None:
    if "member" not in wanted:
        return
    found = load(reading, "Member", (one.member_id for one in actors), wanted.below("member"))
    for one in actors:
        one.acting_member = found.get(one.member_id)


def _bring_assignees(reading: Reading, entries: Sequence[Any], wanted: Wanted) -> None:
    notes = [
        one
        for one in entries
        if isinstance(one, TimelineNote) and isinstance(one.event_facts, ConversationAssigned)
    ]
    found = load(reading, "Member", (one.event_facts.member_id for one in notes), wanted)
    for one in notes:
        one.loaded_assignee = found.get(one.event_facts.member_id)
