"""How long a firm keeps files of intakes that went nowhere: a decision of a person."""

from typing import Final

from domain.aggregate import Command, CommandContext
from domain.errors import HumanRequired, InvalidInput
from domain.identity import TenantId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope
from domain.tenant import MediaRetentionSet, Tenant

RETENTION_DAYS_MAX: Final = 3650


class SetMediaRetention(Command, frozen=True, kw_only=True):
    """Set for how many days such files are kept; None lets the period of the hub count again.

    A legal hold is stronger than any period (UU 27/2022, Art. 44).
    """

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    days: int | None
    reason: str

    def execute(self, tenant: Tenant, context: CommandContext) -> None:
        """Raise HumanRequired, or InvalidInput; the same decision changes nothing."""
        tenant.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person decides how long files are kept.")
        if self.days is not None and not 1 <= self.days <= RETENTION_DAYS_MAX:
            raise InvalidInput(
                f"Files are kept for 1 to {RETENTION_DAYS_MAX} days, not {self.days}.",
                field=("days",),
            )
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if self.days != tenant.media_retention_days:
            tenant.record(
                MediaRetentionSet(tenant_id=self.tenant_id, days=self.days, reason=self.reason)
            )
