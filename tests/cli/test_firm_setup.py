"""Setting firms up: what is refused leaves nothing behind, and a number has one firm."""

from collections.abc import Iterator

import pytest

from domain.errors import AlreadyExists, HubError, InvalidInput
from domain.identity import MemberId, SenderNumberId, TenantId
from domain.member import RemoveMember
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import OPERATOR_SCOPES, Role
from infrastructure.firm_setup import FirmSetup, SenderSecrets
from infrastructure.postgres.connections import DatabaseRole
from infrastructure.unique_ids import new_id
from infrastructure.wiring import Store, open_store
from tests.database import HubDatabase

SECRETS = SenderSecrets(app_secret="4f3c2b1a", verify_token="kata kami", access_token="EAAG-1")


@pytest.fixture
def store(database: HubDatabase) -> Iterator[Store]:
    with open_store(database.settings, database.admin_url, DatabaseRole.SERVE) as opened:
        yield opened


@pytest.fixture
def setup(store: Store) -> FirmSetup:
    return FirmSetup(store, "tests")


def added(setup: FirmSetup, tenant_id: TenantId, secrets: SenderSecrets) -> SenderNumberId:
    return setup.add_sender_number(
        tenant_id,
        waba_id="100",
        phone_number_id="200",
        display_phone="+62 21 5550 1234",
        secrets=secrets,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"app_secret": ""},
        {"app_secret": "4f3c2b1a\n"},
        {"verify_token": "  "},
        {"access_token": ""},
        {"access_token": " EAAG-1"},
    ],
)
def test_what_cannot_be_a_secret_is_refused_and_not_kept(
    setup: FirmSetup, store: Store, wrong: dict[str, str]
) -> None:
    tenant_id = setup.create_tenant("Kantor Hukum Melati")
    with pytest.raises(InvalidInput) as refused:
        added(setup, tenant_id, SECRETS._replace(**wrong))
    assert refused.value.field == tuple(wrong)
    assert store.secrets.of_holder("default") == []


def test_a_number_of_another_firm_is_refused_and_its_secrets_are_not_kept(
    setup: FirmSetup, store: Store
) -> None:
    first, second = (setup.create_tenant(name) for name in ("Melati", "Mawar"))
    added(setup, first, SECRETS)
    with pytest.raises(AlreadyExists):
        added(setup, second, SECRETS._replace(app_secret="another", verify_token="another"))
    assert {one.tenant_id for one in store.secrets.of_holder("default")} == {first}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"waba_id": "101"}, "waba_id"), ({"display_phone": "+62 21 5550 9999"}, "display_phone")],
)
def test_a_connected_number_that_is_described_in_another_way_is_refused(
    setup: FirmSetup, store: Store, changes: dict[str, str], field: str
) -> None:
    tenant_id = setup.create_tenant("Melati")
    added(setup, tenant_id, SECRETS)
    described = {
        "waba_id": "100",
        "phone_number_id": "200",
        "display_phone": "+62-21-55501234",
    }
    new = SECRETS._replace(app_secret="another")
    with pytest.raises(InvalidInput) as refused:
        setup.add_sender_number(tenant_id, **(described | changes), secrets=new)
    assert refused.value.field == (field,)
    assert "another" not in {one.secret for one in store.secrets.of_holder("default")}
    setup.add_sender_number(tenant_id, **described, secrets=new)
    assert "another" in {one.secret for one in store.secrets.of_holder("default")}


def test_a_member_who_left_gets_no_token(setup: FirmSetup, store: Store) -> None:
    tenant_id = setup.create_tenant("Melati")
    member_id = setup.add_member(tenant_id, name="Dewi", email="dewi@firm.example", role=Role.CS)
    store.hub.handle(
        RemoveMember(member_id=MemberId(member_id)),
        Provenance(
            tenant_id=tenant_id,
            actor=Actor(kind=ActorKind.OPERATOR, id="tests"),
            correlation_id=new_id(),
        ),
        OPERATOR_SCOPES,
    )
    with pytest.raises(HubError) as refused:
        setup.issue_token(tenant_id, member_id, ttl_days=30)
    assert refused.value.code == "MEMBER_ALREADY_REMOVED"
