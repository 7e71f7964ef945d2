"""The firm, its members and their tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import AlreadyExists, HumanRequired, InvalidInput, NotFound
from domain.event import Event
from domain.identity import MemberId
from domain.media_retention import SetMediaRetention
from domain.member import (
    AddMember,
    ChangeRole,
    IssueToken,
    Member,
    MemberAdded,
    MemberAlreadyRemoved,
    MemberDetails,
    MemberRemoved,
    MemberRoleChanged,
    RemoveMember,
    RevokeToken,
    TokenIssued,
    TokenRevoked,
)
from domain.scopes import ROLE_SCOPES, Role, Scope
from domain.tenant import (
    CreateTenant,
    MediaRetentionSet,
    ResumeTenant,
    SuspendTenant,
    Tenant,
    TenantCreated,
    TenantResumed,
    TenantSuspended,
)
from tests.domain.given import SYSTEM, TENANT, given
from tests.domain.memory_journal import START

CREATED = TenantCreated(tenant_id=TENANT, name="Kantor Hukum Melati")
SUSPENDED = TenantSuspended(tenant_id=TENANT, reason="unpaid")
RESUMED = TenantResumed(tenant_id=TENANT)

MEMBER = MemberId(UUID(int=1))
TOKEN = UUID(int=2)
DETAILS = MemberDetails(name="Rina", email="rina@melati.example")
ADDED = MemberAdded(member_id=MEMBER, role=Role.LAWYER, content=DETAILS)
REMOVED = MemberRemoved(member_id=MEMBER)


def create(**changes: Any) -> CreateTenant:
    facts: dict[str, Any] = {"tenant_id": TENANT, "name": " Kantor Hukum Melati "}
    return CreateTenant(**(facts | changes))


def test_a_firm_is_set_up_in_jakarta_time_and_indonesian() -> None:
    given(Tenant).when(create()).then(CREATED)
    tenant = Tenant.replay(TENANT, [CREATED])
    assert (tenant.name, tenant.time_zone, tenant.language) == (CREATED.name, "Asia/Jakarta", "id")


def test_a_firm_is_set_up_once() -> None:
    given(Tenant, CREATED).when(create()).then_refused(AlreadyExists)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, ("name",)),
        ({"name": "x" * 201}, ("name",)),
        ({"time_zone": "Jakarta time"}, ("time_zone",)),
        ({"language": "Indonesian"}, ("language",)),
    ],
)
def test_a_firm_has_a_name_a_time_zone_and_a_language(
    changes: dict[str, str], field: tuple[str, ...]
) -> None:
    given(Tenant).when(create(**changes)).then_refused(InvalidInput, field=field)


def test_a_firm_is_suspended_and_resumed_once() -> None:
    suspend = SuspendTenant(tenant_id=TENANT, reason="unpaid")
    resume = ResumeTenant(tenant_id=TENANT)
    given(Tenant, CREATED).when(suspend).then(SUSPENDED)
    given(Tenant, CREATED, SUSPENDED).when(suspend).then_nothing()
    given(Tenant, CREATED, SUSPENDED).when(resume).then(RESUMED)
    given(Tenant, CREATED, SUSPENDED, RESUMED).when(resume).then_nothing()
    for command in (suspend, resume):
        given(Tenant).when(command).then_refused(NotFound)
    assert not Tenant.replay(TENANT, [CREATED, SUSPENDED, RESUMED]).is_suspended


def keep_files(days: int | None, reason: str = "Kode etik") -> SetMediaRetention:
    return SetMediaRetention(tenant_id=TENANT, days=days, reason=reason)


def test_a_firm_decides_how_long_files_are_kept_and_takes_it_back() -> None:
    kept = MediaRetentionSet(tenant_id=TENANT, days=90, reason="Kode etik")
    back = MediaRetentionSet(tenant_id=TENANT, days=None, reason="Kode etik")
    given(Tenant, CREATED).when(keep_files(90)).then(kept)
    given(Tenant, CREATED, kept).when(keep_files(90)).then_nothing()
    given(Tenant, CREATED, kept).when(keep_files(None)).then(back)
    given(Tenant, CREATED, kept, back).when(keep_files(None)).then_nothing()
    given(Tenant).when(keep_files(90)).then_refused(NotFound)
    given(Tenant, CREATED).when(keep_files(90), by=SYSTEM).then_refused(HumanRequired)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_files_are_kept_for_a_day_to_ten_years(days: int) -> None:
    given(Tenant, CREATED).when(keep_files(days)).then_refused(InvalidInput, field=("days",))
    wordless = keep_files(30, " ")
    given(Tenant, CREATED).when(wordless).then_refused(InvalidInput, field=("reason",))


def add(**changes: Any) -> AddMember:
    facts: dict[str, Any] = {
        "member_id": MEMBER,
        "role": Role.LAWYER,
        "name": "Rina",
        "email": DETAILS.email,
    }
    return AddMember(**(facts | changes))


def test_a_person_joins_the_firm_once() -> None:
    given(Member).when(add()).then(ADDED)
    given(Member, ADDED).when(add()).then_refused(AlreadyExists)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, ("name",)),
        ({"email": "rina"}, ("email",)),
        ({"email": "rina @melati.example"}, ("email",)),
        ({"email": "x" * 250 + "@x.id"}, ("email",)),
    ],
)
def test_a_member_has_a_name_and_a_mail_address(
    changes: dict[str, str], field: tuple[str, ...]
) -> None:
    given(Member).when(add(**changes)).then_refused(InvalidInput, field=field)


def test_a_member_gets_another_role() -> None:
    command = ChangeRole(member_id=MEMBER, role=Role.OWNER)
    changed = MemberRoleChanged(member_id=MEMBER, role=Role.OWNER)
    given(Member, ADDED).when(command).then(changed)
    given(Member, ADDED, changed).when(command).then_nothing()


def token(**changes: Any) -> IssueToken:
    facts: dict[str, Any] = {
        "member_id": MEMBER,
        "token_id": TOKEN,
        "token_sha256": "a" * 64,
        "last_four": "wxyz",
        "expires_at": START + timedelta(days=90),
    }
    return IssueToken(**(facts | changes))


def issued() -> TokenIssued:
    (event,) = given(Member, ADDED).when(token()).then_kinds(TokenIssued)
    return event  # type: ignore[no-any-return]


def test_a_token_without_scopes_of_its_own_has_those_of_the_role() -> None:
    assert set(issued().scopes) == ROLE_SCOPES[Role.LAWYER]


def test_a_token_may_have_fewer_scopes_than_the_role() -> None:
    command = token(scopes=(Scope.CONVERSATIONS_READ,))
    (event,) = given(Member, ADDED).when(command).then_kinds(TokenIssued)
    assert event.scopes == (Scope.CONVERSATIONS_READ,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token_sha256": "A" * 64}, ("token_sha256",)),
        ({"last_four": "xyz"}, ("last_four",)),
        ({"expires_at": START}, ("expires_at",)),
        ({"expires_at": (START + timedelta(1)).replace(tzinfo=None)}, ("expires_at",)),
        ({"scopes": (Scope.TENANTS_MANAGE,)}, ("scopes",)),
    ],
)
def test_a_token_out_of_its_limits_is_refused(
    changes: dict[str, Any], field: tuple[str, ...]
) -> None:
    given(Member, ADDED).when(token(**changes)).then_refused(InvalidInput, field=field)


def test_a_token_is_issued_once_and_revoked_once() -> None:
    revoke = RevokeToken(member_id=MEMBER, token_id=TOKEN)
    revoked = TokenRevoked(member_id=MEMBER, token_id=TOKEN)
    given(Member, ADDED, issued()).when(token()).then_refused(AlreadyExists)
    given(Member, ADDED, issued()).when(revoke).then(revoked)
    given(Member, ADDED, issued(), revoked).when(revoke).then_refused(NotFound)


def test_with_the_member_its_tokens_go() -> None:
    past: tuple[Event, ...] = (ADDED, issued(), REMOVED)
    given(Member, ADDED, issued()).when(RemoveMember(member_id=MEMBER)).then(REMOVED)
    assert Member.replay(MEMBER, past).tokens == {}
    for command in (
        token(),
        RemoveMember(member_id=MEMBER),
        ChangeRole(member_id=MEMBER, role=Role.CS),
    ):
        given(Member, *past).when(command).then_refused(MemberAlreadyRemoved)
    given(Member, *past).when(RevokeToken(member_id=MEMBER, token_id=TOKEN)).then_refused(NotFound)


def test_an_unknown_member_is_not_found() -> None:
    given(Member).when(token()).then_refused(NotFound)
