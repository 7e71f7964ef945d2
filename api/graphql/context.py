"""What resolvers have at hand: the principal and the services of the process. No connection."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Protocol, TypeAlias, TypeVar

import strawberry

from api.authentication import Principal
from api.errors import TokenMissing
from api.media.links import MediaLinks
from api.reading import Reading, ReadModels
from domain.hub import LawyersHub
from domain.identity import TenantId
from domain.message_price import NO_PRICES, PriceList
from domain.ports.clock import Clock
from domain.ports.journal import Journal
from domain.ports.vault import Vault
from domain.scopes import Scope
from infrastructure.sender_checks.senders import SenderChecks
from infrastructure.webhooks.endpoint_setup import WebhookSetup

Answer = TypeVar("Answer")


class Horizon(Protocol):
    """How far the read models are."""

    async def reached(self, tenant_id: TenantId, seq: int, timeout_s: float) -> bool:
        """Wait until all that people see includes the firm's position `seq`; False if too long."""
        ...


class ActivityFeed(Protocol):
    """The live stream of what happens in firms."""

    def subscribe(self, principal: Principal, after: int | None, interest: Any) -> Any:
        """Return the items of the principal's firm after a position (None: from now on).

        `interest` is what is wanted of an item.
        """
        ...


class Services:
    """What a process of the HTTP server is built from."""

    def __init__(
        self,
        *,
        hub: LawyersHub,
        prices: PriceList = NO_PRICES,
        journal: Journal,
        vault: Vault,
        clock: Clock,
        read_models: ReadModels,
        horizon: Horizon,
        feed: ActivityFeed,
        webhooks: WebhookSetup,
        media_links: MediaLinks,
        sender_checks: SenderChecks,
        media_retention_days: int = 30,
    ) -> None:
        self.hub = hub
        self.prices = prices
        self.journal = journal
        self.vault = vault
        self.clock = clock
        self.read_models = read_models
        self.horizon = horizon
        self.feed = feed
        self.webhooks = webhooks
        self.media_links = media_links
        self.sender_checks = sender_checks
        self.media_retention_days = media_retention_days


class RequestContext:
    """The context of one operation; lives as long as a socket where it is that of a socket."""

    def __init__(self, services: Services, principal: Principal | None) -> None:
        self.services = services
        self.principal = principal

    @property
    def member(self) -> Principal:
        """The principal. Raises TokenMissing where nobody has to be known."""
        if self.principal is None:
            raise TokenMissing("The request has no access token.")
        return self.principal

    def must_be_known(self) -> None:
        """Raise TokenMissing where nobody has to be known."""
        if self.principal is None:
            raise TokenMissing("The request has no access token.")

    @property
    def tenant_id(self) -> TenantId:
        """The firm of the principal."""
        return self.member.tenant_id

    def read(self, question: Callable[[Reading], Answer]) -> Awaitable[Answer]:
        """Ask the read models of the firm; content opens if the principal may see it."""
        return self.services.read_models.read(
            self.tenant_id, question, opens_content=self.member.may(Scope.CONTENT_READ)
        )

    async def one(self, kind: str, key: Hashable) -> Any:
        """Return one thing that no page has brought along, or None. For relations."""
        from api.graphql.assembly import load
        from api.graphql.wanted import NOTHING

        found = await self.read(lambda reading: load(reading, kind, [key], NOTHING))
        return found.get(key)


class RequestContextFactory:
    """Makes the context of each operation."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def context(self, principal: Principal | None) -> RequestContext:
        """Return the context of an operation of `principal`."""
        return RequestContext(self._services, principal)


Info: TypeAlias = strawberry.Info[RequestContext, None]
"""What resolvers are given."""
