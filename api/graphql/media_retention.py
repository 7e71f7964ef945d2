"""How long the firm keeps files of intakes that went nowhere."""

import strawberry

from api.graphql.commands import Cause, CommandPayload, Given, Intention, carry_out, cause_of
from api.graphql.context import Info, RequestContext
from api.graphql.sending_times import firm_of
from domain.media_retention import SetMediaRetention
from domain.tenant import Tenant


@strawberry.type(description="How long files of intakes are kept that went nowhere.")
class MediaRetention:
    """The period in force."""

    days: int = strawberry.field(
        description="Days after the last sign of life of the intake; a legal hold is stronger."
    )
    is_own: bool = strawberry.field(
        description="Whether the firm decided it; otherwise it is the period of the hub."
    )
    version: int = strawberry.field(description="The version of the firm, for commands.")


@strawberry.input(description="Decide how long files of intakes are kept that went nowhere.")
class SetMediaRetentionInput:
    """What an owner decides."""

    days: int | None = strawberry.field(
        default=None, description="Days, 1 to 3650. Null: the period of the hub counts again."
    )
    reason: str = strawberry.field(description="Why; it is kept readable for ever.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the firm that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `setMediaRetention`.")
class SetMediaRetentionPayload(CommandPayload):
    """The period after the command."""

    media_retention: MediaRetention | None = strawberry.field(
        description="The period; null if nothing was done."
    )


async def media_retention(info: Info) -> MediaRetention:
    """Return the period of the member's firm."""
    context = info.context
    return _shown(context, await context.services.read_models.run(firm_of, context))


async def set_media_retention(
    info: Info, given: SetMediaRetentionInput
) -> SetMediaRetentionPayload:
    """Decide the period."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        tenant_id = context.tenant_id
        newest = cause_of(context.services.journal.load(tenant_id, tenant_id))
        command = SetMediaRetention(
            tenant_id=tenant_id,
            days=given.days,
            reason=given.reason,
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(newest.correlation_id))

    key = Given(
        name="setMediaRetention",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "days": given.days,
            "reason": given.reason,
            "expectedVersion": given.expected_version,
        },
    )
    done = await carry_out(info, key, intend, {("days",): "days", ("reason",): "reason"})
    aggregate = None if done.outcome is None else done.outcome.aggregate
    shown = _shown(info.context, aggregate) if isinstance(aggregate, Tenant) else None
    return SetMediaRetentionPayload(media_retention=shown, **done.common)


def _shown(context: RequestContext, tenant: Tenant) -> MediaRetention:
    own = tenant.media_retention_days
    return MediaRetention(
        days=own or context.services.media_retention_days,
        is_own=own is not None,
        version=tenant.version,
    )
