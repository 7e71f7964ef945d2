"""Aggregates and commands: small consistent things and the decisions about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import msgspec

from domain.event import Event
from domain.provenance import Actor
from domain.scopes import Scope


class Aggregate:
    """A small thing of the firm whose state is nothing but its events.

    Subclasses keep their state as plain attributes with defaults and change it only in `apply`, which must accept every
    event of the stream and refuse none: what happened, happened. Decisions stand in methods named by a verb; they check,
    raise a `HubError`, or call `record`.
    """

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

    @property
    def exists(self) -> bool:
        """Whether anything has happened in this stream."""
        return self.version > 0 or bool(self._pending)

    @property
    def pending(self) -> tuple[Event, ...]:
        """What was recorded since the aggregate was loaded."""
        return tuple(self._pending)

    def record(self, event: Event) -> None:
        """Let `event` have happened: change the state and keep it for the store."""
        self.apply(event)
        self._pending.append(event)

    def apply(self, event: Event) -> None:
        """Change the state by `event`; no checks."""
        raise NotImplementedError


class CommandContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision may know besides its aggregate: the time and the actor."""

    now: datetime
    actor: Actor


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to change one aggregate, written as a verb.

    `SCOPE` is the scope that the actor must hold, `AGGREGATE` the type it changes. `expected_version`, when given, is the
    version that the actor saw.
    """

    SCOPE: ClassVar[Scope]
    AGGREGATE: ClassVar[type[Aggregate]]

    expected_version: int | None = None

    @property
    def stream_id(self) -> UUID:
        """The stream of the aggregate that the command changes."""
        raise NotImplementedError

    def execute(self, aggregate: Any, context: CommandContext) -> None:
        """Decide on `aggregate`: record events or raise a `HubError`."""
        raise NotImplementedError
