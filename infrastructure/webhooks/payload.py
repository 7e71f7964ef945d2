"""What an outgoing call says: one event of the standard contract, as JSON."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.draft import DraftContent
from domain.event import EventRecord, PersonalEvent
from domain.identity import TenantId
from domain.inbound_message import InboundMessageContent
from domain.message_content import SystemNoticeContent
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
    if not isinstance(content, InboundMessageContent | OutboundContent | DraftContent):
        return None
    if isinstance(content.body, SystemNoticeContent):
        return None  # WhatsApp's own words: often "… changed from +62 … to +62 …"
    return _without_ids(msgspec.to_builtins(content.body))


def _without_ids(value: Any) -> Any:
    """Leave out Meta's ids of other messages, which contain phone numbers."""
    if isinstance(value, dict):
        return {
            name: _without_ids(inner)
            for name, inner in value.items()
            if "wamid" not in name and not _is_id(inner)
        }
    if isinstance(value, list | tuple):
        return [_without_ids(inner) for inner in value if not _is_id(inner)]
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("wamid.")
