"""The stored form of an event: envelope, clear facts and sealed content, as msgspec JSON."""

from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from domain.errors import HubError
from domain.event import EVENT_TYPES, UPCASTERS, Event, EventRecord, PersonalEvent, Sealed
from domain.identity import EventId, StreamId, TenantId
from domain.provenance import Actor


class UnknownEventTopic(HubError):
    """An event with a stored name that this version of the hub does not know."""

    code: ClassVar[str] = "UNKNOWN_EVENT_TOPIC"
    hint: ClassVar[str] = "The event was written by another version of the hub: run that version."

    def __init__(self, topic: str) -> None:
        super().__init__(f"The stored name {topic!r} belongs to no event of this version.")
        self.topic = topic


class StoredStateUnreadable(HubError):
    """The stored form of an event does not have the fields that its name stands for."""

    code: ClassVar[str] = "STORED_STATE_UNREADABLE"
    hint: ClassVar[str] = "An upcaster is missing, or the stored data was changed from outside."


class SealedBox(msgspec.Struct, frozen=True):
    """The parts of a `Sealed` that its place in the store does not tell."""

    key: UUID
    commit: bytes
    box: bytes


class StoredState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands in the column `state`."""

    id: UUID
    at: datetime
    actor: Actor
    corr: UUID
    data: Raw
    cause: UUID | None = None
    trace: str | None = None
    sealed: SealedBox | None = None


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(StoredState).decode


def encode_state(record: EventRecord, sealed: Sealed | None) -> bytes:
    """The stored form of `record` with `sealed` as its content.

    Raises TypeError for an event that holds its content in clear and comes without `sealed`.
    """
    event = record.event
    box = None
    if sealed is not None:
        box = SealedBox(sealed.key_id, sealed.commitment, sealed.ciphertext)
    if isinstance(event, PersonalEvent) and event.content is not UNSET:
        if sealed is None:
            raise TypeError(f"The content of {record.topic} must be sealed before it is stored.")
        event = msgspec.structs.replace(event, content=UNSET)
    return _encode(
        StoredState(
            id=record.event_id,
            at=record.occurred_at,
            actor=record.actor,
            corr=record.correlation_id,
            data=Raw(_encode(event)),
            cause=record.causation_id,
            trace=record.traceparent,
            sealed=box,
        )
    )


def decode_record(
    stream_id: UUID,
    stream_version: int,
    topic: str,
    state: bytes,
    position: int | None,
    tenant_id: UUID,
    tenant_seq: int | None,
    recorded_at: datetime | None,
) -> EventRecord:
    """The event as it was recorded, with its content still sealed and its facts of today's form.

    Raises UnknownEventTopic, StoredStateUnreadable.
    """
    try:
        stored = _decode(state)
        event = _decode_facts(topic, stored.data)
    except (msgspec.MsgspecError, ValueError, LookupError) as error:
        raise StoredStateUnreadable(
            f"The event {stream_id} version {stream_version} ({topic}) cannot be read: {error}."
        ) from error
    if stored.sealed is not None:
        sealed = Sealed(
            stream_id=stream_id,
            stream_version=stream_version,
            topic=topic,
            event_id=stored.id,
            key_id=stored.sealed.key,
            commitment=stored.sealed.commit,
            ciphertext=stored.sealed.box,
        )
        # The event was made a moment ago and nobody else has seen it yet.
        msgspec.structs.force_setattr(event, "content", sealed)
    return EventRecord(
        event_id=EventId(stored.id),
        tenant_id=TenantId(tenant_id),
        stream_id=StreamId(stream_id),
        stream_version=stream_version,
        event=event,
        actor=stored.actor,
        correlation_id=stored.corr,
        occurred_at=stored.at,
        causation_id=None if stored.cause is None else EventId(stored.cause),
        traceparent=stored.trace,
        position=position,
        tenant_seq=tenant_seq,
        recorded_at=recorded_at,
    )


def _decode_facts(topic: str, data: Raw) -> Event:
    event_type = EVENT_TYPES.get(topic)
    if event_type is not None and topic not in UPCASTERS:
        return _facts_decoder(event_type).decode(data)
    if topic not in UPCASTERS:
        raise UnknownEventTopic(topic)
    facts: dict[str, Any] = msgspec.json.decode(data)
    while topic in UPCASTERS:
        topic, upcast = UPCASTERS[topic]
        facts = upcast(facts)
    event_type = EVENT_TYPES.get(topic)
    if event_type is None:
        raise UnknownEventTopic(topic)
    return msgspec.convert(facts, event_type)


@cache
def _facts_decoder(event_type: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(event_type)


def encode_content(content: Any) -> bytes:
    """Personal content as it is sealed."""
    return _encode(content)


def decode_content(topic: str, plaintext: bytes) -> Any:
    """Opened content in the type that the event with this stored name declares.

    Raises UnknownEventTopic, StoredStateUnreadable.
    """
    current = topic
    while current in UPCASTERS:
        current, _ = UPCASTERS[current]
    event_type = EVENT_TYPES.get(current)
    if event_type is None or not issubclass(event_type, PersonalEvent):
        raise UnknownEventTopic(topic)
    try:
        return _content_decoder(event_type).decode(plaintext)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoredStateUnreadable(f"The content of {topic} cannot be read.") from error


@cache
def _content_decoder(event_type: type[PersonalEvent]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(event_type.CONTENT)
