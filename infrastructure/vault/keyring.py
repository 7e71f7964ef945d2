"""The keys of firms and of data subjects: found, made when missing, remembered for minutes."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from domain.errors import StoreUnavailable
from domain.identity import TenantId
from domain.ports.vault import VaultUnavailable
from infrastructure.postgres.connections import HubConnection, HubPool, tenant_session
from infrastructure.random_bytes import random_bytes
from infrastructure.unique_ids import new_id
from infrastructure.vault.key_cache import KeyCache
from infrastructure.vault.key_wrapping import bind, unwrap, wrap
from infrastructure.vault.master_key import MasterKey

CACHE_TTL_S: Final = 300.0
CACHED_DATA_KEYS: Final = 20_000
CACHED_TENANTS: Final = 1_000
_KEY_BYTES: Final = 32
_RESTORE: Final = "Restore hub.tenant_key from the backup that belongs to the other tables."

TenantKeyPurpose = Literal["wrap", "digest"]
_PURPOSES: Final[tuple[TenantKeyPurpose, ...]] = ("wrap", "digest")


class DataKey(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The key of a data subject."""

    key_id: UUID
    subject_id: UUID
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey({self.key_id})"


class _DataKeyRow(NamedTuple):
    key_id: UUID
    subject_id: UUID
    wrapped_by: UUID
    wrapped: bytes
    is_newest: bool = True


class TenantKeys(msgspec.Struct, frozen=True):
    """The keys of a firm: all by id, and the one in use per purpose.

    New data keys are wrapped by the newest key. Digests are made with the first one for ever: they
    are the ids of streams.
    """

    by_id: dict[UUID, bytes]
    in_use: dict[TenantKeyPurpose, UUID]
    digest_keys: dict[str, bytes] = {}  # msgspec gives each instance a dictionary of its own
    """The keys of digests by what is digested, as far as they were asked for."""

    def digest_key(self, purpose: str) -> bytes:
        """The key of digests for one purpose; it follows from the first digest key of the firm."""
        key = self.digest_keys.get(purpose)
        if key is None:
            secret = self.by_id[self.in_use["digest"]]
            key = hmac.digest(secret, purpose.encode(), hashlib.sha256)
            self.digest_keys[purpose] = key
        return key

    def __repr__(self) -> str:
        return f"TenantKeys({sorted(map(str, self.by_id))})"


