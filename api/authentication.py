"""Who asks: a bearer token becomes a principal. Only the token's SHA-256 ever reaches the store."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import msgspec

from api.errors import TokenExpired, TokenMalformed, TokenMissing, TokenRefused
from api.request_body import header
from domain.errors import Forbidden
from domain.identity import MemberId, TenantId
from domain.ports.clock import Clock
from domain.provenance import Actor, ActorKind
from domain.scopes import ROLE_SCOPES, Role, Scope
from infrastructure.tokens import is_well_formed, token_sha256
from projections.token_directory import TokenRow, scopes_of

TOKEN_CACHE_S_MAX: Final = 1.0
"""How long a looked-up token is believed; a revocation is effective within this time."""

_TOKENS_KEPT: Final = 1024


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a firm, as one of its tokens lets it act."""

    tenant_id: TenantId
    member_id: MemberId
    token_id: UUID
    role: Role
    scopes: frozenset[Scope]
    expires_at: datetime

    @property
    def actor(self) -> Actor:
        """The actor under which events of this principal are recorded."""
        kind = ActorKind.INTEGRATION if self.role is Role.INTEGRATION else ActorKind.MEMBER
        return Actor(kind=kind, id=str(self.member_id))

    def may(self, scope: Scope) -> bool:
        """Whether the principal holds `scope`."""
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the principal holds `scope`."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope}, which the token does not have.")


class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the store knows it."""

    tenant_id: TenantId
    member_id: MemberId
    token_id: UUID
    role: Role
    scopes: frozenset[Scope]
    expires_at: datetime
    revoked_at: datetime | None = None


TokenLookup = Callable[[str], Awaitable[StoredToken | None]]
"""Finds a token by the hexadecimal SHA-256 of it."""


class Authenticator:
    """Turns tokens into principals."""

    def __init__(self, look_up: TokenLookup, clock: Clock) -> None:
        self._look_up = look_up
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, StoredToken | None]] = OrderedDict()
        self._pending: dict[str, asyncio.Future[StoredToken | None]] = {}

    async def authenticate(self, token: str | None) -> Principal:
        """Return who the token stands for.

        Raises TokenMissing, TokenMalformed, TokenRefused (unknown or revoked), TokenExpired.
        """
        if token is None:
            raise TokenMissing("The request has no access token.")
        if not is_well_formed(token):
            raise TokenMalformed("The access token has not the form of one, or was mistyped.")
        stored = await self._stored(token_sha256(token))
        if stored is None or stored.revoked_at is not None:
            raise TokenRefused("The access token is not valid here.")
        if stored.expires_at <= self._clock.now():
            raise TokenExpired("The access token has expired.")
        return Principal(
            tenant_id=stored.tenant_id,
            member_id=stored.member_id,
            token_id=stored.token_id,
            role=stored.role,
            scopes=stored.scopes & ROLE_SCOPES[stored.role],
            expires_at=stored.expires_at,
        )

    async def _stored(self, sha256: str) -> StoredToken | None:
        known = self._known.get(sha256)
        if known is not None and monotonic() - known[0] < TOKEN_CACHE_S_MAX:
            return known[1]
        pending = self._pending.get(sha256)
        if pending is None:
            pending = asyncio.ensure_future(self._fetch(sha256))
            self._pending[sha256] = pending
            pending.add_done_callback(lambda done: self._forget_pending(sha256, done))
        return await asyncio.shield(pending)

    def _forget_pending(self, sha256: str, done: "asyncio.Future[StoredToken | None]") -> None:
        self._pending.pop(sha256, None)
        if not done.cancelled():
            done.exception()  # seen here, should nobody wait for it any more

    async def _fetch(self, sha256: str) -> StoredToken | None:
        asked_at = monotonic()
        stored = await self._look_up(sha256)
        self._known[sha256] = (asked_at, stored)
        self._known.move_to_end(sha256)
        while len(self._known) > _TOKENS_KEPT:
            self._known.popitem(last=False)
        return stored


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the token of the Authorization header; None without the header.

    Raises TokenMalformed for another scheme.
    """
    value = header(headers, b"authorization")
    return None if value is None else token_of_authorization(value)


def token_of_authorization(value: str) -> str:
    """Return the token of `Bearer <token>`. Raises TokenMalformed."""
    scheme, _, token = value.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMalformed("The Authorization header has not the form `Bearer <token>`.")
    return token.strip()


def stored_token(row: Any) -> StoredToken | None:
    """Return a row of the token directory, as JSON, as a token; None for no row."""
    if row is None:
        return None
    known = msgspec.convert(row, TokenRow, strict=False)
    return StoredToken(
        tenant_id=TenantId(known.tenant_id),
        member_id=MemberId(known.member_id),
        token_id=known.token_id,
        role=Role(known.role),
        scopes=scopes_of(known),
        expires_at=known.expires_at,
        revoked_at=known.revoked_at,
    )
