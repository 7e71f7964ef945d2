"""The firm's decision whether contacts see that it reads and writes."""

from domain.aggregate import Command, CommandContext
from domain.identity import TenantId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope
from domain.tenant import ReceiptsSet, Tenant


class SetReceipts(Command, frozen=True, kw_only=True):
    """Decide what contacts see: that their messages were read, and that somebody writes."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    read_receipts: bool
    typing: bool
    reason: str

    def execute(self, tenant: Tenant, _context: CommandContext) -> None:
        """Raise InvalidInput for the reason; the same decision changes nothing."""
        tenant.must_exist()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if (tenant.shows_read_receipts, tenant.shows_typing) != (self.read_receipts, self.typing):
            tenant.record(
                ReceiptsSet(
                    tenant_id=self.tenant_id,
                    read_receipts=self.read_receipts,
                    typing=self.typing,
                    reason=self.reason,
                )
            )
