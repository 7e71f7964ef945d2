"""Times that members choose: with an offset as they are, without one in the firm's time zone."""

from datetime import UTC, datetime

from api.graphql.context import RequestContext
from domain.errors import InvalidInput
from domain.limits import require_send_at
from domain.sending_rules import zone_of
from domain.tenant import Tenant

SEND_AT_DESCRIPTION = (
    "When to send it, in ISO 8601; without an offset, such as 2026-12-01T09:00, it is the time of "
    "the firm. Null: as soon as the firm's quiet hours allow."
)


def chosen_time(context: RequestContext, text: str | None, *, is_new: bool) -> datetime | None:
    """Return the moment that a member chose; in a repeated command it may have passed.

    Waits for PostgreSQL; raises InvalidInput.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            "The time is not written in ISO 8601, such as 2026-12-01T09:00.",
            field=("input", "sendTime"),
        ) from None
    if moment.utcoffset() is None:
        tenant = firm_of(context)
        moment = moment.replace(tzinfo=zone_of(tenant.time_zone))
    if is_new:
        require_send_at(moment, context.services.clock.now(), ("input", "sendTime"))
    return moment.astimezone(UTC)


def firm_of(context: RequestContext) -> Tenant:
    """The firm of the member, with its rules. Waits for PostgreSQL."""
    records = context.services.journal.load(context.tenant_id, context.tenant_id)
    return Tenant.replay_records(context.tenant_id, records)
