"""What the store says after a course of files, of broadcasts, and of what others are to be told."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.broadcast import BroadcastApproved, BroadcastCompleted
from domain.contents import EVENTS
from domain.event import Event, EventRecord, Sealed
from domain.identity import TenantId
from domain.media import FileContent, MediaFailed, MediaRefused, MediaStored
from domain.media_commands import ORIGINAL
from domain.outbound_message import MessagePurpose, OutboundRequested
from domain.ports.vault import ContentTampered, Vault
from domain.webhook_endpoint import WebhookEndpointAdded
from infrastructure.following.event_log import read_log
from infrastructure.media.file_cipher import DecryptingReader, ObjectCipher, stored_size
from infrastructure.media.object_store import ObjectMissing, ObjectStore, object_name
from infrastructure.postgres.sealing import open_contents

PAGE: Final = 1000

OUTCOMES: Final = (MediaStored, MediaRefused, MediaFailed)


class FileOutcome(NamedTuple):
    """What a fetch came to: the bytes that open from the store, or why there are none."""

    content: bytes | None
    reason: str = ""


@dataclass(slots=True)
class BroadcastStory:
    """A broadcast that was approved, as the store has it."""

    recipients: int
    is_over: bool = False
    messages: list[UUID] = field(default_factory=list)
    contacts: Counter[UUID] = field(default_factory=Counter)


@dataclass(slots=True)
class WorkEvidence:
    """Everything that the judgement of such work needs."""

    files: dict[UUID, list[FileOutcome]] = field(default_factory=lambda: defaultdict(list))
    """For each message what became of its file, each time."""
    broadcasts: dict[UUID, BroadcastStory] = field(default_factory=dict)
    to_tell: set[str] = field(default_factory=set)
    """The events that another system is to be told, by id."""


def gather_work(
    connection: Connection[Any], vault: Vault, objects: ObjectStore, tenant_id: TenantId
) -> WorkEvidence:
    """Read the events of a firm (role follow), and the files that they speak of."""
    evidence, chosen = WorkEvidence(), frozenset[str]()
    for record in _records(connection, tenant_id):
        if isinstance(record.event, WebhookEndpointAdded):
            chosen = frozenset(record.event.event_types)
        if type(record.event).CONTRACT in chosen:
            evidence.to_tell.add(str(record.event_id))
        _note(evidence, record, vault, objects, tenant_id)
    return evidence


def _topics() -> Sequence[str]:
    told = [topic for topic, event in EVENTS.items() if event.CONTRACT is not None]
    read: tuple[type[Event], ...] = (
        *OUTCOMES,
        BroadcastApproved,
        BroadcastCompleted,
        WebhookEndpointAdded,
    )
    return sorted({*told, *(event.TOPIC for event in read)})


def _records(connection: Connection[Any], tenant_id: UUID) -> Iterator[EventRecord]:
    topics, after = frozenset(_topics()), 0
    while True:
        page = read_log(connection, after=after, limit=PAGE, topics=topics)
        for event in page.events:
            if event.record.tenant_id == tenant_id:
                yield event.record
        if page.position <= after:
            return
        after = page.position


def _note(
    evidence: WorkEvidence,
    record: EventRecord,
    vault: Vault,
    objects: ObjectStore,
    tenant_id: TenantId,
) -> None:
    match record.event:
        case MediaStored() as event:
            outcome = _opened(event, vault, objects, tenant_id)
            evidence.files[event.message_id].append(outcome)
        case (MediaRefused() | MediaFailed()) as event:
            evidence.files[event.message_id].append(FileOutcome(None, event.reason))
        case BroadcastApproved() as event:
            evidence.broadcasts[event.broadcast_id] = BroadcastStory(event.recipients)
        case BroadcastCompleted() as event:
            evidence.broadcasts[event.broadcast_id].is_over = True
        case OutboundRequested(purpose=MessagePurpose.BROADCAST) as event:
            story = evidence.broadcasts[event.approval.reference]
            story.messages.append(event.outbound_message_id)
            story.contacts[event.contact_id] += 1


def _opened(
    event: MediaStored, vault: Vault, objects: ObjectStore, tenant_id: TenantId
) -> FileOutcome:
    """The file as a member would get it."""
    if not isinstance(event.content, Sealed):
        return FileOutcome(None, "no key")
    (content,) = open_contents(vault, tenant_id, [event.content])
    if not isinstance(content, FileContent):
        return FileOutcome(None, "no key")
    name = object_name(tenant_id, event.media_id, ORIGINAL, content.file_key)
    cipher = ObjectCipher(content.file_key, tenant_id, event.media_id, ORIGINAL)
    try:
        sealed = objects.read(name, 0, stored_size(event.size_bytes))
        opened = DecryptingReader(io.BytesIO(sealed), cipher, event.size_bytes).read()
    except ObjectMissing:
        return FileOutcome(None, "not in the object store")
    except ContentTampered:
        return FileOutcome(None, "not what its key opens")
    return FileOutcome(opened)
