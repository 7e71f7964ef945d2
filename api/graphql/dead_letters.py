"""What was given up: list it, try it again, discard it with a reason."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import strawberry

from api.graphql.commands import Cause, Given, Intention, Names, carry_out
from api.graphql.context import Info, RequestContext
from api.graphql.cursors import place_cursor, place_of
from api.graphql.failures import failure_words
from api.graphql.ids import global_id, identifier_of
from api.graphql.pages import Connection, Window, page
from api.graphql.user_errors import UserError, user_error
from api.reading import Reading
from domain.aggregate import Command
from domain.dead_letter import DeadLetterKind as DomainKind
from domain.dead_letter import DiscardDeadLetter, dead_letter_id_of
from domain.errors import HubError, InvalidInput, NotFound
from domain.identity import OutboundMessageId
from domain.outbound_retry import RetryOutbound
from infrastructure.unique_ids import new_id
from projections.dead_letters import DeadLetterRow, dead_letters_by_id, open_dead_letters

_NAMES: Names = {("reason",): "reason"}
LETTERS_MAX = 100


class DeadLetterPlace(NamedTuple):
    """Where a dead letter stands in the list."""

    given_up_seq: int


@strawberry.enum(description="What was given up. New values may be added.")
class DeadLetterKind(Enum):
    """Values of `domain.dead_letter.DeadLetterKind`."""

    MESSAGE = strawberry.enum_value("message", description="A message of the firm.")
    ASSESSMENT = strawberry.enum_value("assessment", description="Reading a message.")
    DRAFT = strawberry.enum_value("draft", description="Suggesting a reply.")


@strawberry.enum(description="What became of it.")
class DeadLetterState(Enum):
    """Values of `projections.dead_letters.DeadLetterState`."""

    OPEN = strawberry.enum_value("open", description="A person has to decide.")
    MENDED = strawberry.enum_value("mended", description="It went on, or was settled.")
    DISCARDED = strawberry.enum_value("discarded", description="A person set it aside.")


@strawberry.type(description="Something that was given up and waits for a person.")
class DeadLetter:
    """A row of the dead letters."""

    id: strawberry.ID = strawberry.field(description="The opaque id.")
    kind: DeadLetterKind = strawberry.field(description="What was given up.")
    state: DeadLetterState = strawberry.field(description="What became of it.")
    cause: str = strawberry.field(
        description="A stable reason: a code of Meta, of a rule of sending, or of the work."
    )
    message: str = strawberry.field(description="What happened, in words for a person.")
    next_step: str | None = strawberry.field(description="What can be done about it.")
    attempts: int = strawberry.field(description="How often it was attempted.")
    given_up_at: datetime = strawberry.field(description="When it was given up.")
    discard_reason: str | None = strawberry.field(description="Why it was discarded, if it was.")
    conversation_node: strawberry.ID | None = strawberry.field(
        description="The conversation that it belongs to, for `node`: the way back."
    )
    message_node: strawberry.ID | None = strawberry.field(
        description="The message of the firm, for `node`, where it is one."
    )


@strawberry.input(description="Try things again that were given up.")
class RetryDeadLettersInput:
    """Which ones."""

    dead_letter_ids: list[strawberry.ID] = strawberry.field(description="At most 100.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
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
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that all of them must have."
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


class NotRetriable(HubError):
    """The hub cannot do it once more by itself."""

    code = "NOT_RETRIABLE"
    hint = "The contact's next message starts the work anew; or discard it with a reason."


def dead_letter(row: DeadLetterRow) -> DeadLetter:
    """Return a dead letter of the read model."""
    words = failure_words(row.cause)
    is_message = row.kind == DomainKind.MESSAGE
    return DeadLetter(
        id=global_id("DeadLetter", row.item_id),
        kind=DeadLetterKind(row.kind),
        state=DeadLetterState(row.state),
        cause=row.cause,
        message=row.words or words.message,
        next_step=words.next_step,
        attempts=row.attempts,
        given_up_at=row.given_up_at,
        discard_reason=row.discard_reason,
        conversation_node=(
            None if row.conversation_id is None else global_id("Conversation", row.conversation_id)
        ),
        message_node=global_id("OutboundMessage", row.item_id) if is_message else None,
    )


def dead_letter_page(
    reading: Reading, window: Window, kind: DeadLetterKind | None
) -> Connection[DeadLetter]:
    """What waits for a person, newest first. Raises InvalidCursor."""
    cursor = window.cursor
    before = (
        None if cursor is None else place_of(cursor, "dead_letters", DeadLetterPlace).given_up_seq
    )
    wanted = None if kind is None else DomainKind[kind.name].value
    query = open_dead_letters(reading.tenant_id, limit=window.limit + 1, kind=wanted, before=before)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("dead_letters", (row.given_up_seq,)),
        lambda rows: [dead_letter(row) for row in rows],
    )


async def retry_dead_letters(info: Info, given: RetryDeadLettersInput) -> RetryDeadLettersPayload:
    """Send each of them again."""

    def command(row: DeadLetterRow) -> Command:
        if row.kind != DomainKind.MESSAGE:
            raise NotRetriable("Only messages are sent again; this is work of the assistant.")
        return RetryOutbound(outbound_message_id=OutboundMessageId(row.item_id))

    return RetryDeadLettersPayload(**await _for_each(info, "retryDeadLetters", given, {}, command))


async def discard_dead_letters(
    info: Info, given: DiscardDeadLettersInput
) -> DiscardDeadLettersPayload:
    """Set each of them aside."""

    def command(row: DeadLetterRow) -> Command:
        return DiscardDeadLetter(
            dead_letter_id=dead_letter_id_of(row.item_id),
            item_id=row.item_id,
            kind=DomainKind(row.kind),
            reason=given.reason,
        )

    body = {"reason": given.reason}
    return DiscardDeadLettersPayload(
        **await _for_each(info, "discardDeadLetters", given, body, command)
    )


async def _for_each(
    info: Info,
    name: str,
    given: RetryDeadLettersInput | DiscardDeadLettersInput,
    body: dict[str, Any],
    command: Callable[[DeadLetterRow], Command],
) -> dict[str, Any]:
    errors: list[UserError] = []
    if len(given.dead_letter_ids) > LETTERS_MAX:
        limit = InvalidInput(
            f"At most {LETTERS_MAX} can be decided at once.", field=("input", "deadLetterIds")
        )
        return {
            "client_mutation_id": given.client_mutation_id,
            "dead_letters": [],
            "user_errors": [user_error(limit, _NAMES)],
        }
    decided: list[UUID] = []
    for number, value in enumerate(dict.fromkeys(given.dead_letter_ids)):

        def intend(
            context: RequestContext, _is_new: bool, value: strawberry.ID = value
        ) -> Intention:
            row = _known(context, value)
            wanted = command(row)
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
            decided.append(identifier_of(value, "DeadLetter", field=("input", "deadLetterIds")))
    rows = await info.context.read(
        lambda reading: reading.rows(dead_letters_by_id(reading.tenant_id, decided))
    )
    return {
        "client_mutation_id": given.client_mutation_id,
        "dead_letters": [dead_letter(row) for row in rows],
        "user_errors": errors,
    }


def _known(context: RequestContext, value: str) -> DeadLetterRow:
    key = identifier_of(value, "DeadLetter", field=("input", "deadLetterIds"))
    query = dead_letters_by_id(context.tenant_id, [key])
    read_models = context.services.read_models
    row = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise NotFound("There is no dead letter with this id.")
    return row
