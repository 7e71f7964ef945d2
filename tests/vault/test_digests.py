"""Digests are the same for ever for the same fact, and mean nothing without the firm's key."""

from uuid import uuid4

import pytest

from domain.identity import TenantId
from domain.ports.vault import VaultUnavailable
from infrastructure.postgres.connections import HubConnection
from infrastructure.vault.keyring import TenantKeyPurpose
from infrastructure.vault.postgres_vault import PostgresVault
from tests.vault.test_sealing import PLAINTEXT, new_tenant, place

WAMID = b"wamid.HBgNNjI4MTI5OTk5ODg4OA"


def test_the_same_fact_has_the_same_digest_in_every_process(
    vault: PostgresVault, other_process: PostgresVault
) -> None:
    tenant_id = new_tenant()
    assert vault.digest(tenant_id, "wamid", WAMID) == other_process.digest(
        tenant_id, "wamid", WAMID
    )
    assert vault.digest_id(tenant_id, "message", WAMID) == other_process.digest_id(
        tenant_id, "message", WAMID
    )


def test_digests_differ_by_firm_purpose_and_data(vault: PostgresVault) -> None:
    first, second = new_tenant(), new_tenant()
    digests = {
        vault.digest(first, "wamid", WAMID),
        vault.digest(second, "wamid", WAMID),
        vault.digest(first, "body", WAMID),
        vault.digest(first, "wamid", WAMID + b"x"),
        vault.digest_id(first, "wamid", WAMID).hex,
    }
    assert len(digests) == 5


def test_a_digest_id_is_a_uuid_of_the_custom_version(vault: PostgresVault) -> None:
    made = vault.digest_id(new_tenant(), "message", WAMID)
    assert (made.version, made.variant) == (8, "specified in RFC 4122")


def make_key(vault: PostgresVault, tenant_id: TenantId, purpose: TenantKeyPurpose) -> None:
    """What a rotation does: a second key of the firm for a purpose."""
    with vault._keyring._session(tenant_id) as connection:
        vault._keyring._make_tenant_keys(connection, tenant_id, [purpose], version=2)


def test_a_new_digest_key_changes_no_digest(
    vault: PostgresVault, other_process: PostgresVault
) -> None:
    tenant_id = new_tenant()
    before = vault.digest(tenant_id, "wamid", WAMID)
    make_key(vault, tenant_id, "digest")
    assert other_process.digest(tenant_id, "wamid", WAMID) == before


def test_what_is_wrapped_by_a_newer_key_opens_in_a_process_that_knows_older_ones(
    vault: PostgresVault, other_process: PostgresVault, admin: HubConnection
) -> None:
    tenant_id, person = new_tenant(), uuid4()
    vault.digest(tenant_id, "any", b"")
    make_key(vault, tenant_id, "wrap")
    sealed = other_process.seal(tenant_id, person, place(), PLAINTEXT)
    row = admin.execute(
        "SELECT tenant_key.version FROM hub.tenant_key "
        "JOIN hub.data_key ON data_key.wrapped_by = tenant_key.key_id WHERE subject_id = %s",
        (person,),
    ).fetchone()
    assert row == (2,)
    assert vault.open(tenant_id, sealed) == PLAINTEXT


def test_lost_keys_of_a_firm_are_neither_replaced_nor_taken_for_an_erasure(
    vault: PostgresVault, other_process: PostgresVault, admin: HubConnection
) -> None:
    tenant_id = new_tenant()
    sealed = vault.seal(tenant_id, uuid4(), place(), PLAINTEXT)
    admin.execute("DELETE FROM hub.tenant_key WHERE tenant_id = %s", (tenant_id,))
    with pytest.raises(VaultUnavailable, match="are gone") as refusal:
        other_process.open(tenant_id, sealed)
    assert "backup" in refusal.value.next_step
    with pytest.raises(VaultUnavailable, match="are gone"):
        other_process.digest(tenant_id, "wamid", WAMID)


def test_one_lost_key_of_a_firm_is_named(
    vault: PostgresVault, other_process: PostgresVault, admin: HubConnection
) -> None:
    tenant_id = new_tenant()
    sealed = vault.seal(tenant_id, uuid4(), place(), PLAINTEXT)
    make_key(vault, tenant_id, "wrap")
    admin.execute(
        "DELETE FROM hub.tenant_key WHERE tenant_id = %s AND purpose = 'wrap' AND version = 1",
        (tenant_id,),
    )
    with pytest.raises(VaultUnavailable, match="has no key"):
        other_process.open(tenant_id, sealed)
