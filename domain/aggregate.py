"""Aggregates and commands: small consistent things and the decisions about them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import msgspec

from domain.errors import NotFound
from domain.event import Event, EventRecord
from domain.outbound_body import OutboundBody
from domain.provenance import Actor
from domain.scopes import Scope


class Aggregate:
    """A small thing of the firm whose state is nothing but its events.

    Subclasses keep their state as plain attributes with defaults and change it only in `apply`,
    which must accept every event of the stream and refuse none: what happened, happened. Decisions
    stand in methods named by a verb; they check, raise a `HubError`, or call `record`.
    """

    NOUN: ClassVar[str] = "thing"
    """What a person calls it; used in messages."""
    EVENTS: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, stream_id: UUID) -> None:
        self.id = stream_id
        self.version = 0
        self._pending: list[Event] = []

    @classmethod
    def replay(cls, stream_id: UUID, events: Sequence[Event]) -> Self:
        """Return the aggregate as its events have made it."""
        aggregate = cls(stream_id)
        for event in events:
            aggregate.apply(event)
            aggregate.version += 1
        return aggregate

    @classmethod
    def replay_records(cls, stream_id: UUID, records: Iterable[EventRecord]) -> Self:
        """Return the aggregate as its recorded events have made it, envelopes included.

        Under the id of another kind of thing nothing of this kind has happened.
        """
        aggregate = cls(stream_id)
        for record in records:
            if not aggregate.version and not isinstance(record.event, cls.EVENTS):
                break
            aggregate.apply(record.event)
            aggregate.note_envelope(record)
            aggregate.version = record.stream_version
        return aggregate

    @property
    def exists(self) -> bool:
        """Whether anything has happened in this stream."""
        return self.version > 0 or bool(self._pending)

    @property
    def pending(self) -> tuple[Event, ...]:
        """What was recorded since the aggregate was loaded."""
        return tuple(self._pending)

    def must_exist(self) -> None:
        """Raise NotFound when nothing has happened in this stream."""
        if not self.exists:
            raise NotFound(f"There is no {self.NOUN} with this id.")

    def record(self, event: Event) -> None:
        """Let `event` have happened: change the state and keep it for the store."""
        self.apply(event)
        self._pending.append(event)

    def note_stored(self, records: Sequence[EventRecord]) -> None:
        """Take over that the pending events were stored as `records`."""
        for record in records:
            self.note_envelope(record)
            self.version = record.stream_version
        self._pending.clear()

    def apply(self, event: Event) -> None:
        """Change the state by `event`; no checks."""
        raise NotImplementedError

    def note_envelope(self, record: EventRecord) -> None:
        """Take what only the envelope of a stored event knows (its id, actor, time), if needed."""


class CommandContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision may know besides its aggregate: the time, the actor, and how to digest.

    `digest_body` gives the keyed digest of a body, by which the approved words and the words that
    are sent are compared; the hub supplies it, so that no caller can claim another one.
    """

    now: datetime
    actor: Actor
    digest_body: Callable[[OutboundBody], str]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to change one aggregate, written as a verb.

    `SCOPE` is the scope that the actor must hold, `AGGREGATE` the type it changes, `STREAM` the
    field that holds the id of the aggregate. A command with `FIRST_ONLY` can only ever be the first
    of its stream: the stream is not read, and a second one meets the unique key of the store.
    `expected_version`, when given, is the version that the actor saw.
    """

    SCOPE: ClassVar[Scope]
    AGGREGATE: ClassVar[type[Aggregate]]
    STREAM: ClassVar[str]
    FIRST_ONLY: ClassVar[bool] = False

    expected_version: int | None = None

    @property
    def stream_id(self) -> UUID:
        """The stream of the aggregate that the command changes."""
        stream_id: UUID = getattr(self, self.STREAM)
        return stream_id

    def execute(self, aggregate: Any, context: CommandContext) -> None:
        """Decide on `aggregate`: record events or raise a `HubError`."""
        raise NotImplementedError
