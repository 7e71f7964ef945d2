"""Events of a firm, told one after the other: envelopes are filled in."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec

from domain.event import UNSET, Event, EventRecord, PersonalEvent, Sealed
from domain.identity import EventId, StreamId, TenantId
from domain.provenance import Actor, ActorKind
from infrastructure.unique_ids import new_event_id
from projections.projection import Page, StateProjection
from projections.sealed_column import sealed_of
from tests.domain.samples import sample_of
from tests.event_store import FIRM

BEGINNING = datetime(2026, 11, 20, 9, tzinfo=UTC)
_NAMES = UUID("0198a000-0000-7000-8000-00000000beef")

_OWN_STREAM = {
    "intake": "session_id",
    "draft": "draft_id",
    "assessment": "assessment_id",
    "conversation": "conversation_id",
    "contact": "contact_id",
    "outbound": "outbound_message_id",
    "message": "message_id",
    "call": "report_id",
    "member": "member_id",
    "sender_number": "sender_number_id",
    "tenant": "tenant_id",
    "template": "template_id",
    "template_sync": "sync_id",
    "template_submission": "submission_id",
    "broadcast": "broadcast_id",
    "broadcast_recipient": "recipient_id",
}

_ACTOR = Actor(ActorKind.SYSTEM, "tests")

SomeEvent = TypeVar("SomeEvent", bound=Event)


def named(name: str) -> Any:
    """An id that always stands for `name`."""
    return uuid5(_NAMES, name)


def stream_of(event: Event) -> UUID:
    """The stream that an event stands in."""
    noun = event.TOPIC.split(".")[0]
    field = _OWN_STREAM.get(noun, f"{noun}_id")
    stream_id: UUID = getattr(event, field, None) or named(event.TOPIC)
    return stream_id


class Happened:
    """Puts events into envelopes: next version of the stream, a minute after the one before."""

    def __init__(self, tenant_id: TenantId = FIRM) -> None:
        self.tenant_id = tenant_id
        self.records: list[EventRecord] = []
        self._versions: Counter[UUID] = Counter()

    def add(
        self,
        event: Event,
        *,
        at: datetime | None = None,
        actor: Actor = _ACTOR,
        cause: EventId | None = None,
    ) -> EventRecord:
        """One more event."""
        stream_id = stream_of(event)
        self._versions[stream_id] += 1
        event_id = new_event_id()
        record = EventRecord(
            event_id=event_id,
            tenant_id=self.tenant_id,
            stream_id=StreamId(stream_id),
            stream_version=self._versions[stream_id],
            event=event,
            actor=actor,
            correlation_id=event_id,
            occurred_at=at or BEGINNING + timedelta(minutes=len(self.records)),
            causation_id=cause,
        )
        self.records.append(record)
        return record

    def sample(self, kind: type[SomeEvent], /, **values: Any) -> EventRecord:
        """One more event of a kind: sample values but for those given (of the fields it has)."""
        fields = kind.__struct_fields__
        known = {name: value for name, value in values.items() if name in fields}
        event = sample_of(kind, **known)
        return self.add(event)

    def take(self) -> list[EventRecord]:
        """What was added since the last call."""
        taken, self.records = self.records, []
        return taken


def fold(projection: StateProjection[Any], records: Sequence[EventRecord]) -> list[Any]:
    """The rows that a read model makes of events, with content sealed as in the log.

    The rows of each event are seen by the next one, as if each came in a page of its own.
    """
    page: Page[Any] = Page(projection.table, projection.links)
    logged = [_logged(record, position) for position, record in enumerate(records, start=1)]
    page.add_earlier(logged)
    for record in logged:
        change = projection.changes.get(type(record.event))
        if change is not None:
            change.apply(page, record, record.event)
    return page.changed()


def _logged(record: EventRecord, position: int) -> EventRecord:
    event = record.event
    if isinstance(event, PersonalEvent) and event.content is not UNSET:
        event = msgspec.structs.replace(event, content=sealed(record))
    return msgspec.structs.replace(
        record, event=event, position=position, tenant_seq=position, recorded_at=record.occurred_at
    )


def sealed(record: EventRecord) -> Sealed:
    """A ciphertext that is told from others by the event that it belongs to."""
    return Sealed(
        stream_id=record.stream_id,
        stream_version=record.stream_version,
        topic=record.topic,
        event_id=record.event_id,
        key_id=named("key"),
        commitment=b"commitment",
        ciphertext=record.event_id.bytes,
    )


def shows(column: bytes | None, record: EventRecord) -> bool:
    """Whether a column holds the content of an event."""
    return column is not None and sealed_of(column) == sealed(record)
