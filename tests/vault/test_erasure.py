"""Destroying the keys of a person erases what they sealed, everywhere and for ever."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from domain.event import Erased
from infrastructure.postgres.connections import HubConnection, HubPool, tenant_session
from infrastructure.vault.erasure_ear import hearing_erasures
from infrastructure.vault.keyring import DataKey
from infrastructure.vault.postgres_vault import PostgresVault
from tests.database import HubDatabase
from tests.store.test_event_writer import eventually
from tests.vault.test_sealing import PLAINTEXT, new_tenant, place


def test_everything_of_the_person_reads_as_erased_and_nothing_of_others(
    vault: PostgresVault,
) -> None:
    tenant_id, person, other = new_tenant(), uuid4(), uuid4()
    sealed = [vault.seal(tenant_id, person, place(), PLAINTEXT) for _ in range(3)]
    of_other = vault.seal(tenant_id, other, place(), b"kept")
    vault.open_many(tenant_id, [*sealed, of_other])
    destroyed = vault.erase_subject(tenant_id, person)
    assert destroyed == (sealed[0].key_id,)
    opened = vault.open_many(tenant_id, [*sealed, of_other])
    assert opened == [Erased(), Erased(), Erased(), b"kept"]


def test_erasing_twice_or_erasing_nobody_destroys_nothing(vault: PostgresVault) -> None:
    tenant_id, person = new_tenant(), uuid4()
    assert vault.erase_subject(tenant_id, person) == ()
    vault.seal(tenant_id, person, place(), PLAINTEXT)
    assert len(vault.erase_subject(tenant_id, person)) == 1
    assert vault.erase_subject(tenant_id, person) == ()


def test_a_process_that_is_told_forgets_at_once(
    vault: PostgresVault, other_process: PostgresVault
) -> None:
    tenant_id, person = new_tenant(), uuid4()
    sealed = vault.seal(tenant_id, person, place(), PLAINTEXT)
    assert other_process.open(tenant_id, sealed) == PLAINTEXT
    vault.erase_subject(tenant_id, person)
    other_process.forget(tenant_id, person)
    assert other_process.open(tenant_id, sealed) == Erased()


def test_a_key_that_was_read_just_before_its_erasure_is_not_remembered(
    vault: PostgresVault, other_process: PostgresVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id, person = new_tenant(), uuid4()
    sealed = vault.seal(tenant_id, person, place(), PLAINTEXT)
    keyring = other_process._keyring
    opened = keyring._opened

    def erase_meanwhile(*arguments: Any) -> list[DataKey]:
        vault.erase_subject(tenant_id, person)
        other_process.forget(tenant_id, person)
        return opened(*arguments)

    monkeypatch.setattr(keyring, "_opened", erase_meanwhile)
    assert other_process.open(tenant_id, sealed) == PLAINTEXT
    assert other_process.open(tenant_id, sealed) == Erased()


def test_a_process_that_listens_hears_of_erasures_elsewhere(
    database: HubDatabase, vault: PostgresVault, other_process: PostgresVault
) -> None:
    tenant_id, person, other = new_tenant(), uuid4(), uuid4()
    with hearing_erasures(database.serve_url, other_process._keyring) as listener:
        assert listener.wait_until_listening(10)
        sealed = [vault.seal(tenant_id, one, place(), PLAINTEXT) for one in (person, other)]
        assert other_process.open_many(tenant_id, sealed) == [PLAINTEXT, PLAINTEXT]
        vault.erase_subject(tenant_id, person)
        eventually(lambda: other_process.open(tenant_id, sealed[0]) == Erased())
        assert other_process.open(tenant_id, sealed[1]) == PLAINTEXT
        # What it seals for the person from now on is sealed with a key that exists.
        again = other_process.seal(tenant_id, person, place(), b"new")
        assert vault.open(tenant_id, again) == b"new"


def test_a_person_who_comes_back_gets_a_new_key_and_the_old_content_stays_erased(
    vault: PostgresVault,
) -> None:
    tenant_id, person = new_tenant(), uuid4()
    before = vault.seal(tenant_id, person, place(), PLAINTEXT)
    vault.erase_subject(tenant_id, person)
    after = vault.seal(tenant_id, person, place(), b"new")
    assert after.key_id != before.key_id
    assert vault.open_many(tenant_id, [before, after]) == [Erased(), b"new"]


def test_what_was_destroyed_is_listed_so_that_a_restored_backup_can_forget_it_again(
    vault: PostgresVault, serve_pool: HubPool
) -> None:
    tenant_id, person = new_tenant(), uuid4()
    sealed = vault.seal(tenant_id, person, place(), PLAINTEXT)
    vault.erase_subject(tenant_id, person)
    with tenant_session(serve_pool, tenant_id) as connection:
        rows = connection.execute("SELECT key_id, subject_id FROM hub.destroyed_key").fetchall()
    assert rows == [(sealed.key_id, person)]


def test_nobody_destroys_keys_of_another_firm(vault: PostgresVault, serve_pool: HubPool) -> None:
    tenant_id, person = new_tenant(), uuid4()
    sealed = vault.seal(tenant_id, person, place(), PLAINTEXT)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        tenant_session(serve_pool, new_tenant()) as connection,
    ):
        connection.execute("SELECT hub.destroy_data_keys(%s, %s)", (tenant_id, person))
    assert vault.open(tenant_id, sealed) == PLAINTEXT


def test_no_process_changes_or_deletes_keys_by_itself(
    admin: HubConnection, vault: PostgresVault
) -> None:
    vault.seal(new_tenant(), uuid4(), place(), PLAINTEXT)
    for role in ("serve", "follow", "work"):
        admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"hub_{role}")))
        for table in ("data_key", "tenant_key", "destroyed_key"):
            for change in ("DELETE FROM hub.{}", "UPDATE hub.{} SET key_id = key_id"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    admin.execute(sql.SQL(change).format(sql.Identifier(table)))


def test_no_key_stands_in_the_database_in_clear(admin: HubConnection, vault: PostgresVault) -> None:
    tenant_id, person = new_tenant(), uuid4()
    vault.seal(tenant_id, person, place(), PLAINTEXT)
    keys = vault._keyring
    secrets = list(keys.tenant_keys(tenant_id).by_id.values())
    secrets += [key.secret for key in keys.of_subjects(tenant_id, [person]).values()]
    wrapped_keys = (
        "SELECT wrapped FROM hub.tenant_key WHERE tenant_id = %(firm)s "
        "UNION ALL SELECT wrapped FROM hub.data_key WHERE tenant_id = %(firm)s"
    )
    stored = [row[0] for row in admin.execute(wrapped_keys, {"firm": tenant_id}).fetchall()]
    assert len(secrets) == len(stored) == 3
    assert not any(secret in wrapped for secret in secrets for wrapped in stored)
