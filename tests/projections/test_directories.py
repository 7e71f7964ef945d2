"""The directories: numbers, members, tokens and published flows of every firm."""

from typing import Any

from domain.intake import IntakeFlow, IntakeFlowPublished
from domain.member import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    TokenIssued,
    TokenRevoked,
)
from domain.scopes import Role, Scope
from domain.sender_number import (
    SenderNumberAdded,
    SenderNumberCredentialsChanged,
    SenderNumberPaused,
    SenderNumberResumed,
)
from domain.tenant import TenantResumed, TenantSuspended
from projections.flow_directory import FlowDirectory, flow_of
from projections.member_directory import MemberDirectory
from projections.sender_directory import SenderDirectory, fingerprints_of
from projections.token_directory import TokenDirectory, scopes_of
from tests.domain.samples import sample_of
from tests.event_store import FIRM
from tests.projections.happened import Happened, fold, named, shows

NUMBER: dict[str, Any] = {"sender_number_id": named("number")}
MEMBER: dict[str, Any] = {"member_id": named("member")}


def test_a_number_shows_its_newest_secrets_by_fingerprint() -> None:
    happened = Happened()
    happened.sample(SenderNumberAdded, app_fingerprints=("one",), **NUMBER)
    happened.sample(SenderNumberCredentialsChanged, app_fingerprints=("one", "two"), **NUMBER)
    (row,) = fold(SenderDirectory(), happened.records)
    assert fingerprints_of(row) == ("one", "two")
    assert row.version == 2


def test_a_paused_number_says_why() -> None:
    happened = Happened()
    happened.sample(SenderNumberAdded, **NUMBER)
    happened.sample(SenderNumberPaused, reason="quality", **NUMBER)
    (row,) = fold(SenderDirectory(), happened.records)
    assert (row.paused, row.pause_reason) == (True, "quality")
    happened.sample(SenderNumberResumed, **NUMBER)
    (row,) = fold(SenderDirectory(), happened.records)
    assert (row.paused, row.pause_reason) == (False, None)


def test_a_suspension_of_the_firm_reaches_numbers_before_and_after_it() -> None:
    happened = Happened()
    happened.sample(SenderNumberAdded, **NUMBER)
    happened.sample(TenantSuspended, tenant_id=FIRM)
    happened.sample(SenderNumberAdded, sender_number_id=named("second"))
    rows = fold(SenderDirectory(), happened.records)
    assert [row.tenant_suspended for row in rows] == [True, True]
    happened.sample(TenantResumed, tenant_id=FIRM)
    rows = fold(SenderDirectory(), happened.records)
    assert [row.tenant_suspended for row in rows] == [False, False]


def test_a_member_is_known_by_role_until_it_leaves() -> None:
    happened = Happened()
    added = happened.sample(MemberAdded, role=Role.CS, **MEMBER)
    happened.sample(MemberRoleChanged, role=Role.LAWYER, **MEMBER)
    (row,) = fold(MemberDirectory(), happened.records)
    assert (row.role, row.removed_at) == ("lawyer", None)
    assert shows(row.details_sealed, added)
    removed = happened.sample(MemberRemoved, **MEMBER)
    (row,) = fold(MemberDirectory(), happened.records)
    assert row.removed_at == removed.occurred_at


def test_a_token_acts_with_the_role_that_its_member_has_now() -> None:
    happened = Happened()
    happened.sample(MemberAdded, role=Role.CS, **MEMBER)
    happened.sample(TokenIssued, token_sha256="digest", scopes=(Scope.AUDIT_READ,), **MEMBER)
    (row,) = fold(TokenDirectory(), happened.records)
    assert (row.token_sha256, row.role, row.revoked_at) == ("digest", "cs", None)
    assert scopes_of(row) == {Scope.AUDIT_READ}
    happened.sample(MemberRoleChanged, role=Role.OWNER, **MEMBER)
    (row,) = fold(TokenDirectory(), happened.records)
    assert row.role == "owner"


def test_a_token_stops_when_it_is_revoked_and_when_its_member_leaves() -> None:
    happened = Happened()
    happened.sample(MemberAdded, **MEMBER)
    for name in ("one", "two"):
        happened.sample(TokenIssued, token_sha256=name, token_id=named(name), **MEMBER)
    revoked = happened.sample(TokenRevoked, token_id=named("one"), **MEMBER)
    removed = happened.sample(MemberRemoved, **MEMBER)
    rows = {row.token_sha256: row for row in fold(TokenDirectory(), happened.records)}
    assert rows["one"].revoked_at == revoked.occurred_at
    assert rows["two"].revoked_at == removed.occurred_at


def test_every_published_version_of_the_flow_keeps_its_words() -> None:
    happened = Happened()
    flows = [sample_of(IntakeFlow, version=version) for version in (1, 2)]
    for flow in flows:
        happened.sample(IntakeFlowPublished, tenant_id=FIRM, flow=flow)
    rows = fold(FlowDirectory(), happened.records)
    assert [flow_of(row) for row in rows] == flows
