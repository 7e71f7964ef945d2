"""Migrations bring any database to the state that the hub needs, once."""

import psycopg

from infrastructure.postgres.connections import assert_safe_role
from infrastructure.postgres.migrate import migrate
from tests.database import HubDatabase


def test_migrating_again_does_nothing(database: HubDatabase) -> None:
    assert migrate(database.admin_url, database.settings) == []


def test_every_role_of_a_process_is_safe(database: HubDatabase) -> None:
    for url in (database.serve_url, database.follow_url, database.work_url):
        with psycopg.connect(url) as connection:
            assert_safe_role(connection)
