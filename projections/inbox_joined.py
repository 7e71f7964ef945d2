"""Conversations of joined contacts: which one goes on in which, and what an answer settles.

Nothing is moved: each keeps its row, and a row that goes on in another one is left out of the lists
once nothing waits in it. Undoing the merge takes the link away, and both are listed again.
"""

from collections.abc import Iterator
from typing import Any

from domain.contact import ContactAbsorbed, ContactMerged, ContactSeparated
from domain.conversation import ConversationClosed
from domain.echoed_message import MessageEchoed
from domain.event import Event, EventRecord
from domain.identity import ContactId, SenderNumberId, conversation_id_of
from domain.outbound_message import OutboundRequested
from domain.read_receipt import ReadReceiptRequested
from projections.projection import Page

LINKS = (ContactMerged, ContactAbsorbed, ContactSeparated)
"""What joins contacts, or parts them."""

_SETTLING = (ConversationClosed, MessageEchoed, OutboundRequested, ReadReceiptRequested)
"""What a member does in the conversation of a person, for all that go on in it."""


def take_link(row: Any, event: ContactMerged | ContactAbsorbed | ContactSeparated) -> None:
    """Keep in a row in which conversation it goes on, and how many contacts go on in its own."""
    match event:
        case ContactMerged():
            row.joined_contacts += 1
        case ContactAbsorbed():
            row.joined_into = _with_same_number(row, event.into_contact_id)
        case ContactSeparated():
            if row.joined_into == _with_same_number(row, event.from_contact_id):
                row.joined_into = None
            else:
                row.joined_contacts = max(0, row.joined_contacts - 1)


def _with_same_number(row: Any, contact_id: ContactId) -> Any:
    return conversation_id_of(contact_id, SenderNumberId(row.sender_number_id))


def joined_concerned(event: Event) -> Iterator[tuple[str, Any]]:
    """The rows that an event settles besides its own."""
    if isinstance(event, _SETTLING):
        yield "joined_into", event.conversation_id


def settle_joined(
    page: Page[Any], record: EventRecord, conversation_id: Any, *, is_answered: bool = True
) -> None:
    """What was answered, read or closed for a person is so in the rows that go on in this one."""
    for row in page.matching("joined_into", conversation_id):
        row.unread_count = 0
        row.needs_reply = row.needs_reply and not is_answered
        row.updated_seq = record.tenant_seq or 0
        page.put(row)
