"""Secrets of firms: app secrets, verify tokens, access tokens; named by their fingerprint."""

import hashlib
import hmac
from enum import StrEnum
from typing import Final

import msgspec

from domain.errors import StoreUnavailable
from domain.identity import TenantId
from domain.ports.vault import VaultUnavailable
from infrastructure.postgres.connections import HubPool, store_errors, tenant_session
from infrastructure.vault.key_wrapping import bind, unwrap, wrap
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import MasterKey

FINGERPRINT_BYTES: Final = 16


class SecretKind(StrEnum):
    """What a secret is for. Its holder is the Meta app, or the sender number for ACCESS_TOKEN."""

    APP_SECRET = "app_secret"  # noqa: S105 - the name of a kind
    VERIFY_TOKEN = "verify_token"  # noqa: S105 - the same
    ACCESS_TOKEN = "access_token"  # noqa: S105 - the same


class HeldSecret(msgspec.Struct, frozen=True):
    """A secret in clear, in the hands of the part that needs it. Never shown, never stored so."""

    tenant_id: TenantId
    kind: SecretKind
    fingerprint: str
    value: bytes

    def __repr__(self) -> str:
        return f"HeldSecret({self.tenant_id}, {self.kind}, {self.fingerprint})"


class SecretStore:
    """Keeps secrets in PostgreSQL under the wrapping key of their firm."""

    def __init__(self, pool: HubPool, keyring: Keyring, master_key: MasterKey) -> None:
        self._pool = pool
        self._keyring = keyring
        self._fingerprint_key = master_key.derive("secret-fingerprints")

    def fingerprint(self, value: bytes) -> str:
        """What names a secret without revealing it; the same in every firm that has the secret."""
        digest = hmac.digest(self._fingerprint_key, value, hashlib.sha256)
        return digest[:FINGERPRINT_BYTES].hex()

    def put(self, tenant_id: TenantId, kind: SecretKind, holder: str, value: bytes) -> str:
        """Keep a secret and return its fingerprint; keeping it twice is the same as once.

        Raises VaultUnavailable.
        """
        keys = self._keyring.tenant_keys(tenant_id)
        wrapped_by = keys.in_use["wrap"]
        fingerprint = self.fingerprint(value)
        bound_to = _bound_to(tenant_id, kind, fingerprint)
        sealed = wrap(keys.by_id[wrapped_by], value, bound_to)
        try:
            with tenant_session(self._pool, tenant_id) as connection:
                connection.execute(
                    "INSERT INTO hub.secret_store "
                    "(tenant_id, kind, holder, fingerprint, wrapped_by, sealed) "
                    "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (tenant_id, kind, holder, fingerprint, wrapped_by, sealed),
                )
        except StoreUnavailable as error:
            raise _unavailable(error) from error
        return fingerprint

    def get(self, tenant_id: TenantId, kind: SecretKind, fingerprint: str) -> bytes | None:
        """The secret with this fingerprint, or None. Raises VaultUnavailable, ContentTampered."""
        try:
            with tenant_session(self._pool, tenant_id) as connection:
                row = connection.execute(
                    "SELECT wrapped_by, sealed FROM hub.secret_store "
                    "WHERE tenant_id = %s AND kind = %s AND fingerprint = %s LIMIT 1",
                    (tenant_id, kind, fingerprint),
                ).fetchone()
        except StoreUnavailable as error:
            raise _unavailable(error) from error
        if row is None:
            return None
        keys = self._keyring.tenant_keys(tenant_id)
        return unwrap(keys.by_id[row[0]], row[1], _bound_to(tenant_id, kind, fingerprint))

    def held_by(self, holder: str) -> list[HeldSecret]:
        """The secrets of a Meta app in every firm that uses it, oldest first.

        For the gateway, which must verify a signature before it knows whose numbers the webhook is
        about. Raises VaultUnavailable, ContentTampered.
        """
        try:
            with store_errors(), self._pool.connection() as connection:
                rows = connection.execute(
                    "SELECT tenant_id, kind, fingerprint, wrapped_by, sealed "
                    "FROM hub.secrets_of_holder(%s)",
                    (holder,),
                ).fetchall()
        except StoreUnavailable as error:
            raise _unavailable(error) from error
        held = []
        for tenant_id, kind, fingerprint, wrapped_by, sealed in rows:
            keys = self._keyring.tenant_keys(tenant_id)
            bound_to = _bound_to(tenant_id, kind, fingerprint)
            value = unwrap(keys.by_id[wrapped_by], sealed, bound_to)
            held.append(HeldSecret(tenant_id, SecretKind(kind), fingerprint, value))
        return held

    def remove(self, tenant_id: TenantId, kind: SecretKind, holder: str, fingerprint: str) -> bool:
        """Forget a secret; whether it was there. Raises VaultUnavailable."""
        try:
            with tenant_session(self._pool, tenant_id) as connection:
                removed = connection.execute(
                    "DELETE FROM hub.secret_store WHERE tenant_id = %s AND kind = %s "
                    "AND holder = %s AND fingerprint = %s",
                    (tenant_id, kind, holder, fingerprint),
                ).rowcount
        except StoreUnavailable as error:
            raise _unavailable(error) from error
        return removed > 0


def _bound_to(tenant_id: TenantId, kind: str, fingerprint: str) -> bytes:
    return bind(b"secret", tenant_id.bytes, kind.encode(), fingerprint.encode())


def _unavailable(error: StoreUnavailable) -> VaultUnavailable:
    return VaultUnavailable(f"The secrets cannot be reached: {error.message}")
