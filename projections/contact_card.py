"""The contact card: who somebody is (sealed), what was agreed, whether it may be written to."""

from datetime import datetime
from typing import Any, ClassVar, NewType
from uuid import UUID

import msgspec

from domain.contact import (
    ConsentGranted,
    ConsentRefused,
    ConsentWithdrawn,
    ContactAbsorbed,
    ContactDetailsChanged,
    ContactErased,
    ContactIdentified,
    ContactMerged,
    ContactSeparated,
    MarketingResumed,
    MarketingStopped,
    OptedIn,
    OptedOut,
)
from domain.contact_labels import ContactLabelled, ContactUnlabelled
from domain.event import EventRecord
from projections.projection import Change, Changes, Page, StateProjection
from projections.query import Query
from projections.sealed_column import sealed_column
from projections.table import Index, Table

ConsentsJson = NewType("ConsentsJson", str)
"""JSON text of a list of `ConsentEntry`."""

AbsorbedJson = NewType("AbsorbedJson", str)
"""JSON text of a list of contact ids."""

LabelsJson = NewType("LabelsJson", str)
"""JSON text of a sorted list of labels."""


class ConsentEntry(msgspec.Struct, frozen=True):
    """What the contact last said about one purpose; `state` is granted, refused or withdrawn.

    `is_restricted`: it agreed, and yet another contact of the same person did not.
    """

    purpose: str
    state: str
    at: datetime
    message_id: UUID | None = None
    flow_version: int | None = None
    language: str | None = None
    is_restricted: bool = False


class ContactCardRow(msgspec.Struct):
    """A contact. `consent_sealed` is question and answer of the last consent that was granted.

    `merged_into` is the contact in which it goes on, `absorbed` are those that go on in it.
    """

    contact_id: UUID
    tenant_id: UUID
    first_seen_at: datetime
    version: int
    details_sealed: bytes | None = None
    consents: ConsentsJson = ConsentsJson("[]")
    consent_sealed: bytes | None = None
    opted_out: bool = False
    opted_out_at: datetime | None = None
    erased_at: datetime | None = None
    labels: LabelsJson = LabelsJson("[]")
    marketing_stopped_at: datetime | None = None
    merged_into: UUID | None = None
    absorbed: AbsorbedJson = AbsorbedJson("[]")


def consents_of(row: ContactCardRow) -> list[ConsentEntry]:
    """The consents on the card, by purpose."""
    return msgspec.json.decode(row.consents, type=list[ConsentEntry])


def absorbed_of(row: ContactCardRow) -> list[UUID]:
    """The contacts that go on in this one, in the order of their merging."""
    return msgspec.json.decode(row.absorbed, type=list[UUID])


def labels_of(row: ContactCardRow) -> list[str]:
    """The labels on the card, sorted."""
    return msgspec.json.decode(row.labels, type=list[str])


def _card(page: Page[ContactCardRow], record: EventRecord, event: Any) -> ContactCardRow:
    row = page.get(event.contact_id)
    if row is None:
        row = ContactCardRow(
            contact_id=event.contact_id,
            tenant_id=record.tenant_id,
            first_seen_at=record.occurred_at,
            version=record.stream_version,
        )
    row.version = record.stream_version
    page.put(row)
    return row


def _details(
    page: Page[ContactCardRow],
    record: EventRecord,
    event: ContactIdentified | ContactDetailsChanged,
) -> None:
    _card(page, record, event).details_sealed = sealed_column(event)


def _granted(page: Page[ContactCardRow], record: EventRecord, event: ConsentGranted) -> None:
    row = _card(page, record, event)
    row.consent_sealed = sealed_column(event)
    _note(row, record, event, "granted")


def _refused(page: Page[ContactCardRow], record: EventRecord, event: ConsentRefused) -> None:
    _note(_card(page, record, event), record, event, "refused")


def _withdrawn(page: Page[ContactCardRow], record: EventRecord, event: ConsentWithdrawn) -> None:
    _note(_card(page, record, event), record, event, "withdrawn")


def _note(
    row: ContactCardRow,
    record: EventRecord,
    event: ConsentGranted | ConsentRefused | ConsentWithdrawn,
    state: str,
) -> None:
    entries = {entry.purpose: entry for entry in consents_of(row)}
    for purpose in event.purposes:
        entries[purpose.value] = ConsentEntry(
            purpose=purpose.value,
            state=state,
            at=record.occurred_at,
            message_id=event.message_id,
            flow_version=getattr(event, "flow_version", None),
            language=getattr(event, "language", None),
        )
    ordered = [entries[purpose] for purpose in sorted(entries)]
    row.consents = ConsentsJson(msgspec.json.encode(ordered).decode())


