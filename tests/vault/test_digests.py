"""Digests are the same for ever for the same fact, and mean nothing without the firm's key."""

from uuid import uuid4

from infrastructure.postgres.connections import HubConnection
from infrastructure.vault.postgres_vault import PostgresVault
from tests.vault.test_sealing import new_tenant

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


def test_a_new_wrapping_or_digest_key_changes_no_digest(
    vault: PostgresVault, other_process: PostgresVault, admin: HubConnection
) -> None:
    tenant_id = new_tenant()
    before = vault.digest(tenant_id, "wamid", WAMID)
    keys = vault._keyring
    with keys._session(tenant_id) as connection:
        keys._make_tenant_keys(connection, tenant_id, ["digest"], version=2)
        keys._make_tenant_keys(connection, tenant_id, ["wrap"], version=2)
    assert other_process.digest(tenant_id, "wamid", WAMID) == before
    subject = uuid4()
    other_process._keyring.of_subjects(tenant_id, [subject])
    row = admin.execute(
        "SELECT version FROM hub.tenant_key WHERE key_id = "
        "(SELECT wrapped_by FROM hub.data_key WHERE subject_id = %s)",
        (subject,),
    ).fetchone()
    assert row == (2,)
