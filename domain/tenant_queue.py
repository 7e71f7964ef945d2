"""Whether a firm's messages have a queue, and workers, of their own."""

from domain.aggregate import Command, CommandContext
from domain.identity import TenantId
from domain.scopes import Scope
from domain.tenant import Tenant, TenantQueueChosen


class ChooseTenantQueue(Command, frozen=True, kw_only=True):
    """Serve a firm's messages by workers of its own, or again by the shared ones."""

    SCOPE = Scope.TENANTS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    is_own: bool

    def execute(self, tenant: Tenant, _context: CommandContext) -> None:
        """Record it; a firm that is served so already stays as it is."""
        tenant.must_exist()
        if tenant.has_own_queue != self.is_own:
            tenant.record(TenantQueueChosen(tenant_id=self.tenant_id, is_own=self.is_own))