def _opted_out(page: Page[ContactCardRow], record: EventRecord, event: OptedOut) -> None:
    row = _card(page, record, event)
    row.opted_out = True
    row.opted_out_at = record.occurred_at


def _opted_in(page: Page[ContactCardRow], record: EventRecord, event: OptedIn) -> None:
    row = _card(page, record, event)
    row.opted_out = False
    row.opted_out_at = None


def _labelled(page: Page[ContactCardRow], record: EventRecord, event: ContactLabelled) -> None:
    row = _card(page, record, event)
    _put_labels(row, {*labels_of(row), *event.labels})


def _unlabelled(page: Page[ContactCardRow], record: EventRecord, event: ContactUnlabelled) -> None:
    row = _card(page, record, event)
    _put_labels(row, set(labels_of(row)) - set(event.labels))


def _put_labels(row: ContactCardRow, labels: set[str]) -> None:
    row.labels = LabelsJson(msgspec.json.encode(sorted(labels)).decode())


def _marketing_stopped(
    page: Page[ContactCardRow], record: EventRecord, event: MarketingStopped
) -> None:
    _card(page, record, event).marketing_stopped_at = event.decided_at


def _marketing_resumed(
    page: Page[ContactCardRow], record: EventRecord, event: MarketingResumed
) -> None:
    _card(page, record, event).marketing_stopped_at = None


def _linked(
    page: Page[ContactCardRow],
    record: EventRecord,
    event: ContactMerged | ContactAbsorbed | ContactSeparated,
) -> None:
    row = _card(page, record, event)
    others = absorbed_of(row)
    match event:
        case ContactMerged():
            others.append(event.absorbed_contact_id)
        case ContactAbsorbed():
            row.merged_into = event.into_contact_id
        case ContactSeparated():
            others = [other for other in others if other != event.from_contact_id]
            if row.merged_into == event.from_contact_id:
                row.merged_into = None
    row.absorbed = AbsorbedJson(msgspec.json.encode(others).decode())
    row.opted_out = event.opted_out
    row.opted_out_at = (row.opted_out_at or record.occurred_at) if event.opted_out else None
    stopped_at = row.marketing_stopped_at or record.occurred_at
    row.marketing_stopped_at = stopped_at if event.marketing_stopped else None
    agreed = {purpose.value for purpose in event.consents}
    entries = [
        msgspec.structs.replace(
            entry, is_restricted=entry.state == "granted" and entry.purpose not in agreed
        )
        for entry in consents_of(row)
    ]
    row.consents = ConsentsJson(msgspec.json.encode(entries).decode())


def _erased(page: Page[ContactCardRow], record: EventRecord, event: ContactErased) -> None:
    row = _card(page, record, event)
    row.details_sealed = None
    row.consent_sealed = None
    row.erased_at = record.occurred_at


class ContactCard(StateProjection[ContactCardRow]):
    """One row per contact."""

    name = "contact_card"
    version = 3
    table = Table(
        "contact_card",
        ContactCardRow,
        key=("contact_id",),
        indexes=(
            Index("(tenant_id, first_seen_at, contact_id)"),
            Index("USING gin ((labels::jsonb))"),
        ),
    )
    changes: ClassVar[Changes] = {
        ContactIdentified: Change(_details),
        ContactDetailsChanged: Change(_details),
        ConsentGranted: Change(_granted),
        ConsentRefused: Change(_refused),
        ConsentWithdrawn: Change(_withdrawn),
        OptedOut: Change(_opted_out),
        OptedIn: Change(_opted_in),
        MarketingStopped: Change(_marketing_stopped),
        MarketingResumed: Change(_marketing_resumed),
        ContactMerged: Change(_linked),
        ContactAbsorbed: Change(_linked),
        ContactSeparated: Change(_linked),
        ContactLabelled: Change(_labelled),
        ContactUnlabelled: Change(_unlabelled),
        ContactErased: Change(_erased),
    }


def contact_cards(tenant_id: UUID, contact_ids: list[UUID]) -> Query[ContactCardRow]:
    """The cards of these contacts, in no particular order."""
    return Query(
        ContactCardRow,
        """
        SELECT {columns} FROM read_model.contact_card
        WHERE tenant_id = %(tenant)s AND contact_id = ANY(%(contacts)s)
        """,
        {"tenant": tenant_id, "contacts": contact_ids},
    )
