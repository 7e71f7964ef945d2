"""The recorder passes the test kit that the event sourcing library ships for recorders."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresDatastore,
    PostgresTrackingRecorder,
)
from eventsourcing.utils import Environment

from infrastructure.postgres.event_recorder import HubProcessRecorder, HubRecorder
from infrastructure.postgres.library_factory import HubFactory
from tests.database import HubDatabase
from tests.store import kit
from tests.store.library import datastore, environment


class OnDatabase:
    """Gives a test of the kit a database of its own."""

    database: HubDatabase
    store: PostgresDatastore

    @pytest.fixture(autouse=True)
    def _with_database(self, database: HubDatabase) -> Iterator[None]:
        self.database = database
        with datastore(database.admin_url) as self.store:
            yield

    def make_recorder(self) -> HubRecorder:
        recorder = HubRecorder(self.store, tenant_id=uuid4())
        recorder.create_table()
        return recorder


class TestApplicationRecorder(OnDatabase, kit.ApplicationRecorderTestCase[HubRecorder]):
    def create_recorder(self) -> HubRecorder:
        return self.make_recorder()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()

    def close_db_connection(self, *args: object) -> None:
        """The kit asks for it; connections are closed with their datastore."""


class TestNotificationIds(OnDatabase, kit.NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self) -> ApplicationRecorder:
        return self.make_recorder()


class TestProcessRecorder(OnDatabase, kit.ProcessRecorderTestCase):
    def create_recorder(self) -> ProcessRecorder:
        recorder = HubProcessRecorder(self.store, tenant_id=uuid4())
        recorder.create_table()
        return recorder


class TestFactory(OnDatabase, kit.InfrastructureFactoryTestCase[HubFactory]):
    def setUp(self) -> None:
        self.env = Environment(name="Kit", env=environment(self.database, uuid4()))
        super().setUp()

    def expected_factory_class(self) -> type[HubFactory]:
        return HubFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return PostgresAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return HubRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        class OwnTrackingRecorder(PostgresTrackingRecorder):
            pass

        return OwnTrackingRecorder

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return HubProcessRecorder
