"""What admission looks at, read for many messages at once inside the attempt's transaction.

An input of admission is added in three places: a field of `domain.admission.Sending`, the check
that uses it, and the line in `_sending` that fills it. Streams that it comes from are named in
`_streams` or `_named`, so that the database refuses an attempt when one of them has changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from psycopg import Connection

from domain.admission import Sending, is_service_window_open
from domain.aggregate import Aggregate
from domain.body_digest import body_digest
from domain.broadcast import Broadcast
from domain.contact import Contact, ContactAbsorbed, ContactMerged
from domain.conversation import Conversation
from domain.event import EventRecord
from domain.hosted_file import HostedFile
from domain.identity import HostedFileId, SenderNumberId, TenantId, hosted_file_id_of
from domain.outbound_body import file_of
from domain.outbound_media import AttachedFile
from domain.outbound_message import OutboundContent, OutboundMessage, OutboundRequested
from domain.ports.vault import Vault
from domain.sender_number import SenderNumber
from domain.template import Template
from domain.template_body import TemplateBody
from domain.tenant import Tenant
from infrastructure.following.positions import place_of
from infrastructure.postgres.journal import load_streams
from projections.inbox_queries import last_inbound
from projections.outbox import OutboxRow

A = TypeVar("A", bound=Aggregate)

CHANGED: Final = "LH003"
"""The error with which the database refuses an attempt whose admission is out of date."""


class Candidate(NamedTuple):
    """A message of the outbox with all that admission looks at.

    `is_visible` is False while the inbox does not show yet what happened before the request, and
    that may open the service window; `position` is that of the last event of the message.
    """

    row: OutboxRow
    requested: EventRecord
    position: int
    sending: Sending
    is_visible: bool


class Looked(NamedTuple):
    """What was read for a batch: the candidates, and which version of each stream was seen.

    A message without events, or of another kind than its row says, is no candidate.
    """

    candidates: Sequence[Candidate]
    versions: Mapping[UUID, int]


def look(
    connection: Connection[Any],
    vault: Vault,
    tenant_id: TenantId,
    rows: Sequence[OutboxRow],
    now: datetime,
) -> Looked:
    """Read everything that admission looks at for `rows`, messages of one firm."""
    inbox_position = place_of(connection, "inbox").position
    wanted = {stream for row in rows for stream in _streams(tenant_id, row)}
    messages = {row.outbound_message_id for row in rows}
    records = load_streams(connection, vault, tenant_id, wanted | messages)
    named = {
        stream
        for row in rows
        for stream in _named(vault, tenant_id, records.get(row.outbound_message_id, ()))
    }
    named |= {other for row in rows for other in _joined(records.get(row.contact_id, ()))}
    if named:
        records |= load_streams(connection, vault, tenant_id, named)
        wanted |= named
    # Whether the inbox shows enough was asked first: its rows are at least as new as that.
    conversations = [row.conversation_id for row in rows]
    answered = last_inbound(tenant_id, conversations).fetch(connection)
    inbound = {each.conversation_id: each.last_inbound_at for each in answered}
    reader = _Replayed(records)
    candidates = []
    for row in rows:
        own = records.get(row.outbound_message_id)
        if own:
            sending = _sending(reader, vault, tenant_id, row, inbound, now)
            is_open = is_service_window_open(sending.last_inbound_at, now)
            is_visible = is_open or inbox_position >= (own[0].position or 0)
            last = own[-1].position or 0
            candidates.append(Candidate(row, own[0], last, sending, is_visible))
    return Looked(candidates, {stream: reader.version(stream) for stream in wanted})


def require_unchanged(connection: Connection[Any], versions: Mapping[UUID, int]) -> None:
    """Fail if something that admission looked at has changed since; asked after the append.

    Raises an error with the code `CHANGED`.
    """
    connection.execute(
        "SELECT hub.require_unchanged(%s, %s)", (list(versions), list(versions.values()))
    )


def _streams(tenant_id: TenantId, row: OutboxRow) -> Iterator[UUID]:
    """The streams that admission looks at besides the message itself."""
    yield tenant_id
    yield row.sender_number_id
    yield row.contact_id
    yield row.conversation_id
    if row.broadcast_id is not None:
        yield row.broadcast_id


def _named(vault: Vault, tenant_id: TenantId, message: Sequence[EventRecord]) -> Iterator[UUID]:
    """The streams that only the message itself names."""
    if not message or not isinstance(message[0].event, OutboundRequested):
        return
    content = message[0].event.content
    if not isinstance(content, OutboundContent):
        return
    if isinstance(content.body, TemplateBody):
        yield content.body.template_id
    if (file := file_of(content.body)) is not None:
        number_id = message[0].event.sender_number_id
        yield hosted_file_of(vault, tenant_id, number_id, file)


def hosted_file_of(
    vault: Vault, tenant_id: TenantId, number_id: SenderNumberId, file: AttachedFile
) -> HostedFileId:
    """Return the stream of a file as Meta keeps it for a number."""
    digest = vault.digest(tenant_id, "file", bytes.fromhex(file.sha256))
    return hosted_file_id_of(number_id, digest)


def _joined(contact: Sequence[EventRecord]) -> Iterator[UUID]:
    """The other contacts that a contact was ever joined with: the same person, or was."""
    for record in contact:
        match record.event:
            case ContactMerged():
                yield record.event.absorbed_contact_id
            case ContactAbsorbed():
                yield record.event.into_contact_id


def _sending(
    reader: "_Replayed",
    vault: Vault,
    tenant_id: TenantId,
    row: OutboxRow,
    inbound: Mapping[UUID, datetime | None],
    now: datetime,
) -> Sending:
    message = reader.aggregate(OutboundMessage, row.outbound_message_id)
    content = message.content
    file = None if content is None else file_of(content.body)
    contact = reader.aggregate(Contact, row.contact_id)
    return Sending(
        message=message,
        contact=contact,
        joined=tuple(reader.aggregate(Contact, other) for other in contact.joined_with),
        conversation=reader.aggregate(Conversation, row.conversation_id),
        tenant=reader.aggregate(Tenant, tenant_id),
        sender_number=reader.aggregate(SenderNumber, row.sender_number_id),
        body_digest=body_digest(vault, tenant_id, content.body) if content else "",
        last_inbound_at=inbound.get(row.conversation_id),
        now=now,
        broadcast=(
            reader.aggregate(Broadcast, row.broadcast_id) if row.broadcast_id is not None else None
        ),
        template=(
            reader.aggregate(Template, content.body.template_id)
            if content is not None and isinstance(content.body, TemplateBody)
            else None
        ),
        hosted_file=(
            None
            if file is None
            else reader.aggregate(
                HostedFile,
                hosted_file_of(vault, tenant_id, message.requested.sender_number_id, file),
            )
        ),
    )


class _Replayed:
    """Aggregates of a batch, each replayed once."""

    def __init__(self, records: Mapping[UUID, list[EventRecord]]) -> None:
        self._records = records
        self._aggregates: dict[tuple[type[Aggregate], UUID], Aggregate] = {}

    def aggregate(self, aggregate_type: type[A], stream_id: UUID) -> A:
        key = (aggregate_type, stream_id)
        known = self._aggregates.get(key)
        if not isinstance(known, aggregate_type):
            records: Iterable[EventRecord] = self._records.get(stream_id, ())
            known = self._aggregates[key] = aggregate_type.replay_records(stream_id, records)
        return known

    def version(self, stream_id: UUID) -> int:
        records = self._records.get(stream_id)
        return records[-1].stream_version if records else 0
