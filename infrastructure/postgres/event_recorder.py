"""The event store as a recorder of the event sourcing library.

The library's own recorder locks the whole table until each commit is flushed; this one goes through
the server function that every writer of the hub uses. The table keeps the library's layout, so the
library reads it as its own.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from importlib import resources
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresProcessRecorder,
)
from eventsourcing.utils import retry
from psycopg import Connection, sql

from domain.ports.journal import AppendOutcome
from infrastructure.postgres.append_call import AppendCall, EncodedEvent, EncodedRequest
from infrastructure.postgres.event_mapper import StoredHubEvent
from infrastructure.postgres.migrate import event_table_tokens, render
from infrastructure.postgres.roles import role_tokens
from infrastructure.unique_ids import new_event_id

recorder_tenant: Final[ContextVar[UUID | None]] = ContextVar("recorder_tenant", default=None)
"""The firm whose events a recorder stores that was made without one."""


class HubRecorder(PostgresApplicationRecorder):
    """Stores events of one firm through the server function of their table."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = "stored_events",
        tenant_id: UUID | None = None,
        role_prefix: str = "hub",
        **kwargs: Any,
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name, **kwargs)
        self._tenant_id = tenant_id
        self._role_prefix = role_prefix
        self._tokens = event_table_tokens(datastore.schema, events_table_name)
        self._call = AppendCall(
            sql.SQL("{}.{}").format(self._tokens["schema"], self._tokens["append_events"])
        )
        stock = PostgresApplicationRecorder(datastore, events_table_name=events_table_name)
        self.sql_create_statements = [
            statement
            for statement in self.sql_create_statements
            if statement not in stock.sql_create_statements
        ]

    def create_table(self) -> None:
        """Make the table as the migrations make the hub's own, unless it is there."""
        with self.datastore.transaction(commit=True) as cursor:
            name = f"{self.datastore.schema}.{self.events_table_name}"
            known = cursor.execute("SELECT to_regclass(%s) AS known", (name,)).fetchone()
            if known is None or known["known"] is None:
                folder = resources.files("infrastructure.postgres") / "migrations"
                text = (folder / "0002_events.sql").read_text("utf-8")
                cursor.execute(render(text, {**role_tokens(self._role_prefix), **self._tokens}))
        super().create_table()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events together or not at all; returns their positions.

        Raises IntegrityError when a stream is not at the version that the events continue.
        """
        events = tuple(_encoded(event) for event in stored_events)
        request = EncodedRequest(self._tenant(), events) if events else None
        positions: Sequence[int] | None = self._append(request, kwargs.get("tracking"))
        return positions

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def _append(
        self, request: EncodedRequest | None, tracking: Tracking | None
    ) -> Sequence[int] | None:
        with self.datastore.get_connection() as connection:
            if tracking is None:
                return self._call_server(connection, request)
            # In one transaction: the position of the upstream moves with the events or not at all.
            with connection.transaction():
                self._insert_events(connection.cursor(), (), tracking=tracking)
                positions = self._call_server(connection, request)
        return positions

    def _call_server(
        self, connection: Connection[Any], request: EncodedRequest | None
    ) -> Sequence[int] | None:
        if request is None:
            return None
        (outcome,) = self._call.append(connection, [request])
        if outcome.outcome is not AppendOutcome.STORED:
            raise IntegrityError("A stream is not at the version that the events continue.")
        return [place.position for place in outcome.places]

    def _tenant(self) -> UUID:
        tenant_id = self._tenant_id or recorder_tenant.get()
        if tenant_id is None:
            raise ProgrammingError(
                "A recorder of the hub stores events of one firm: give it a tenant_id, or set "
                "recorder_tenant."
            )
        return tenant_id


class HubProcessRecorder(HubRecorder, PostgresProcessRecorder):
    """The same with a position of an upstream application, stored in the same transaction."""


def _encoded(event: StoredEvent) -> EncodedEvent:
    if not isinstance(event.originator_id, UUID):
        raise ProgrammingError("Streams of the hub have UUIDs.")
    event_id = event.event_id if isinstance(event, StoredHubEvent) else new_event_id()
    return EncodedEvent(
        event.originator_id, event.originator_version, event.topic, event.state, event_id
    )
