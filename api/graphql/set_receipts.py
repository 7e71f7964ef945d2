"""Whether contacts of the firm see that their messages were read, and that somebody writes."""

import strawberry

from api.graphql.commands import Cause, CommandPayload, Given, Intention, carry_out, cause_of
from api.graphql.context import Info, RequestContext
from domain.tenant_receipts import SetReceipts


@strawberry.input(description="Decide what contacts see of the firm's reading and writing.")
class SetReceiptsInput:
    """What is shown from now on."""

    read_receipts: bool = strawberry.field(description="Whether they see that it was read.")
    typing: bool = strawberry.field(description="Whether they see that somebody writes.")
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


@strawberry.type(description="The answer to `setReceipts`.")
class SetReceiptsPayload(CommandPayload):
    """After the decision."""


async def set_receipts(info: Info, given: SetReceiptsInput) -> SetReceiptsPayload:
    """Decide what contacts see."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        tenant_id = context.tenant_id
        newest = cause_of(context.services.journal.load(tenant_id, tenant_id))
        command = SetReceipts(
            tenant_id=tenant_id,
            read_receipts=given.read_receipts,
            typing=given.typing,
            reason=given.reason,
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(newest.correlation_id))

    key = Given(
        name="setReceipts",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "readReceipts": given.read_receipts,
            "typing": given.typing,
            "reason": given.reason,
            "expectedVersion": given.expected_version,
        },
    )
    done = await carry_out(info, key, intend, {("reason",): "reason"})
    return SetReceiptsPayload(**done.common)
