"""Asking for the templates of an account to be read from Meta now."""

import strawberry

from api.graphql.commands import Cause, CommandPayload, Given, Intention, carry_out
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from domain.errors import NotFound, VersionConflict
from domain.identity import derived_id
from domain.template_sync import RequestTemplateSync
from infrastructure.unique_ids import new_id
from projections.sender_directory import sender_by_id


@strawberry.input(description="Read the templates of a number's account from Meta.")
class SyncTemplatesInput:
    """Whose templates."""

    sender_number_id: strawberry.ID = strawberry.field(
        description="A number of the account whose templates are read."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the number that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `syncTemplates`. The list follows in a moment.")
class SyncTemplatesPayload(CommandPayload):
    """That it was asked for."""


async def sync_templates(info: Info, given: SyncTemplatesInput) -> SyncTemplatesPayload:
    """Ask for the templates to be read; they appear as they are read."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(
            given.sender_number_id, "SenderNumber", field=("input", "senderNumberId")
        )
        query = sender_by_id(context.tenant_id, key)
        read_models = context.services.read_models
        number = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
        if number is None:
            raise NotFound("There is no sender number with this id.")
        if is_new and given.expected_version not in {None, number.version}:
            raise VersionConflict(
                expected_version=given.expected_version or 0, current_version=number.version
            )
        member_id = str(context.member.member_id)
        sync_id = derived_id(key, "template-sync", member_id, given.idempotency_key)
        return Intention(
            RequestTemplateSync(sync_id=sync_id, waba_id=number.waba_id), Cause(new_id())
        )

    done = await carry_out(
        info,
        Given(
            name="syncTemplates",
            idempotency_key=given.idempotency_key,
            client_mutation_id=given.client_mutation_id,
            body={
                "senderNumberId": given.sender_number_id,
                "expectedVersion": given.expected_version,
            },
        ),
        intend,
        {},
    )
    return SyncTemplatesPayload(**done.common)