class Keyring:
    """Finds keys in PostgreSQL as the role of the process, one firm per session.

    Keys are made in a transaction of their own that is committed before anything is sealed with
    them: a caller whose own transaction fails afterwards leaves an unused key, never a sealed
    content without one.
    """

    def __init__(
        self, pool: HubPool, master_key: MasterKey, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._master_key = master_key
        self._wrapping_key = master_key.derive("wrap-tenant-keys")
        self._tenants: KeyCache[TenantId, TenantKeys] = KeyCache(
            capacity=CACHED_TENANTS, ttl_s=CACHE_TTL_S, now=now
        )
        self._by_id: KeyCache[tuple[TenantId, UUID], DataKey | None] = KeyCache(
            capacity=CACHED_DATA_KEYS, ttl_s=CACHE_TTL_S, now=now
        )
        self._by_subject: KeyCache[tuple[TenantId, UUID], DataKey] = KeyCache(
            capacity=CACHED_DATA_KEYS, ttl_s=CACHE_TTL_S, now=now
        )
        self._erasures = 0

    def tenant_keys(self, tenant_id: TenantId) -> TenantKeys:
        """The keys of a firm; made when the firm has none. Raises VaultUnavailable."""
        known = self._tenants.one(tenant_id)
        if known is not None:
            return known
        with self._session(tenant_id) as connection:
            keys = self._load_tenant(connection, tenant_id)
            if len(keys.in_use) < len(_PURPOSES):
                # In this order: whoever sees what was made with keys sees the keys afterwards.
                had_keys = _has_used_keys(connection, tenant_id)
                keys = self._load_tenant(connection, tenant_id)
                missing = [purpose for purpose in _PURPOSES if purpose not in keys.in_use]
                if missing and had_keys:
                    raise VaultUnavailable(f"Keys of the firm {tenant_id} are gone.", hint=_RESTORE)
                self._make_tenant_keys(connection, tenant_id, missing)
                keys = self._load_tenant(connection, tenant_id)
        self._tenants.put({tenant_id: keys})
        return keys

    def wrapping_key(self, tenant_id: TenantId, key_id: UUID) -> bytes:
        """A key of the firm by its id, also one that was made after this process last looked.

        Raises VaultUnavailable.
        """
        key = self.tenant_keys(tenant_id).by_id.get(key_id)
        if key is None:
            self._tenants.drop(lambda name, _: name == tenant_id)
            key = self.tenant_keys(tenant_id).by_id.get(key_id)
        if key is None:
            raise VaultUnavailable(
                f"The firm {tenant_id} has no key {key_id}.",
                hint=_RESTORE,
            )
        return key

    def of_subjects(self, tenant_id: TenantId, subject_ids: Iterable[UUID]) -> dict[UUID, DataKey]:
        """The newest data key of every subject; made where there is none."""
        wanted = {(tenant_id, subject_id) for subject_id in subject_ids}
        found = self._by_subject.get(wanted)
        missing = [subject_id for _, subject_id in wanted - found.keys()]
        if missing:
            erasures = self._erasures
            tenant = self.tenant_keys(tenant_id)
            with self._session(tenant_id) as connection:
                rows = _select_of_subjects(connection, tenant_id, missing)
                absent = set(missing) - {row.subject_id for row in rows}
                if absent:
                    self._make_data_keys(connection, tenant_id, tenant, sorted(absent))
                    rows += _select_of_subjects(connection, tenant_id, list(absent))
            opened = self._opened(tenant_id, rows)
            fresh = {(tenant_id, key.subject_id): key for key in opened}
            if erasures == self._erasures:
                self._by_subject.put(fresh)
                # Whoever seals for a person often opens what was sealed for it before.
                self._by_id.put({(tenant_id, key.key_id): key for key in opened})
            found |= fresh
        return {subject_id: key for (_, subject_id), key in found.items()}

    def by_ids(self, tenant_id: TenantId, key_ids: Iterable[UUID]) -> dict[UUID, DataKey | None]:
        """Data keys by their ids; None for a key that was destroyed."""
        wanted = {(tenant_id, key_id) for key_id in key_ids}
        found = self._by_id.get(wanted)
        missing = [key_id for _, key_id in wanted - found.keys()]
        if missing:
            erasures = self._erasures
            with self._session(tenant_id) as connection:
                rows = _select_by_ids(connection, tenant_id, missing)
            loaded = {key.key_id: key for key in self._opened(tenant_id, rows)}
            fresh = {(tenant_id, key_id): loaded.get(key_id) for key_id in missing}
            newest = [loaded[row.key_id] for row in rows if row.is_newest]
            # What was read before an erasure must not be remembered after it.
            if erasures == self._erasures:
                self._by_id.put(fresh)
                # Whoever opens what is a person's often seals for that person next.
                self._by_subject.put({(tenant_id, key.subject_id): key for key in newest})
            found |= fresh
        return {key_id: key for (_, key_id), key in found.items()}

    def destroy(self, tenant_id: TenantId, subject_id: UUID) -> tuple[UUID, ...]:
        """Destroy all data keys of a subject for ever; returns their ids."""
        with self._session(tenant_id) as connection:
            rows = connection.execute(
                "SELECT hub.destroy_data_keys(%s, %s)", (tenant_id, subject_id)
            ).fetchall()
        self.forget(tenant_id, subject_id)
        return tuple(row[0] for row in rows)

    def forget(self, tenant_id: TenantId, subject_id: UUID) -> None:
        """Drop the keys of a subject from memory."""
        self._erasures += 1
        self._by_subject.drop(lambda name, _: name == (tenant_id, subject_id))
        self._by_id.drop(lambda _, key: key is not None and key.subject_id == subject_id)

    def forget_all(self) -> None:
        """Drop the keys of all subjects from memory."""
        self._erasures += 1
        self._by_subject.clear()
        self._by_id.clear()

    @contextmanager
    def _session(self, tenant_id: TenantId) -> Iterator[HubConnection]:
        try:
            with tenant_session(self._pool, tenant_id) as connection:
                yield connection
        except StoreUnavailable as error:
            raise VaultUnavailable(f"The keys cannot be reached: {error.message}") from error

    def _load_tenant(self, connection: HubConnection, tenant_id: TenantId) -> TenantKeys:
        rows = connection.execute(
            "SELECT purpose, key_id, wrapped_by, wrapped FROM hub.tenant_key "
            "WHERE tenant_id = %s ORDER BY version",
            (tenant_id,),
        ).fetchall()
        keys = TenantKeys({}, {})
        for purpose, key_id, wrapped_by, wrapped in rows:
            if wrapped_by != self._master_key.fingerprint:
                raise VaultUnavailable(
                    f"A key of the firm {tenant_id} was wrapped by the master key {wrapped_by}, "
                    f"this process has {self._master_key.fingerprint}.",
                    hint="Start the hub with the master key that the data was written with.",
                )
            bound_to = bind(b"tenant-key", tenant_id.bytes, purpose.encode(), key_id.bytes)
            keys.by_id[key_id] = unwrap(self._wrapping_key, wrapped, bound_to)
            if purpose == "wrap" or purpose not in keys.in_use:
                keys.in_use[purpose] = key_id
        return keys

    def _make_tenant_keys(
        self,
        connection: HubConnection,
        tenant_id: TenantId,
        purposes: list[TenantKeyPurpose],
        version: int = 1,
    ) -> None:
        for purpose in purposes:
            key_id = new_id()
            bound_to = bind(b"tenant-key", tenant_id.bytes, purpose.encode(), key_id.bytes)
            connection.execute(
                "INSERT INTO hub.tenant_key "
                "(tenant_id, purpose, version, key_id, wrapped_by, wrapped) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (
                    tenant_id,
                    purpose,
                    version,
                    key_id,
                    self._master_key.fingerprint,
                    wrap(self._wrapping_key, random_bytes(_KEY_BYTES), bound_to),
                ),
            )

    def _make_data_keys(
        self,
        connection: HubConnection,
        tenant_id: TenantId,
        tenant: TenantKeys,
        subject_ids: list[UUID],
    ) -> None:
        wrapping_id = tenant.in_use["wrap"]
        key_ids = [new_id() for _ in subject_ids]
        wrapped = [
            wrap(
                tenant.by_id[wrapping_id],
                random_bytes(_KEY_BYTES),
                bind(b"data-key", tenant_id.bytes, subject_id.bytes, key_id.bytes),
            )
            for subject_id, key_id in zip(subject_ids, key_ids, strict=True)
        ]
        # Whoever makes the key of a subject at the same moment: one of them is kept and found.
        connection.execute(
            "INSERT INTO hub.data_key (key_id, tenant_id, subject_id, version, wrapped_by, wrapped)"
            " SELECT made.key_id, %s, made.subject_id, 1, %s, made.wrapped"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[])"
            " AS made (key_id, subject_id, wrapped) ORDER BY made.subject_id"
            " ON CONFLICT (tenant_id, subject_id, version) DO NOTHING",
            (tenant_id, wrapping_id, key_ids, subject_ids, wrapped),
        )

    def _opened(self, tenant_id: TenantId, rows: Iterable[_DataKeyRow]) -> list[DataKey]:
        wrapping_keys: dict[UUID, bytes] = {}
        opened = []
        for row in rows:
            wrapping_key = wrapping_keys.get(row.wrapped_by)
            if wrapping_key is None:
                wrapping_key = self.wrapping_key(tenant_id, row.wrapped_by)
                wrapping_keys[row.wrapped_by] = wrapping_key
            bound_to = bind(b"data-key", tenant_id.bytes, row.subject_id.bytes, row.key_id.bytes)
            secret = unwrap(wrapping_key, row.wrapped, bound_to)
            opened.append(DataKey(row.key_id, row.subject_id, secret))
        return opened


