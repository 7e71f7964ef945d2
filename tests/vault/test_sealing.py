"""What is sealed opens in its place, with its key, and nowhere else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.event import Erased, Sealed
from domain.identity import TenantId
from domain.ports.vault import ContentTampered, SealContext, SealRequest, VaultUnavailable
from infrastructure.postgres.connections import HubConnection, HubPool
from infrastructure.vault.keyring import Keyring
from infrastructure.vault.master_key import MasterKey
from infrastructure.vault.postgres_vault import PostgresVault
from tests.vault.conftest import Minutes

PLAINTEXT = b'{"name": "Siti"}'


def new_tenant() -> TenantId:
    return TenantId(uuid4())


def place(version: int = 1) -> SealContext:
    return SealContext(
        stream_id=uuid4(), stream_version=version, topic="contact.identified.v1", event_id=uuid4()
    )


@dataclass
class Case:
    tenant_id: TenantId
    subject_id: UUID
    sealed: Sealed


@pytest.fixture
def case(vault: PostgresVault) -> Case:
    tenant_id, subject_id = new_tenant(), uuid4()
    return Case(tenant_id, subject_id, vault.seal(tenant_id, subject_id, place(), PLAINTEXT))


def test_sealed_content_opens_in_every_process(
    vault: PostgresVault, other_process: PostgresVault, case: Case
) -> None:
    assert PLAINTEXT not in case.sealed.ciphertext
    assert vault.open(case.tenant_id, case.sealed) == PLAINTEXT
    assert other_process.open(case.tenant_id, case.sealed) == PLAINTEXT


def test_the_same_content_never_looks_the_same_twice(vault: PostgresVault, case: Case) -> None:
    context = place()
    first = vault.seal(case.tenant_id, case.subject_id, context, PLAINTEXT)
    second = vault.seal(case.tenant_id, case.subject_id, context, PLAINTEXT)
    assert first.ciphertext != second.ciphertext
    assert first.commitment == second.commitment


MOVED: tuple[dict[str, object], ...] = (
    {"stream_id": uuid4()},
    {"stream_version": 2},
    {"topic": "contact.details_changed.v1"},
    {"event_id": uuid4()},
    {"commitment": bytes(32)},
    {"ciphertext": b""},
    {"ciphertext": b"\x01"},
    {"ciphertext": b"\x02" + bytes(60)},
    {"ciphertext": b"\x01" + bytes(60)},
)


def test_content_moved_or_changed_does_not_open(vault: PostgresVault, case: Case) -> None:
    for moved in MOVED:
        with pytest.raises(ContentTampered, match=r"contact\."):
            vault.open(case.tenant_id, msgspec.structs.replace(case.sealed, **moved))


def test_every_single_flipped_bit_is_noticed(vault: PostgresVault, case: Case) -> None:
    ciphertext = case.sealed.ciphertext
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= 1 << (position % 8)
        with pytest.raises(ContentTampered):
            vault.open(
                case.tenant_id, msgspec.structs.replace(case.sealed, ciphertext=bytes(changed))
            )


def test_parts_of_two_contents_of_one_person_do_not_mix(vault: PostgresVault, case: Case) -> None:
    other = vault.seal(case.tenant_id, case.subject_id, place(), b"other")
    assert other.key_id == case.sealed.key_id
    for field in ("ciphertext", "commitment", "event_id", "stream_id"):
        mixed = msgspec.structs.replace(case.sealed, **{field: getattr(other, field)})
        with pytest.raises(ContentTampered):
            vault.open(case.tenant_id, mixed)


def test_another_firm_has_no_key_for_it(vault: PostgresVault, case: Case) -> None:
    assert vault.open(new_tenant(), case.sealed) == Erased()


def test_a_key_copied_into_another_firm_opens_nothing(
    vault: PostgresVault, admin: HubConnection, case: Case
) -> None:
    thief = new_tenant()
    vault.digest(thief, "any", b"")
    admin.execute(
        "UPDATE hub.data_key SET tenant_id = %s WHERE tenant_id = %s", (thief, case.tenant_id)
    )
    with pytest.raises((ContentTampered, VaultUnavailable)):
        vault.open(thief, case.sealed)


def test_a_key_swapped_between_two_people_of_a_firm_opens_nothing(
    vault: PostgresVault, other_process: PostgresVault, admin: HubConnection, case: Case
) -> None:
    other = vault.seal(case.tenant_id, uuid4(), place(), b"other")
    admin.execute(
        "UPDATE hub.data_key SET wrapped = (SELECT wrapped FROM hub.data_key WHERE key_id = %s) "
        "WHERE key_id = %s",
        (other.key_id, case.sealed.key_id),
    )
    with pytest.raises(ContentTampered):
        other_process.open(case.tenant_id, case.sealed)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=some.lists(some.tuples(some.integers(0, 4), some.binary(max_size=300)), max_size=8))
def test_many_are_sealed_and_opened_as_one(
    vault: PostgresVault, other_process: PostgresVault, contents: list[tuple[int, bytes]]
) -> None:
    tenant_id = new_tenant()
    subjects = [uuid4() for _ in range(5)]
    requests = [
        SealRequest(subject_id=subjects[subject], context=place(), plaintext=plaintext)
        for subject, plaintext in contents
    ]
    sealed = vault.seal_many(tenant_id, requests)
    assert len({one.key_id for one in sealed}) == len({subject for subject, _ in contents})
    assert other_process.open_many(tenant_id, sealed) == [plaintext for _, plaintext in contents]


def test_a_screen_of_rows_asks_for_keys_once(
    vault: PostgresVault, other_process: PostgresVault
) -> None:
    tenant_id = new_tenant()
    requests = [
        SealRequest(subject_id=uuid4(), context=place(), plaintext=PLAINTEXT) for _ in range(50)
    ]
    sealed = vault.seal_many(tenant_id, requests)
    other_process.digest(tenant_id, "any", b"")
    asked = _count_sessions(other_process)
    assert other_process.open_many(tenant_id, sealed) == [PLAINTEXT] * 50
    other_process.open_many(tenant_id, sealed)
    assert len(asked) == 1


def _count_sessions(vault: PostgresVault) -> list[TenantId]:
    asked: list[TenantId] = []
    keyring = vault._keyring
    session = keyring._session

    def counted(tenant_id: TenantId) -> object:
        asked.append(tenant_id)
        return session(tenant_id)

    keyring._session = counted  # type: ignore[method-assign, assignment]
    return asked


def test_people_who_are_new_at_the_same_moment_get_one_key_each(
    serve_pool: HubPool, master_key: MasterKey
) -> None:
    tenant_id, subject_id = new_tenant(), uuid4()
    vaults = [PostgresVault(Keyring(serve_pool, master_key)) for _ in range(6)]
    together = threading.Barrier(len(vaults))

    def seal(vault: PostgresVault) -> Sealed:
        together.wait(10)
        return vault.seal(tenant_id, subject_id, place(), PLAINTEXT)

    with ThreadPoolExecutor(len(vaults)) as threads:
        sealed = list(threads.map(seal, vaults))
    assert len({one.key_id for one in sealed}) == 1
    assert vaults[0].open_many(tenant_id, sealed) == [PLAINTEXT] * len(vaults)


def test_keys_are_remembered_for_five_minutes_at_most(
    vault: PostgresVault, admin: HubConnection, case: Case, minutes: Minutes
) -> None:
    vault.open(case.tenant_id, case.sealed)
    admin.execute("DELETE FROM hub.data_key WHERE tenant_id = %s", (case.tenant_id,))
    minutes.pass_by(4.9)
    assert vault.open(case.tenant_id, case.sealed) == PLAINTEXT
    minutes.pass_by(0.2)
    assert vault.open(case.tenant_id, case.sealed) == Erased()


def test_without_the_database_the_vault_says_so(
    vault: PostgresVault, serve_pool: HubPool, case: Case, minutes: Minutes
) -> None:
    serve_pool.close()
    minutes.pass_by(6)
    with pytest.raises(VaultUnavailable, match="cannot be reached"):
        vault.open(case.tenant_id, case.sealed)
    with pytest.raises(VaultUnavailable):
        vault.seal(case.tenant_id, uuid4(), place(), PLAINTEXT)


def test_with_another_master_key_the_vault_says_so(serve_pool: HubPool, case: Case) -> None:
    stranger = PostgresVault(Keyring(serve_pool, MasterKey(bytes(32))))
    with pytest.raises(VaultUnavailable, match="master key"):
        stranger.open(case.tenant_id, case.sealed)
