"""Secrets are kept encrypted, found by their fingerprint, and shown to nobody else."""

from typing import NoReturn
from uuid import uuid4

import pytest

from domain.ports.vault import ContentTampered
from infrastructure.postgres.connections import HubConnection, HubPool
from infrastructure.vault.key_cache import KeyCache
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.secret_store import SecretKind, SecretStore
from tests.vault.test_sealing import new_tenant

SECRET = "a-secret-of-an-app"
APP = SecretKind.APP_SECRET
SHARED = "app-of-several-firms"


@pytest.fixture
def secrets(serve_pool: HubPool, keyring: Keyring) -> SecretStore:
    return SecretStore(serve_pool, keyring, b"k" * 32)


def test_a_secret_is_found_by_its_fingerprint_in_its_own_firm_only(secrets: SecretStore) -> None:
    tenant_id = new_tenant()
    fingerprint = secrets.put(tenant_id, APP, "default", SECRET)
    assert secrets.put(tenant_id, APP, "default", SECRET) == fingerprint
    assert secrets.get(tenant_id, APP, "default", fingerprint) == SECRET
    assert secrets.get(new_tenant(), APP, "default", fingerprint) is None
    assert secrets.get(tenant_id, SecretKind.ACCESS_TOKEN, "default", fingerprint) is None


def test_a_secret_that_was_read_is_known_for_a_while_and_a_missing_one_is_not(
    secrets: SecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant_id = new_tenant()
    fingerprint = secrets.fingerprint(APP, "default", SECRET)
    assert secrets.get(tenant_id, APP, "default", fingerprint) is None
    secrets.put(tenant_id, APP, "default", SECRET)
    assert secrets.get(tenant_id, APP, "default", fingerprint) == SECRET
    with monkeypatch.context() as away:
        away.setattr("infrastructure.vault.secret_store.tenant_session", _unreachable)
        assert secrets.get(tenant_id, APP, "default", fingerprint) == SECRET


def _unreachable(*_: object) -> NoReturn:
    raise AssertionError("The database was asked.")


def test_a_memory_of_keys_forgets_after_its_time_and_learns_again() -> None:
    clock = [0.0]
    memory = KeyCache[str, bytes](capacity=2, ttl_s=60, now=lambda: clock[0])
    memory.put({"key": b"old"})
    clock[0] = 61.0
    assert memory.one("key") is None
    memory.put({"key": b"new"})
    assert memory.one("key") == b"new"


def test_firms_that_share_an_app_share_the_fingerprint_of_its_secret(secrets: SecretStore) -> None:
    tenants = [new_tenant(), new_tenant()]
    fingerprints = {secrets.put(tenant_id, APP, SHARED, SECRET) for tenant_id in tenants}
    secrets.put(new_tenant(), APP, "another-app", SECRET)
    held = secrets.of_holder(SHARED)
    assert {one.fingerprint for one in held} == fingerprints
    assert [one.tenant_id for one in held] == tenants
    assert {one.secret for one in held} == {SECRET}
    assert SECRET not in repr(held)


def test_a_stored_secret_is_ciphertext_bound_to_its_place(
    secrets: SecretStore, admin: HubConnection
) -> None:
    tenant_id = new_tenant()
    fingerprint = secrets.put(tenant_id, APP, "default", SECRET)
    of_firm = "SELECT sealed FROM hub.secret_store WHERE tenant_id = %s"
    (sealed,) = admin.execute(of_firm, (tenant_id,)).fetchone() or (b"",)
    assert SECRET.encode() not in sealed
    assert SECRET not in fingerprint
    admin.execute(
        "UPDATE hub.secret_store SET holder = 'another-app' WHERE tenant_id = %s", (tenant_id,)
    )
    with pytest.raises(ContentTampered):
        secrets.get(tenant_id, APP, "another-app", fingerprint)


def test_an_unknown_app_has_no_secrets(secrets: SecretStore) -> None:
    assert secrets.of_holder(str(uuid4())) == []
