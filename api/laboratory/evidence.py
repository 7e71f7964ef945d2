"""What the store says after a course: the events of outbound messages, gathered per message."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from domain.contact import OptedIn, OptedOut
from domain.delivery_state import DeliveryState
from domain.event import Event, EventRecord
from domain.outbound_message import OutboundAttemptStarted, OutboundRequested
from infrastructure.following.event_log import read_log
from projections.deliveries import DELIVERY_EVENTS, state_after

PAGE: Final = 1000

_READ: Final[tuple[type[Event], ...]] = (OutboundRequested, OptedOut, OptedIn, *DELIVERY_EVENTS)
_TOPICS: Final = frozenset(event.TOPIC for event in _READ)


@dataclass(slots=True)
class Attempt:
    """An attempt as the store has it."""

    callback_data: str
    body_digest: str
    position: int


@dataclass(slots=True)
class OutboundStory:
    """An outbound message as the store has it."""

    requested: OutboundRequested
    position: int
    tenant_seq: int
    recorded_at: datetime | None
    state: DeliveryState = DeliveryState.REQUESTED
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    """Everything that the judgement needs from the store."""

    messages: dict[UUID, OutboundStory] = field(default_factory=dict)
    opted_out: dict[UUID, list[tuple[int, bool]]] = field(default_factory=dict)
    """For each contact the positions from which on it had opted out, or in again."""

    def had_opted_out(self, contact_id: UUID, position: int) -> bool:
        """Whether the contact had opted out before this position of the log."""
        changes = [out for at, out in self.opted_out.get(contact_id, ()) if at < position]
        return bool(changes) and changes[-1]


def gather(connection: Connection[Any], tenant_id: UUID) -> Evidence:
    """Read the events of a firm (role follow)."""
    evidence = Evidence()
    for record in _records(connection):
        if record.tenant_id == tenant_id:
            _note(evidence, record)
    return evidence


def _records(connection: Connection[Any]) -> Iterator[EventRecord]:
    after = 0
    while True:
        page = read_log(connection, after=after, limit=PAGE, topics=_TOPICS)
        for event in page.events:
            yield event.record
        if page.position <= after:
            return
        after = page.position


def _note(evidence: Evidence, record: EventRecord) -> None:
    event, position = record.event, record.position or 0
    match event:
        case OutboundRequested():
            evidence.messages[event.outbound_message_id] = OutboundStory(
                requested=event,
                position=position,
                tenant_seq=record.tenant_seq or 0,
                recorded_at=record.recorded_at,
            )
            return
        case OptedOut() | OptedIn():
            changes = evidence.opted_out.setdefault(event.contact_id, [])
            changes.append((position, isinstance(event, OptedOut)))
            return
        case OutboundAttemptStarted():
            attempt = Attempt(event.callback_data, event.body_digest, position)
            evidence.messages[event.outbound_message_id].attempts.append(attempt)
    message: Any = event
    story = evidence.messages[message.outbound_message_id]
    story.state = state_after(story.state, event)
