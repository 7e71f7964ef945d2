"""A webhook body is durable before it is answered, encrypted, and read back in order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from domain.errors import StoreUnavailable
from domain.ports.vault import ContentTampered
from infrastructure.postgres.connections import HubConnection
from infrastructure.postgres.inbox_reader import (
    CHANNEL,
    drop_inbox_days,
    prepare_inbox_days,
    read_inbox,
)
from infrastructure.postgres.inbox_writer import InboxWriter
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import MasterKey
from tests.database import HubDatabase

BODY = b'{"from": "6281299998888"}'


@pytest.fixture
def cipher(master_key: MasterKey) -> InboxCipher:
    return InboxCipher(master_key)


@pytest.fixture
async def inbox(database: HubDatabase, cipher: InboxCipher) -> AsyncIterator[InboxWriter]:
    writer = InboxWriter(database.serve_url, cipher)
    yield writer
    await writer.close()


async def test_bodies_come_back_in_the_order_in_which_they_were_stored(
    inbox: InboxWriter, follower: HubConnection, cipher: InboxCipher
) -> None:
    bodies = [f'{{"number": {number}}}'.encode() for number in range(300)]
    ids = await asyncio.gather(
        *[inbox.store(app="default", app_fingerprint="abc", body=body) for body in bodies]
    )
    assert sorted(set(ids)) == ids
    items = read_inbox(follower, cipher, after=0, limit=1000)
    assert [(item.id, item.body) for item in items] == list(zip(ids, bodies, strict=True))
    rest = read_inbox(follower, cipher, after=ids[9], limit=5)
    assert [item.id for item in rest] == ids[10:15]


async def test_what_the_gateway_found_out_stands_beside_the_body(
    inbox: InboxWriter, follower: HubConnection, cipher: InboxCipher
) -> None:
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    await inbox.store(app="own-app", app_fingerprint="f1", body=BODY, traceparent=traceparent)
    await inbox.store(app="default", app_fingerprint="f2", body=b"\x00\xff", traceparent="")
    first, second = read_inbox(follower, cipher, after=0, limit=10)
    assert (first.app, first.app_fingerprint, first.traceparent) == ("own-app", "f1", traceparent)
    assert (second.body, second.traceparent) == (b"\x00\xff", None)
    assert abs(first.received_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert "6281299998888" not in repr(first)


async def test_a_stored_body_is_ciphertext_bound_to_its_app(
    inbox: InboxWriter, follower: HubConnection, admin: HubConnection, cipher: InboxCipher
) -> None:
    await inbox.store(app="default", app_fingerprint="f", body=BODY)
    (sealed,) = follower.execute("SELECT sealed_body FROM hub.webhook_inbox").fetchone() or (b"",)
    assert BODY not in sealed
    admin.execute("UPDATE hub.webhook_inbox SET app = 'other'")
    with pytest.raises(ContentTampered):
        read_inbox(follower, cipher, after=0, limit=10)


async def test_a_follower_is_told_of_new_bodies(inbox: InboxWriter, database: HubDatabase) -> None:
    async with await psycopg.AsyncConnection.connect(database.follow_url, autocommit=True) as ear:
        await ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        await inbox.store(app="default", app_fingerprint="f", body=BODY)
        heard = [notice.channel async for notice in ear.notifies(timeout=10, stop_after=1)]
    assert heard == [CHANNEL]


async def test_the_gateway_can_store_bodies_and_neither_read_nor_change_them(
    inbox: InboxWriter, database: HubDatabase
) -> None:
    await inbox.store(app="default", app_fingerprint="f", body=BODY)
    with psycopg.connect(database.serve_url, autocommit=True) as gateway:
        for statement in (
            "SELECT * FROM hub.webhook_inbox",
            "DELETE FROM hub.webhook_inbox",
            "INSERT INTO hub.webhook_inbox VALUES (1, now(), 'a', 'f', '', NULL)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                gateway.execute(statement)


async def test_a_lost_connection_is_taken_up_again(
    inbox: InboxWriter, admin: HubConnection
) -> None:
    for _ in range(3):
        await inbox.store(app="default", app_fingerprint="f", body=BODY)
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'hub-inbox-writer' AND datname = current_database()"
        )
    assert await inbox.store(app="default", app_fingerprint="f", body=BODY) > 0


async def test_a_server_process_that_no_longer_answers_is_left_for_another_one(
    database: HubDatabase, admin: HubConnection, cipher: InboxCipher
) -> None:
    inbox = InboxWriter(database.serve_url, cipher, answer_timeout_s=0.5)
    await inbox.store(app="default", app_fingerprint="f", body=BODY)
    stopped = admin.execute(
        "SELECT pid FROM pg_stat_activity "
        "WHERE application_name = 'hub-inbox-writer' AND datname = current_database()"
    ).fetchone()
    assert stopped is not None
    os.kill(stopped[0], signal.SIGSTOP)
    try:
        assert await inbox.store(app="default", app_fingerprint="f", body=BODY) > 1
    finally:
        os.kill(stopped[0], signal.SIGCONT)
        await inbox.close()


async def test_a_full_queue_refuses_instead_of_growing(
    database: HubDatabase, cipher: InboxCipher
) -> None:
    inbox = InboxWriter(database.serve_url, cipher, queue_max=5)
    results = await asyncio.gather(
        *[inbox.store(app="default", app_fingerprint="f", body=BODY) for _ in range(8)],
        return_exceptions=True,
    )
    await inbox.close()
    assert [isinstance(result, StoreUnavailable) for result in results] == [False] * 5 + [True] * 3


async def test_without_a_server_the_gateway_is_told_soon(cipher: InboxCipher) -> None:
    inbox = InboxWriter("postgresql://nobody@/none?host=/nonexistent", cipher, retry_s=0.2)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await inbox.store(app="default", app_fingerprint="f", body=BODY)
    await inbox.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await inbox.store(app="default", app_fingerprint="f", body=BODY)


async def test_days_are_prepared_ahead_and_dropped_when_all_of_them_was_ingested(
    inbox: InboxWriter, follower: HubConnection, admin: HubConnection, cipher: InboxCipher
) -> None:
    assert prepare_inbox_days(follower, 9) != []
    assert prepare_inbox_days(follower, 9) == []
    follower.commit()
    inbox_id = await inbox.store(app="default", app_fingerprint="f", body=BODY)
    in_default = "SELECT count(*) FROM hub.webhook_inbox_default"
    assert admin.execute(in_default).fetchone() == (0,)

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    keep_from = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    assert drop_inbox_days(follower, keep_from=keep_from, ingested_id=inbox_id - 1) == []
    follower.commit()
    assert len(read_inbox(follower, cipher, after=0, limit=10)) == 1
    dropped = drop_inbox_days(follower, keep_from=keep_from, ingested_id=inbox_id)
    follower.commit()
    assert dropped == [f"webhook_inbox_{datetime.now(UTC):%Y%m%d}"]
    assert read_inbox(follower, cipher, after=0, limit=10) == []

    # Nobody prepared the day again: the default partition takes the body and gives it up later.
    inbox_id = await inbox.store(app="default", app_fingerprint="f", body=BODY)
    assert admin.execute(in_default).fetchone() == (1,)
    assert prepare_inbox_days(follower, 0) == []
    drop_inbox_days(follower, keep_from=keep_from, ingested_id=inbox_id)
    follower.commit()
    assert admin.execute(in_default).fetchone() == (0,)
