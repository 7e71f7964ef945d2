"""Read models keep firms apart and hold no content in clear."""

import base64
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infrastructure.postgres.connections import assert_safe_role, connect, enter_tenant
from projections import PROJECTIONS
from projections.benchmarks.stories import Firm
from projections.rebuild import rebuild
from projections.sealed_column import sealed_column
from tests.database import HubDatabase
from tests.domain.samples import sample_of
from tests.event_store import FIRM, OTHER_FIRM, Store, count_rows, follow_once
from tests.ingest.gateway import Gateway, Number, add_numbers, notification, text_message

CANARIES = ("Rahasia-Keluarga", "6281234567890", "Budi-Kenari", "wamid.KENARI")


def forms(canary: str) -> Iterator[bytes]:
    """A canary as it would look in a dump: as text, in hexadecimal, in base64 at any offset."""
    raw = canary.encode()
    yield raw
    yield raw.hex().encode()
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + raw)[4:-4]


def dump(connection: Connection[Any]) -> bytes:
    """Everything in the schemas of the hub, as COPY gives it."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables "
        "WHERE schemaname IN ('hub', 'read_model', 'read_model_build')"
    ).fetchall()
    assert len(tables) > 20
    dumped = b""
    for schema, table in tables:
        statement = SQL("COPY (SELECT * FROM {}) TO STDOUT").format(Identifier(schema, table))
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            dumped += b"".join(bytes(data) for data in copy)
    return dumped


def test_nothing_personal_can_be_read_in_the_database(
    database: HubDatabase, gateway: Gateway, follow: Connection[Any], store: Store
) -> None:
    add_numbers(follow, store, [Number()])
    words, phone, name, wamid = CANARIES
    unknown = Number(phone_number_id="990540352242922")
    gateway.take(
        notification(text_message(wamid, words, phone=phone, name=name)),
        notification(text_message(wamid, words, phone=phone, name=name, number=unknown)),
    )
    follow_once(follow)
    assert count_rows(follow, "inbox") == count_rows(follow, "contact_card") == 1
    with psycopg.connect(database.admin_url) as admin:
        dumped = dump(admin)
    assert b"message.received.v1" in dumped
    for canary in CANARIES:
        for form in forms(canary):
            assert form not in dumped, canary


def test_opened_content_is_refused_by_read_models() -> None:
    from domain.inbound_message import MessageReceived

    with pytest.raises(TypeError, match="opened"):
        sealed_column(sample_of(MessageReceived))


@pytest.mark.parametrize("role", ["serve", "work"])
def test_readers_see_their_own_firm_only(
    role: str, database: HubDatabase, follow: Connection[Any], store: Store
) -> None:
    store(Firm(FIRM).consultation())
    store(Firm(OTHER_FIRM, seed=2).consultation())
    follow_once(follow)
    rebuild(
        next(one for one in PROJECTIONS if one.name == "timeline"),
        lambda name: connect(database.follow_url, name=name, autocommit=True),
    )
    url = database.serve_url if role == "serve" else database.work_url
    filled = [one.name for one in PROJECTIONS if count_rows(follow, one.name)]
    assert {"inbox", "timeline", "feed", "event_history", "outbox"} <= set(filled)
    with connect(url, name="tests-reader", autocommit=True) as reader:
        assert_safe_role(reader)
        for name in filled:
            rows = SQL("SELECT DISTINCT tenant_id FROM {}").format(Identifier("read_model", name))
            with reader.transaction():
                assert reader.execute(rows).fetchall() == []
            with reader.transaction():
                enter_tenant(reader, FIRM)
                assert reader.execute(rows).fetchall() == [(FIRM,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(SQL("DELETE FROM {}").format(Identifier("read_model", name)))


def test_builds_beside_the_live_tables_are_open_to_nobody_else(
    database: HubDatabase, follow: Connection[Any]
) -> None:
    projection = PROJECTIONS[0]
    projection.table.begin(follow, f"{projection.name}__v9")
    with connect(database.serve_url, name="tests-reader") as reader:
        assert_safe_role(reader)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT FROM read_model_build.inbox__v9")
