"""What an outgoing call says: one event of the standard contract, as JSON."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.draft import DraftContent
from domain.event import EventRecord, PersonalEvent
from domain.identity import TenantId
from domain.inbound_message import InboundMessageContent
from domain.outbound_message import OutboundContent
from domain.ports.vault import Vault
from domain.standard_contract import standard_event

TEST_EVENT: Final = "WebhookTest"


def event_payload(record: EventRecord, vault: Vault, *, with_content: bool) -> bytes | None:
    """Return an opened event as the body of a call; None if it has no name in the contract.

    With `with_content` the words of messages and drafts go along, and nothing else that is sealed:
    neither names nor numbers nor the ids of Meta, which contain numbers.
    """

    def sender_hash(sender_id: UUID) -> str:
        return vault.digest(record.tenant_id, "sender", sender_id.bytes)

    event = standard_event(record, sender_hash)
    if event is None:
        return None
    if with_content:
        event = msgspec.structs.replace(event, content=_words(record))
    return msgspec.json.encode(event)


def call_payload(tenant_id: TenantId, event_id: UUID, at: datetime) -> bytes:
    """Return the body of a call that only tries an endpoint out."""
    return msgspec.json.encode(
        {
            "eventType": TEST_EVENT,
            "eventId": event_id,
            "tenantId": tenant_id,
            "metadata": {"note": "Nothing happened; somebody tries this address out."},
            "timestamp": at,
        }
    )


def _words(record: EventRecord) -> Any | None:
    event = record.event
    content = event.content if isinstance(event, PersonalEvent) else None
    if isinstance(content, InboundMessageContent | OutboundContent | DraftContent):
        return content.body
    return None
