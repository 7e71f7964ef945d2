"""Secrets of a firm's numbers: kept encrypted under the firm's key, named by a fingerprint.

An event never holds a secret, only its fingerprint: a keyed digest, equal for equal secrets of the
same holder in every firm of a hub, so that an app secret that several firms share has one name.
"""

import hmac
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from domain.identity import TenantId
from infrastructure.postgres.connections import HubConnection, HubPool, tenant_session
from infrastructure.vault.key_cache import KeyCache
from infrastructure.vault.key_wrapping import bind, unwrap, wrap
from infrastructure.vault.keyring import Keyring

REMEMBERED_MAX: Final = 1_000
REMEMBERED_S: Final = 60.0

_FINGERPRINT_CHARACTERS: Final = 32


class SecretKind(StrEnum):
    """What a secret is for.

    The holder is the Meta app; for access tokens the sender number, for webhook secrets the
    endpoint.
    """

    APP_SECRET = "app_secret"  # noqa: S105 - a kind, not a secret
    VERIFY_TOKEN = "verify_token"  # noqa: S105 - a kind, not a secret
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind, not a secret
    WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - a kind, not a secret


class HeldSecret(NamedTuple):
    """A secret with the firm that keeps it. Its representation hides it."""

    tenant_id: TenantId
    kind: SecretKind
    fingerprint: str
    secret: str

    def __repr__(self) -> str:
        return f"HeldSecret({self.kind}, {self.fingerprint}, …)"


class SecretStore:
    """Keeps and finds secrets. All methods raise StoreUnavailable and VaultUnavailable."""

    def __init__(self, pool: HubPool, keyring: Keyring, fingerprint_key: bytes) -> None:
        self._pool = pool
        self._keyring = keyring
        self._fingerprint_key = fingerprint_key
        self._opened = KeyCache[tuple[TenantId, SecretKind, str, str], str](
            capacity=REMEMBERED_MAX, ttl_s=REMEMBERED_S
        )

    def put(self, tenant_id: TenantId, kind: SecretKind, holder: str, secret: str) -> str:
        """Keep a secret and return its fingerprint; keeping it again changes nothing."""
        fingerprint = self.fingerprint(kind, holder, secret)
        keys = self._keyring.tenant_keys(tenant_id)
        key_id = keys.in_use["wrap"]
        bound_to = _bound_to(tenant_id, kind, holder, fingerprint)
        sealed = wrap(keys.by_id[key_id], secret.encode(), bound_to)
        with tenant_session(self._pool, tenant_id) as connection:
            connection.execute(
                """
                INSERT INTO hub.secret_store
                    (tenant_id, kind, holder, fingerprint, wrapped_by, sealed)
                VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
                """,
                (tenant_id, kind.value, holder, fingerprint, key_id, sealed),
            )
        return fingerprint

    def get(
        self, tenant_id: TenantId, kind: SecretKind, holder: str, fingerprint: str
    ) -> str | None:
        """The secret with this fingerprint, or None if the firm keeps none.

        Remembered for a minute: a fingerprint never stands for another secret.
        """
        name = (tenant_id, kind, holder, fingerprint)
        known = self._opened.one(name)
        if known is not None:
            return known
        with tenant_session(self._pool, tenant_id) as connection:
            row = connection.execute(
                """
                SELECT wrapped_by, sealed FROM hub.secret_store
                WHERE tenant_id = %s AND kind = %s AND holder = %s AND fingerprint = %s
                """,
                (tenant_id, kind.value, holder, fingerprint),
            ).fetchone()
        if row is None:
            return None
        secret = self._open(tenant_id, kind, holder, fingerprint, row[0], bytes(row[1]))
        self._opened.put({name: secret})
        return secret

    def of_holder(self, holder: str) -> list[HeldSecret]:
        """All secrets of a Meta app, in every firm that uses it, oldest first (role serve)."""
        with self._pool.connection() as connection:
            rows = _rows_of_holder(connection, holder)
        return [
            HeldSecret(
                TenantId(tenant_id),
                SecretKind(kind),
                fingerprint,
                self._open(
                    TenantId(tenant_id),
                    SecretKind(kind),
                    holder,
                    fingerprint,
                    wrapped_by,
                    bytes(sealed),
                ),
            )
            for tenant_id, kind, fingerprint, wrapped_by, sealed in rows
        ]

    def fingerprint(self, kind: SecretKind, holder: str, secret: str) -> str:
        """The name of a secret: reveals nothing about it, and is the same for the same secret."""
        named = bind(kind.value.encode(), holder.encode(), secret.encode())
        return hmac.digest(self._fingerprint_key, named, "sha256").hex()[:_FINGERPRINT_CHARACTERS]

    def _open(
        self,
        tenant_id: TenantId,
        kind: SecretKind,
        holder: str,
        fingerprint: str,
        wrapped_by: UUID,
        sealed: bytes,
    ) -> str:
        key = self._keyring.wrapping_key(tenant_id, wrapped_by)
        return unwrap(key, sealed, _bound_to(tenant_id, kind, holder, fingerprint)).decode()


def _rows_of_holder(
    connection: HubConnection, holder: str
) -> list[tuple[UUID, str, str, UUID, bytes]]:
    return connection.execute("SELECT * FROM hub.secrets_of_holder(%s)", (holder,)).fetchall()


def _bound_to(tenant_id: TenantId, kind: SecretKind, holder: str, fingerprint: str) -> bytes:
    return bind(tenant_id.bytes, kind.value.encode(), holder.encode(), fingerprint.encode())
