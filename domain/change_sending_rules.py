"""Changing the firm's rules of sending: a decision of a person."""

from datetime import time
from typing import Final

from domain.aggregate import Command, CommandContext
from domain.errors import HumanRequired, InvalidInput
from domain.identity import TenantId
from domain.scopes import Scope
from domain.sending_rules import SendingRules
from domain.tenant import SendingRulesChanged, Tenant

APPROVAL_LIFE_HOURS_MAX: Final = 24 * 30
DOUBT_WAIT_MINUTES_MAX: Final = 24 * 60


class ChangeSendingRules(Command, frozen=True, kw_only=True):
    """Set quiet hours, the life of approvals, and what becomes of doubts."""

    SCOPE = Scope.SENDERS_MANAGE
    AGGREGATE = Tenant
    STREAM = "tenant_id"

    tenant_id: TenantId
    rules: SendingRules

    def execute(self, tenant: Tenant, context: CommandContext) -> None:
        """Raise HumanRequired, or InvalidInput for a value out of its limits."""
        tenant.must_exist()
        if not context.actor.is_human:
            raise HumanRequired("Only a person decides how the firm sends.")
        _check_quiet_hours(self.rules.quiet_from, self.rules.quiet_until)
        _check_range(self.rules.approval_life_hours, "approval_life_hours", APPROVAL_LIFE_HOURS_MAX)
        _check_range(self.rules.doubt_wait_minutes, "doubt_wait_minutes", DOUBT_WAIT_MINUTES_MAX)
        if self.rules != tenant.sending_rules:
            tenant.record(SendingRulesChanged(tenant_id=self.tenant_id, rules=self.rules))


def _check_quiet_hours(begin: time | None, end: time | None) -> None:
    if (begin is None) is not (end is None):
        raise InvalidInput(
            "Quiet hours need a beginning and an end.",
            field=("quiet_from" if begin is None else "quiet_until",),
        )
    if begin is not None and begin == end:
        raise InvalidInput("Quiet hours cannot last the whole day.", field=("quiet_until",))
    for moment in (begin, end):
        if moment is not None and moment.tzinfo is not None:
            raise InvalidInput(
                "Quiet hours are times of the firm's own time zone.", field=("quiet_from",)
            )


def _check_range(value: int, name: str, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInput(f"{name} must be 1 to {most}.", field=(name,))
