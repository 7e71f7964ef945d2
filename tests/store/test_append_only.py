"""What is stored is only ever added to, and firms are kept apart by the database itself."""

from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from domain.errors import StoreUnavailable
from infrastructure.postgres.connections import (
    HubConnection,
    HubPool,
    UnsafeDatabaseRole,
    assert_safe_role,
    connect,
    tenant_session,
)
from infrastructure.postgres.journal import WriterJournal
from tests.database import HubDatabase
from tests.store.builders import contact_identified, new_tenant, record, stream


@pytest.fixture
def database(shared_database: HubDatabase) -> HubDatabase:
    return shared_database


CHANGES = (
    "UPDATE hub.events SET topic = 'other.v1'",
    "DELETE FROM hub.events",
    "TRUNCATE hub.events",
)
INSERT = """
    INSERT INTO hub.events VALUES (gen_random_uuid(), 1, 't', '', 99, gen_random_uuid(), 99,
        gen_random_uuid(), now())
"""


def test_not_even_the_administrator_changes_an_event(
    admin: HubConnection, journal: WriterJournal
) -> None:
    journal.append(stream(new_tenant(), uuid4(), 1))
    for statement in CHANGES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
            admin.execute(statement)


def test_no_role_that_a_process_or_an_owner_has_writes_past_the_append_function(
    admin: HubConnection, journal: WriterJournal
) -> None:
    journal.append(stream(new_tenant(), uuid4(), 1))
    for role in ("owner", "shred", "serve", "follow", "work"):
        admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"hub_{role}")))
        for statement in (*CHANGES, INSERT):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(statement)


def test_the_role_that_inserts_changes_nothing_and_nobody_logs_in_as_it(
    admin: HubConnection, journal: WriterJournal
) -> None:
    journal.append(stream(new_tenant(), uuid4(), 1))
    can_log_in = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'hub_append'"
    assert admin.execute(can_log_in).fetchone() == (False,)
    admin.execute("SET ROLE hub_append")
    for statement in CHANGES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin.execute(statement)


TENANT_TABLES = ("events", "command_receipt", "tenant_key", "data_key", "destroyed_key")


def test_a_session_sees_the_rows_of_its_firm_only(
    admin: HubConnection, journal: WriterJournal
) -> None:
    ours, theirs = new_tenant(), new_tenant()
    for tenant_id in (ours, theirs):
        contact_id = uuid4()
        journal.append([record(tenant_id, contact_id, 1, contact_identified(contact_id))])
    for role in ("serve", "work"):
        admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"hub_{role}")))
        for table in TENANT_TABLES:
            count = sql.SQL("SELECT count(*) FROM hub.{} WHERE tenant_id = %s").format(
                sql.Identifier(table)
            )
            for session in ("", str(theirs)):
                admin.execute("SELECT set_config('app.tenant', %s, false)", (session,))
                assert admin.execute(count, (ours,)).fetchone() == (0,)


def test_without_a_firm_a_session_sees_nothing_even_after_one_had_a_firm(
    serve_pool: HubPool, journal: WriterJournal
) -> None:
    tenant_id = new_tenant()
    journal.append(stream(tenant_id, uuid4(), 1))
    with tenant_session(serve_pool, tenant_id) as connection:
        assert connection.execute("SELECT count(*) FROM hub.events").fetchone() == (1,)
    for _ in range(2):
        with serve_pool.connection() as connection:
            assert connection.execute("SELECT count(*) FROM hub.events").fetchone() == (0,)


def test_personal_content_stands_nowhere_in_clear(
    admin: HubConnection, journal: WriterJournal
) -> None:
    tenant_id, contact_id = new_tenant(), uuid4()
    journal.append([record(tenant_id, contact_id, 1, contact_identified(contact_id))])
    of_stream = "SELECT state FROM hub.events WHERE originator_id = %s"
    (state,) = admin.execute(of_stream, (contact_id,)).fetchone() or (b"",)
    assert b"ciphertext" in state or b"box" in state
    for canary in (b"81299998888", b"Canary"):
        assert canary not in state


def test_a_superuser_is_refused(admin: HubConnection) -> None:
    with pytest.raises(UnsafeDatabaseRole, match="superuser"):
        assert_safe_role(admin)


def test_a_role_that_bypasses_row_security_is_refused(
    admin: HubConnection, database: HubDatabase
) -> None:
    admin.execute("ALTER ROLE hub_work BYPASSRLS")
    try:
        with (
            connect(database.work_url, name="t") as worker,
            pytest.raises(UnsafeDatabaseRole, match="BYPASSRLS"),
        ):
            assert_safe_role(worker)
    finally:
        admin.execute("ALTER ROLE hub_work NOBYPASSRLS")


def test_a_table_without_forced_row_security_is_refused(
    admin: HubConnection, database: HubDatabase
) -> None:
    admin.execute("CREATE TABLE read_model.careless (tenant_id uuid)")
    try:
        with (
            connect(database.serve_url, name="t") as server,
            pytest.raises(UnsafeDatabaseRole, match=r"read_model\.careless"),
        ):
            assert_safe_role(server)
    finally:
        admin.execute("DROP TABLE read_model.careless")


def test_a_server_that_is_not_there_is_reported_as_unavailable(database: HubDatabase) -> None:
    with pytest.raises(StoreUnavailable):
        connect("postgresql://nobody@/none?host=/nonexistent", name="t")
