"""Events: what happened, in the past tense, for ever.

An event class carries domain facts only. Personal content stands in one field named `content`,
declared by a `PersonalEvent`; the store seals it with a key of the person it is about. Stored names
(`TOPIC`) are stable and versioned and never Python paths.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.identity import EventId, StreamId, TenantId
from domain.provenance import Actor


class Sealed(msgspec.Struct, frozen=True, kw_only=True, tag="sealed"):
    """Personal content as ciphertext, with everything needed to open it again except the key.

    AES-256-GCM under a key derived for this event from the data key `key_id` of the person. The
    associated data binds tenant, stream, version, name, event id, key id and `commitment`, so a
    ciphertext moved anywhere else does not open.
    """

    stream_id: UUID
    stream_version: int
    topic: str
    event_id: UUID
    key_id: UUID
    commitment: bytes
    ciphertext: bytes


class Erased(msgspec.Struct, frozen=True, tag="erased"):
    """Personal content whose key was destroyed. It reads as this, never as an error."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events.

    Subclasses set `TOPIC` (stored name) and list their facts as fields.
    """

    TOPIC: ClassVar[str] = ""
    CONTRACT: ClassVar[str | None] = None
    """The name in the standard event contract (design, section 6), where the event has one."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("TOPIC"):
            _register(cls)


class PersonalEvent(Event, frozen=True, kw_only=True):
    """An event with personal content about one person, the data subject.

    Subclasses set `CONTENT`, the type of the opened content, redeclare `content` with that type,
    and name in `SUBJECT` the field that holds the id of the data subject (a contact or a member).
    """

    CONTENT: ClassVar[Any] = None
    SUBJECT: ClassVar[str] = "contact_id"

    content: Any = UNSET

    @property
    def subject_id(self) -> UUID:
        """The person whose data key seals the content."""
        subject: UUID = getattr(self, self.SUBJECT)
        return subject


EVENT_TYPES: dict[str, type[Event]] = {}
"""Every event class by its stored name."""


def _register(event_type: type[Event]) -> None:
    topic = event_type.TOPIC
    known = EVENT_TYPES.get(topic)
    if known is not None and known.__qualname__ != event_type.__qualname__:
        raise TypeError(
            f"The stored name {topic!r} is taken by {known.__qualname__}; choose another one."
        )
    EVENT_TYPES[topic] = event_type


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[str, tuple[str, Upcaster]] = {}
"""Old stored name -> (next stored name, function that turns the old facts into the next ones)."""


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event in its envelope: where it stands, who caused it, when.

    `occurred_at` is Meta's time for what Meta reported and the clock of the command otherwise.
    `position` (global), `tenant_seq` (dense per firm, the position of every public cursor) and
    `recorded_at` are given by the store.
    """

    event_id: EventId
    tenant_id: TenantId
    stream_id: StreamId
    stream_version: int
    event: Event
    actor: Actor
    correlation_id: UUID
    occurred_at: datetime
    causation_id: EventId | None = None
    traceparent: str | None = None
    position: int | None = None
    tenant_seq: int | None = None
    recorded_at: datetime | None = None

    @property
    def topic(self) -> str:
        """The stored name of the event."""
        return type(self.event).TOPIC

    @property
    def originator_id(self) -> UUID:
        """The stream, under the name that the event sourcing library uses."""
        return self.stream_id

    @property
    def originator_version(self) -> int:
        """The version in the stream, under the name that the event sourcing library uses."""
        return self.stream_version


SomeEvent = TypeVar("SomeEvent", bound=Event)


def fact_of(record: EventRecord, event_type: type[SomeEvent]) -> SomeEvent:
    """Return the event of the record as one of this type. Raises TypeError for another one."""
    if not isinstance(record.event, event_type):
        raise TypeError(f"Expected {event_type.TOPIC}, not {record.topic}.")
    return record.event


__all__ = [
    "EVENT_TYPES",
    "UNSET",
    "UPCASTERS",
    "Erased",
    "Event",
    "EventRecord",
    "Mapping",
    "PersonalEvent",
    "Sealed",
    "UnsetType",
    "Upcaster",
    "fact_of",
]
