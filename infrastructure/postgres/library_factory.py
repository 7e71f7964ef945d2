"""The factory by which the event sourcing library makes the hub's recorders.

An application of the library finds it by its environment:
`PERSISTENCE_MODULE=infrastructure.postgres.library_factory`.
"""

from typing import Final
from uuid import UUID

from eventsourcing import postgres
from eventsourcing.persistence import ApplicationRecorder, ProcessRecorder
from eventsourcing.utils import Environment, EnvType

from infrastructure.postgres.connections import connection_options
from infrastructure.postgres.event_recorder import HubProcessRecorder, HubRecorder


class HubFactory(postgres.PostgresFactory):
    """Makes recorders of one firm.

    `HUB_TENANT` (a UUID) names the firm; the connections are sessions of it, so that row-level
    security shows them nothing else. `HUB_EVENTS_TABLE` names the table where the library's own
    naming (`<application>_events`) does not fit; the hub's is `events` in the schema `hub`.
    """

    HUB_TENANT: Final = "HUB_TENANT"
    HUB_EVENTS_TABLE: Final = "HUB_EVENTS_TABLE"
    HUB_DATABASE_ROLE_PREFIX: Final = "HUB_DATABASE_ROLE_PREFIX"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        tenant = self.env.get(self.HUB_TENANT)
        self._tenant_id = UUID(tenant) if tenant else None
        self._role_prefix = self.env.get(self.HUB_DATABASE_ROLE_PREFIX) or "hub"
        session = f" -c app.tenant={self._tenant_id}" if self._tenant_id else ""
        options = self.datastore.pool.kwargs
        if not isinstance(options, dict):
            raise TypeError("The library's pool no longer keeps its connection options in a dict.")
        options["options"] = connection_options() + session

    def application_recorder(self) -> ApplicationRecorder:
        """The recorder of an application."""
        recorder = HubRecorder(
            self.datastore,
            events_table_name=self._events_table(),
            tenant_id=self._tenant_id,
            role_prefix=self._role_prefix,
        )
        if self.env_create_table():
            recorder.create_table()
        return recorder

    def process_recorder(self) -> ProcessRecorder:
        """The recorder of an application that follows another one."""
        recorder = HubProcessRecorder(
            self.datastore,
            events_table_name=self._events_table(),
            tracking_table_name=(self.env.name.lower() or "notification") + "_tracking",
            tenant_id=self._tenant_id,
            role_prefix=self._role_prefix,
        )
        if self.env_create_table():
            recorder.create_table()
        return recorder

    def _events_table(self) -> str:
        named = self.env.get(self.HUB_EVENTS_TABLE)
        return named or (self.env.name.lower() or "stored") + "_events"
