"""Lists of contacts for broadcasts, as members and other systems give them: checked and stored."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from api.authentication import Principal
from api.graphql.context import Services
from domain.broadcast_list import (
    LISTED_MAX,
    ListRecipient,
    RecipientList,
    check_values,
    listed_id_of,
)
from domain.errors import InvalidInput
from domain.identity import BroadcastId, BroadcastListId, ContactId
from domain.limits import Field
from domain.provenance import Provenance
from projections.contact_card import contact_cards


class ListEntry(NamedTuple):
    """A contact that was named, and what its words are filled in with."""

    contact_id: UUID
    values: dict[str, str]


def check_size(count: int, field: Field) -> None:
    """Raise InvalidInput for a list that is empty or too long to be stored as a whole."""
    if not 1 <= count <= LISTED_MAX:
        raise InvalidInput(
            f"{count} recipients are named; 1 to {LISTED_MAX} are allowed.",
            field=field,
            hint="Give the contacts a label and choose them by it, or make several broadcasts.",
        )


def stored_list(
    services: Services,
    principal: Principal,
    broadcast_id: BroadcastId,
    entries: Sequence[ListEntry],
    field: Field,
) -> RecipientList:
    """Store who was named for a broadcast and return the list. Waits for PostgreSQL.

    The same list for the same broadcast is stored once. Raises InvalidInput, naming the entry under
    `field`, and what `LawyersHub.begin_all` raises.
    """
    check_size(len(entries), field)
    _check(services, principal, entries, field)
    facts = msgspec.json.encode([(str(entry.contact_id), entry.values) for entry in entries])
    list_id = BroadcastListId(
        services.vault.digest_id(principal.tenant_id, "broadcast-list", broadcast_id.bytes + facts)
    )
    services.hub.begin_all(
        [
            ListRecipient(
                listed_id=listed_id_of(list_id, ContactId(entry.contact_id)),
                list_id=list_id,
                contact_id=ContactId(entry.contact_id),
                values=entry.values,
            )
            for entry in entries
        ],
        Provenance(
            tenant_id=principal.tenant_id,
            actor=principal.actor,
            correlation_id=broadcast_id,
        ),
        principal.scopes,
    )
    return RecipientList(
        list_id=list_id,
        contacts=len(entries),
        variables=tuple(sorted({name for entry in entries for name in entry.values})),
    )


def _check(
    services: Services, principal: Principal, entries: Sequence[ListEntry], field: Field
) -> None:
    tenant_id = principal.tenant_id
    query = contact_cards(tenant_id, [entry.contact_id for entry in entries])
    rows = services.read_models.ask(tenant_id, lambda reading: reading.rows(query))
    known = {row.contact_id for row in rows}
    seen: set[UUID] = set()
    for place, entry in enumerate(entries):
        here = (*field, str(place))
        if entry.contact_id not in known:
            raise InvalidInput("There is no contact of the firm with this id.", field=here)
        if entry.contact_id in seen:
            raise InvalidInput("This contact is named twice.", field=here)
        seen.add(entry.contact_id)
        check_values(entry.values, (*here, "variables"))
