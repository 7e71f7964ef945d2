"""The people of a broadcast: who belongs to the audience, and how each of them stands now."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.broadcast import Audience
from domain.broadcast_candidate import Candidate
from domain.broadcast_list import OwnValues
from domain.contact import ConsentPurpose, ContactDetails
from domain.identity import (
    ContactId,
    ConversationId,
    SenderNumberId,
    TenantId,
    conversation_id_of,
)
from infrastructure.postgres.connections import HubConnection, tenant_session
from infrastructure.postgres.sealing import open_contents
from jobs.runtime import JobRuntime
from jobs.work_not_ready import WorkNotReady
from projections.audience import audience
from projections.contact_card import ContactCardRow, consents_of, contact_cards
from projections.inbox_queries import last_inbound
from projections.listed_recipients import listed_recipients
from projections.sealed_column import sealed_of


class Person(NamedTuple):
    """A contact of the audience, its conversation with the sender number, and how it stands."""

    contact_id: ContactId
    conversation_id: ConversationId
    candidate: Candidate


def audience_ids(runtime: JobRuntime, tenant_id: TenantId, wanted: Audience) -> list[UUID]:
    """The contacts of an audience.

    Raises WorkNotReady while the list that it is taken from is not visible yet.
    """
    with tenant_session(runtime.pool, tenant_id) as connection:
        rows = audience(tenant_id, wanted).fetch(connection)
    if wanted.listed is not None and len(rows) < wanted.listed.contacts:
        raise WorkNotReady
    return [row.contact_id for row in rows if not row.is_left_out]


def people(
    runtime: JobRuntime,
    tenant_id: TenantId,
    sender_number_id: SenderNumberId,
    wanted: Audience,
    contact_ids: list[UUID],
) -> list[Person]:
    """How these contacts stand, all of them read at once."""
    conversations = {
        contact_id: conversation_id_of(ContactId(contact_id), sender_number_id)
        for contact_id in contact_ids
    }
    with tenant_session(runtime.pool, tenant_id) as connection:
        cards = contact_cards(tenant_id, contact_ids).fetch(connection)
        answered = last_inbound(tenant_id, [*conversations.values()]).fetch(connection)
        sealed_values = _sealed_values(connection, tenant_id, wanted, contact_ids)
    inbound = {row.conversation_id: row.last_inbound_at for row in answered}
    details = _opened(runtime, tenant_id, {card.contact_id: card.details_sealed for card in cards})
    values = _opened(runtime, tenant_id, sealed_values)
    found = []
    for card in cards:
        conversation_id = conversations[card.contact_id]
        candidate = _candidate(
            card,
            details.get(card.contact_id),
            values.get(card.contact_id),
            has_conversation=conversation_id in inbound,
            last_inbound_at=inbound.get(conversation_id),
        )
        found.append(Person(ContactId(card.contact_id), conversation_id, candidate))
    return found


def _sealed_values(
    connection: HubConnection, tenant_id: TenantId, wanted: Audience, contact_ids: list[UUID]
) -> dict[UUID, bytes | None]:
    if wanted.listed is None:
        return {}
    query = listed_recipients(tenant_id, wanted.listed.list_id, contact_ids)
    return {row.contact_id: row.values_sealed for row in query.fetch(connection)}


def _opened(
    runtime: JobRuntime, tenant_id: TenantId, sealed: dict[UUID, bytes | None]
) -> dict[UUID, Any]:
    known = {key: sealed_of(column) for key, column in sealed.items() if column is not None}
    opened = open_contents(runtime.vault, tenant_id, [*known.values()])
    return dict(zip(known, opened, strict=True))


def _candidate(
    card: ContactCardRow,
    details: Any,
    own: Any,
    *,
    has_conversation: bool,
    last_inbound_at: datetime | None,
) -> Candidate:
    is_known = card.erased_at is None and isinstance(details, ContactDetails)
    return Candidate(
        details=details if is_known else None,
        consents=frozenset(
            ConsentPurpose(entry.purpose)
            for entry in consents_of(card)
            if entry.state == "granted" and not entry.is_restricted
        ),
        has_opted_out=card.opted_out,
        has_conversation=has_conversation,
        last_inbound_at=last_inbound_at,
        has_stopped_marketing=card.marketing_stopped_at is not None,
        variables=own.values if isinstance(own, OwnValues) else {},
    )
