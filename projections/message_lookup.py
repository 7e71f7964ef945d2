"""The message look-up: which outbound message a keyed digest of Meta's message id stands for."""

from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import EventRecord
from domain.outbound_message import OutboundSent
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.table import Index, Table


class MessageLookupRow(msgspec.Struct):
    """A message that Meta accepted. The digest is keyed per firm, so it is unique by itself."""

    wamid_digest: str
    tenant_id: UUID
    outbound_message_id: UUID
    conversation_id: UUID


def _sent(page: Page[MessageLookupRow], record: EventRecord, event: OutboundSent) -> None:
    page.put(
        MessageLookupRow(
            wamid_digest=event.wamid_digest,
            tenant_id=record.tenant_id,
            outbound_message_id=event.outbound_message_id,
            conversation_id=event.conversation_id,
        )
    )


class MessageLookup(StateProjection[MessageLookupRow]):
    """One row per message that Meta accepted."""

    name = "message_lookup"
    version = 2
    pace_s = 0.01
    table = Table(
        "message_lookup",
        MessageLookupRow,
        key=("wamid_digest",),
        indexes=(Index("(outbound_message_id)"),),
    )
    changes: ClassVar[Changes] = {OutboundSent: Change(_sent)}


def messages_by_wamid(tenant_id: UUID, wamid_digests: list[str]) -> Query[MessageLookupRow]:
    """The messages that these digests stand for, in no particular order."""
    return Query(
        MessageLookupRow,
        """
        SELECT {columns} FROM read_model.message_lookup
        WHERE tenant_id = %(tenant)s AND wamid_digest = ANY(%(digests)s)
        """,
        {"tenant": tenant_id, "digests": wamid_digests},
    )
