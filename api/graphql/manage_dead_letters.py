"""Mending what was given up: try it again, correct it, or set it aside with a reason."""

from collections.abc import Callable
from typing import Any

import msgspec
import strawberry

from api.graphql.assembly import load
from api.graphql.commands import (
    Cause,
    CommandPayload,
    Given,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.dead_letters import DeadLetter, dead_letter
from api.graphql.draft import Draft
from api.graphql.ids import identifier_of
from api.graphql.user_errors import UserError, user_error
from api.graphql.wanted import wanted_below
from domain.aggregate import Command
from domain.dead_letter import (
    RETRIABLE,
    DeadLetterKind,
    DiscardDeadLetter,
    RetryDeadLetter,
    dead_letter_id_of,
)
from domain.draft import Draft as DraftAggregate
from domain.draft_return import ReturnToDraft, returned_draft_id
from domain.errors import HubError, InvalidInput, NotFound
from domain.identity import MediaId, OutboundMessageId
from domain.media_commands import RetryMedia
from domain.outbound_message import OutboundMessage
from domain.outbound_retry import RetryOutbound, require_not_returned
from domain.outbound_return import NotReturnable, require_returnable
from domain.scopes import Scope
from infrastructure.unique_ids import new_id
from projections.dead_letter_queries import ListedLetter, letters_by_id
from projections.dead_letters import DeadLetterState

_NAMES: Names = {("reason",): "reason"}
_LETTERS = ("input", "deadLetterIds")
_LETTER = ("input", "deadLetterId")
_KEY = "A text of the client's own for this one command: sending it again is safe."
LETTERS_MAX = 100


@strawberry.input(description="Try things again that were given up.")
class RetryDeadLettersInput:
    """Which ones."""

    dead_letter_ids: list[strawberry.ID] = strawberry.field(description="At most 100.")
    idempotency_key: str = strawberry.field(description=_KEY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version that all of them must have."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Set things aside that were given up.")
class DiscardDeadLettersInput:
    """Which ones, and why."""

    dead_letter_ids: list[strawberry.ID] = strawberry.field(description="At most 100.")
    reason: str = strawberry.field(
        description="Why, without personal content: it is kept readable for ever."
    )
    idempotency_key: str = strawberry.field(description=_KEY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version that all of them must have."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Take the words of a message back as a draft to correct.")
class ReviseDeadLetterInput:
    """Which message."""

    dead_letter_id: strawberry.ID = strawberry.field(
        description="The dead letter of a message that failed or was refused."
    )
    idempotency_key: str = strawberry.field(description=_KEY)
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the draft: 0 for one that does not exist yet."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.interface(description="The answer to a command on dead letters.")
class DeadLettersPayload:
    """What became of each."""

    client_mutation_id: str | None = strawberry.field(
        description="What the client sent with the command."
    )
    dead_letters: list[DeadLetter] = strawberry.field(
        description="Those that the command was carried out for, as they stand now."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done about the others; empty if all were decided."
    )


@strawberry.type(description="The answer to `retryDeadLetters`.")
class RetryDeadLettersPayload(DeadLettersPayload):
    """After the retry."""


@strawberry.type(description="The answer to `discardDeadLetters`.")
class DiscardDeadLettersPayload(DeadLettersPayload):
    """After they were set aside."""


@strawberry.type(description="The answer to `reviseDeadLetter`.")
class ReviseDeadLetterPayload(CommandPayload):
    """The old words, waiting to be corrected and approved anew."""

    draft: Draft | None = strawberry.field(
        description="The draft with the old words; null if nothing was done."
    )


class NotRetriable(HubError):
    """The hub cannot do it once more by itself."""

    code = "NOT_RETRIABLE"
    hint = "Do it anew where it was begun, or discard it with a reason."


async def retry_dead_letters(info: Info, given: RetryDeadLettersInput) -> RetryDeadLettersPayload:
    """Do each of them once more."""

    def command(context: RequestContext, row: ListedLetter, is_new: bool) -> Command:
        return _retry(context, row, is_new=is_new)

    done = await _for_each(info, "retryDeadLetters", given, {}, command, DeadLetterState.MENDED)
    return RetryDeadLettersPayload(**done)


def _retry(context: RequestContext, row: ListedLetter, *, is_new: bool) -> Command:
    """The command that does it once more. Raises Forbidden, NotRetriable and TooLateToChange."""
    kind = DeadLetterKind(row.kind)
    if kind not in RETRIABLE:
        raise NotRetriable("The hub cannot do this once more by itself.")
    match kind:
        case DeadLetterKind.MESSAGE:
            message_id = OutboundMessageId(row.item_id)
            if is_new:
                draft_id = returned_draft_id(message_id)
                records = context.services.journal.load(context.tenant_id, draft_id)
                require_not_returned(DraftAggregate.replay_records(draft_id, records))
            return RetryOutbound(outbound_message_id=message_id)
        case DeadLetterKind.MEDIA:
            context.member.require(Scope.MEDIA_RETRY)
            return RetryMedia(media_id=MediaId(row.item_id))
        case _:
            return RetryDeadLetter(
                dead_letter_id=dead_letter_id_of(row.item_id), item_id=row.item_id, kind=kind
            )


async def discard_dead_letters(
    info: Info, given: DiscardDeadLettersInput
) -> DiscardDeadLettersPayload:
    """Set each of them aside."""

    def command(_context: RequestContext, row: ListedLetter, _is_new: bool) -> Command:
        return DiscardDeadLetter(
            dead_letter_id=dead_letter_id_of(row.item_id),
            item_id=row.item_id,
            kind=DeadLetterKind(row.kind),
            reason=given.reason,
        )

    body, state = {"reason": given.reason}, DeadLetterState.DISCARDED
    done = await _for_each(info, "discardDeadLetters", given, body, command, state)
    return DiscardDeadLettersPayload(**done)


async def revise_dead_letter(info: Info, given: ReviseDeadLetterInput) -> ReviseDeadLetterPayload:
    """Take the words of a message back as a draft."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        row = _known(context, given.dead_letter_id, _LETTER)
        if row.kind != DeadLetterKind.MESSAGE:
            raise NotReturnable("Only a message of the firm has words to correct.")
        message_id = OutboundMessageId(row.item_id)
        records = context.services.journal.load(context.tenant_id, message_id)
        message = OutboundMessage.replay_records(message_id, records)
        if is_new:
            require_returnable(message)
        if message.content is None:
            raise NotReturnable("The words of the message were erased.")
        command = ReturnToDraft(
            draft_id=returned_draft_id(message_id),
            conversation_id=message.requested.conversation_id,
            contact_id=message.requested.contact_id,
            outbound_message_id=message_id,
            body=message.content.body,
            expected_version=given.expected_version,
        )
        return Intention(command, cause_of(records))

    key = Given(
        name="reviseDeadLetter",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={"deadLetterId": given.dead_letter_id, "expectedVersion": given.expected_version},
    )
    done = await carry_out(info, key, intend, _NAMES)
    if done.outcome is None:
        return ReviseDeadLetterPayload(draft=None, **done.common)
    draft_id = done.outcome.aggregate.id
    wanted = wanted_below(info).below("draft")
    found = await info.context.read(lambda reading: load(reading, "Draft", [draft_id], wanted))
    return ReviseDeadLetterPayload(draft=found.get(draft_id), **done.common)


async def _for_each(
    info: Info,
    name: str,
    given: RetryDeadLettersInput | DiscardDeadLettersInput,
    body: dict[str, Any],
    command: Callable[[RequestContext, ListedLetter, bool], Command],
    state: DeadLetterState,
) -> dict[str, Any]:
    errors: list[UserError] = []
    if len(given.dead_letter_ids) > LETTERS_MAX:
        limit = InvalidInput(f"At most {LETTERS_MAX} can be decided at once.", field=_LETTERS)
        return {
            "client_mutation_id": given.client_mutation_id,
            "dead_letters": [],
            "user_errors": [user_error(limit, _NAMES)],
        }
    decided: list[ListedLetter] = []
    for number, value in enumerate(dict.fromkeys(given.dead_letter_ids)):
        seen: list[ListedLetter] = []

        def intend(
            context: RequestContext,
            is_new: bool,
            value: strawberry.ID = value,
            seen: list[ListedLetter] = seen,
        ) -> Intention:
            row = _known(context, value, _LETTERS)
            seen.append(row)
            wanted = command(context, row, is_new)
            if given.expected_version is not None:
                wanted = msgspec.structs.replace(wanted, expected_version=given.expected_version)
            return Intention(wanted, Cause(new_id()))

        one = Given(
            name=name,
            idempotency_key=f"{given.idempotency_key}:{number}",
            client_mutation_id=None,
            body={"deadLetterId": value, **body},
        )
        done = await carry_out(info, one, intend, _NAMES)
        errors += done.common["user_errors"]
        if done.outcome is not None:
            decided += seen
    return {
        "client_mutation_id": given.client_mutation_id,
        "dead_letters": await _shown(info, decided, state),
        "user_errors": errors,
    }


async def _shown(
    info: Info, decided: list[ListedLetter], state: DeadLetterState
) -> list[DeadLetter]:
    """The letters as they stand now; what is told to endpoints moves a moment later."""
    told = [row for row in decided if row.kind == DeadLetterKind.WEBHOOK]
    keys = [row.item_id for row in decided if row.kind != DeadLetterKind.WEBHOOK]
    rows = await info.context.read(
        lambda reading: reading.rows(letters_by_id(keys, tenant_id=reading.tenant_id))
    )
    moved = [msgspec.structs.replace(row, state=state.value) for row in told]
    return [dead_letter(row) for row in (*rows, *moved)]


def _known(context: RequestContext, value: str, field: tuple[str, ...]) -> ListedLetter:
    key = identifier_of(value, "DeadLetter", field=field)
    query = letters_by_id([key], tenant_id=context.tenant_id)
    read_models = context.services.read_models
    row = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise NotFound("There is no dead letter with this id.")
    return row