def _has_used_keys(connection: HubConnection, tenant_id: TenantId) -> bool:
    """Whether anything was ever made with keys of the firm.

    Such a firm must get its keys back: with others, messages that are known would look new.
    """
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM hub.data_key WHERE tenant_id = %(firm)s) "
        "OR EXISTS (SELECT FROM hub.destroyed_key WHERE tenant_id = %(firm)s) "
        "OR EXISTS (SELECT FROM hub.secret_store WHERE tenant_id = %(firm)s)",
        {"firm": tenant_id},
    ).fetchone()
    return row is not None and bool(row[0])


def _select_of_subjects(
    connection: HubConnection, tenant_id: TenantId, subject_ids: list[UUID]
) -> list[_DataKeyRow]:
    cursor = connection.execute(
        "SELECT DISTINCT ON (subject_id) key_id, subject_id, wrapped_by, wrapped "
        "FROM hub.data_key WHERE tenant_id = %s AND subject_id = ANY(%s) "
        "ORDER BY subject_id, version DESC",
        (tenant_id, subject_ids),
    )
    return [_DataKeyRow(*row) for row in cursor]


def _select_by_ids(
    connection: HubConnection, tenant_id: TenantId, key_ids: list[UUID]
) -> list[_DataKeyRow]:
    # `IS TRUE`: the firm is a filter, never the way to find a key (decision 0027).
    cursor = connection.execute(
        "SELECT key_id, subject_id, wrapped_by, wrapped, NOT EXISTS ("
        "SELECT FROM hub.data_key AS later WHERE later.tenant_id = known.tenant_id "
        "AND later.subject_id = known.subject_id AND later.version > known.version) "
        "FROM hub.data_key AS known WHERE (tenant_id = %s) IS TRUE AND key_id = ANY(%s)",
        (tenant_id, key_ids),
    )
    return [_DataKeyRow(*row) for row in cursor]
