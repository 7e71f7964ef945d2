from datetime import timedelta

import msgspec
import pytest

from api.authentication import Authenticator, Principal, StoredToken
from api.errors import TokenExpired, TokenRefused
from domain.identity import MemberId, TenantId
from domain.scopes import ROLE_SCOPES, Role, Scope
from infrastructure.clock import SystemClock
from infrastructure.tokens import new_token
from infrastructure.unique_ids import new_id
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.waiting import until

VIEWER = "{ viewer { role } }"


def code_of(stack: Stack, token: str | None, headers: dict[str, str] | None = None) -> str:
    answer = stack.graphql(token, VIEWER, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    assert error["extensions"]["nextStep"]
    code: str = error["extensions"]["code"]
    return code


def test_a_request_without_a_token_is_told_so(stack: Stack) -> None:
    assert code_of(stack, None) == "TOKEN_MISSING"


@pytest.mark.parametrize(
    "value", ["Basic abc", "Bearer", "Bearer x", "Bearer lh_live_short_000000", "Bearer é"]
)
def test_what_is_not_a_token_is_refused_without_looking_it_up(stack: Stack, value: str) -> None:
    headers = {b"authorization": value.encode("latin-1")}
    answer = stack.client.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOKEN_MALFORMED"


def test_a_token_with_a_mistyped_character_is_refused_by_its_checksum(
    stack: Stack, firm: Firm
) -> None:
    token = firm.lawyer
    changed = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert code_of(stack, changed) == "TOKEN_MALFORMED"


def test_an_unknown_token_is_refused(stack: Stack) -> None:
    assert code_of(stack, new_token()) == "TOKEN_REFUSED"


def test_a_revoked_token_stops_at_once(stack: Stack, firm: Firm) -> None:
    member_id = firm.members[Role.CS]
    issued = firm.setup.issue_token(firm.tenant_id, member_id, ttl_days=1)
    stack.wait_until_seen(firm.tenant_id)
    assert stack.graphql(issued.token, VIEWER).status_code == 200
    firm.setup.revoke_token(firm.tenant_id, member_id, issued.token_id)
    until(lambda: stack.graphql(issued.token, VIEWER).status_code == 401, "refused", 2.0)
    assert code_of(stack, issued.token) == "TOKEN_REFUSED"


def test_a_token_holds_no_more_scopes_than_it_was_issued_for(stack: Stack, firm: Firm) -> None:
    scopes = (Scope.CONVERSATIONS_READ,)
    issued = firm.setup.issue_token(
        firm.tenant_id, firm.members[Role.OWNER], ttl_days=1, scopes=scopes
    )
    stack.wait_until_seen(firm.tenant_id)
    viewer = stack.data(issued.token, "{ viewer { role scopes } }")["viewer"]
    assert viewer == {"role": "OWNER", "scopes": ["conversations:read"]}


def stored(**changes: object) -> StoredToken:
    token = StoredToken(
        tenant_id=TenantId(new_id()),
        member_id=MemberId(new_id()),
        token_id=new_id(),
        role=Role.CS,
        scopes=ROLE_SCOPES[Role.LAWYER],
        expires_at=SystemClock().now() + timedelta(hours=1),
    )
    return msgspec.structs.replace(token, **changes)


async def principal_of(token: StoredToken | None) -> Principal:
    async def look_up(_sha256: str) -> StoredToken | None:
        return token

    return await Authenticator(look_up, SystemClock()).authenticate(new_token())


async def test_an_expired_token_is_told_apart_from_a_revoked_one() -> None:
    past = SystemClock().now() - timedelta(seconds=1)
    with pytest.raises(TokenExpired):
        await principal_of(stored(expires_at=past))
    with pytest.raises(TokenRefused):
        await principal_of(stored(revoked_at=past))
    with pytest.raises(TokenRefused):
        await principal_of(None)


async def test_a_token_never_holds_a_scope_that_the_role_lost() -> None:
    principal = await principal_of(stored())
    assert principal.scopes == ROLE_SCOPES[Role.LAWYER] & ROLE_SCOPES[Role.CS]
    assert not principal.may(Scope.DRAFTS_APPROVE)
