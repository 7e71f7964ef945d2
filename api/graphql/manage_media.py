"""Looking after files: another attempt to fetch one, and holds that forbid to delete."""

from datetime import datetime
from typing import Any

import strawberry

from api.graphql.assembly import load
from api.graphql.commands import CommandPayload, Done, Given, Intention, Names, carry_out, cause_of
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.media import MediaFile
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.contact import Contact as ContactAggregate
from domain.identity import ContactId, MediaId
from domain.legal_hold import LegalHoldPlaced, PlaceLegalHold, ReleaseLegalHold
from domain.media_commands import RetryMedia

_NAMES: Names = {("reason",): "reason"}


@strawberry.input(description="Fetch a file again that failed or was refused.")
class RetryMediaInput:
    """Which file."""

    media_id: strawberry.ID = strawberry.field(description="The file.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the file that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Forbid to delete anything of a contact.")
class PlaceLegalHoldInput:
    """On whom, and why."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    reason: str = strawberry.field(description="Why, in the member's words; kept encrypted.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the hold that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Let the ordinary periods of retention count again.")
class ReleaseLegalHoldInput:
    """For whom."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the hold that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `retryMedia`.")
class RetryMediaPayload(CommandPayload):
    """The file, announced again."""

    media: MediaFile | None = strawberry.field(description="The file; null if nothing was done.")


@strawberry.type(description="The answer to `placeLegalHold`.")
class PlaceLegalHoldPayload(CommandPayload):
    """The hold."""

    placed_at: datetime | None = strawberry.field(
        description="When it was placed by this command; null if there was one already."
    )


@strawberry.type(description="The answer to `releaseLegalHold`.")
class ReleaseLegalHoldPayload(CommandPayload):
    """That there is none any more."""


async def retry_media(info: Info, given: RetryMediaInput) -> RetryMediaPayload:
    """Ask for another attempt."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        media_id = identifier_of(given.media_id, "MediaFile", field=("input", "mediaId"))
        records = context.services.journal.load(context.tenant_id, media_id)
        command = RetryMedia(media_id=MediaId(media_id), expected_version=given.expected_version)
        return Intention(command, cause_of(records))

    key = Given(
        name="retryMedia",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={"mediaId": given.media_id, "expectedVersion": given.expected_version},
    )
    done = await carry_out(info, key, intend, _NAMES)
    if done.outcome is None:
        return RetryMediaPayload(media=None, **done.common)
    media_id = done.outcome.aggregate.id
    wanted = wanted_below(info).below("media")
    found = await info.context.read(lambda reading: load(reading, "MediaFile", [media_id], wanted))
    return RetryMediaPayload(media=found.get(media_id), **done.common)


async def place_legal_hold(info: Info, given: PlaceLegalHoldInput) -> PlaceLegalHoldPayload:
    """Place a hold."""
    done = await _hold(
        info,
        given,
        "placeLegalHold",
        {"reason": given.reason},
        lambda contact_id: PlaceLegalHold(
            contact_id=contact_id, reason=given.reason, expected_version=given.expected_version
        ),
    )
    records = done.outcome.records if done.outcome is not None else ()
    placed = [one.occurred_at for one in records if isinstance(one.event, LegalHoldPlaced)]
    return PlaceLegalHoldPayload(placed_at=placed[0] if placed else None, **done.common)


async def release_legal_hold(info: Info, given: ReleaseLegalHoldInput) -> ReleaseLegalHoldPayload:
    """Release a hold."""
    done = await _hold(
        info,
        given,
        "releaseLegalHold",
        {},
        lambda contact_id: ReleaseLegalHold(
            contact_id=contact_id, expected_version=given.expected_version
        ),
    )
    return ReleaseLegalHoldPayload(**done.common)


async def _hold(
    info: Info,
    given: PlaceLegalHoldInput | ReleaseLegalHoldInput,
    name: str,
    body: dict[str, Any],
    command_for: Any,
) -> Done:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        key = identifier_of(given.contact_id, "Contact", field=("input", "contactId"))
        records = context.services.journal.load(context.tenant_id, key)
        ContactAggregate.replay_records(key, records).must_exist()
        command: Command = command_for(ContactId(key))
        return Intention(command, cause_of(records))

    key = Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "contactId": given.contact_id,
            "expectedVersion": given.expected_version,
            **body,
        },
    )
    return await carry_out(info, key, intend, _NAMES)
