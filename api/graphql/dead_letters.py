"""What was given up, as a screen shows it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

import strawberry

from api.graphql.context import Info
from api.graphql.cursors import place_cursor, place_of
from api.graphql.failures import failure_words
from api.graphql.ids import global_id
from api.graphql.pages import Connection, Window, page
from api.reading import Reading
from domain.dead_letter import RETRIABLE
from domain.dead_letter import DeadLetterKind as DomainKind
from projections.dead_letter_queries import (
    LetterFilter,
    LetterGroup,
    ListedLetter,
    letter_groups,
    letters_by_id,
    open_letters,
)
from projections.dead_letters import frames_of

GROUPS_MAX: Final = 100


class DeadLetterPlace(NamedTuple):
    """Where a dead letter stands in the list."""

    given_up_at: datetime
    item_id: UUID


@strawberry.enum(description="What was given up. New values may be added.")
class DeadLetterKind(Enum):
    """Values of `domain.dead_letter.DeadLetterKind`."""

    MESSAGE = strawberry.enum_value("message", description="A message of the firm.")
    ASSESSMENT = strawberry.enum_value("assessment", description="Reading a message.")
    DRAFT = strawberry.enum_value("draft", description="Suggesting a reply.")
    MEDIA = strawberry.enum_value("media", description="Fetching a file of a contact.")
    TEMPLATE = strawberry.enum_value("template", description="Work on a template at Meta.")
    BROADCAST = strawberry.enum_value("broadcast", description="Work on a whole broadcast.")
    RECEIPT = strawberry.enum_value("receipt", description="Showing that a message was read.")
    WEBHOOK = strawberry.enum_value(
        "webhook", description="An event that a webhook endpoint could not be told."
    )


@strawberry.enum(description="What became of it.")
class DeadLetterState(Enum):
    """Values of `projections.dead_letters.DeadLetterState`."""

    OPEN = strawberry.enum_value("open", description="A person has to decide.")
    MENDED = strawberry.enum_value("mended", description="It went on, or was settled.")
    DISCARDED = strawberry.enum_value("discarded", description="A person set it aside.")


@strawberry.type(
    description="Where the hub's own code failed. Equal faults have the same digest, whatever they "
    "were about; no content is kept."
)
class Defect:
    """The digest of a traceback."""

    digest: str = strawberry.field(description="Short and stable: tell it to the operator.")
    error: str = strawberry.field(description="The class of the error.")
    frames: list[str] = strawberry.field(
        description="The last places of the hub's own code that it passed, the innermost last."
    )


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
    times_given_up: int = strawberry.field(
        description="How often it was given up: more than once if it was retried in vain."
    )
    first_given_up_at: datetime = strawberry.field(description="When it was first given up.")
    given_up_at: datetime = strawberry.field(description="When it was given up last.")
    defect: Defect | None = strawberry.field(
        description="Where the hub's own code failed, if that was the cause."
    )
    can_retry: bool = strawberry.field(
        description="Whether `retryDeadLetters` does it once more as it is."
    )
    discard_reason: str | None = strawberry.field(description="Why it was discarded, if it was.")
    conversation_node: strawberry.ID | None = strawberry.field(
        description="The conversation that it belongs to, for `node`: the way back."
    )
    message_node: strawberry.ID | None = strawberry.field(
        description="The message of the firm, for `node`, where it is one."
    )
    endpoint_node: strawberry.ID | None = strawberry.field(
        description="The webhook endpoint that could not be told, where that is what failed."
    )


@strawberry.type(description="Dead letters of the same kind, cause and digest.")
class DeadLetterGroup:
    """Most probably one fault."""

    kind: DeadLetterKind = strawberry.field(description="What was given up.")
    cause: str = strawberry.field(description="The stable reason.")
    message: str = strawberry.field(description="What happened, in words for a person.")
    next_step: str | None = strawberry.field(description="What can be done about it.")
    digest: str | None = strawberry.field(description="The digest of the defect, if it was one.")
    error: str | None = strawberry.field(description="The class of the error, if it was one.")
    count: int = strawberry.field(description="How many wait for a person.")
    first_given_up_at: datetime = strawberry.field(description="When the first was given up.")
    given_up_at: datetime = strawberry.field(description="When the last was given up.")


def letter_filter(
    info: Info,
    kind: DeadLetterKind | None,
    cause: str | None,
    digest: str | None,
    *,
    is_mine: bool = False,
) -> LetterFilter:
    """Which letters of the principal's firm are asked for.

    With `is_mine` only messages whose words the one who asks has approved.
    """
    return LetterFilter(
        tenant_id=info.context.tenant_id,
        kind=None if kind is None else DomainKind[kind.name].value,
        cause=_storable(cause),
        digest=_storable(digest),
        approved_by=info.context.member.actor.id if is_mine else None,
    )


def _storable(text: str | None) -> str | None:
    """PostgreSQL holds no NUL, so nothing is found by one."""
    return None if text is None else text.replace("\0", "\ufffd")


def dead_letter(row: ListedLetter) -> DeadLetter:
    """Return a dead letter of the read model."""
    words = failure_words(row.cause)
    kind = DomainKind(row.kind)
    is_message = kind is DomainKind.MESSAGE
    return DeadLetter(
        id=global_id("DeadLetter", row.item_id),
        kind=DeadLetterKind(row.kind),
        state=DeadLetterState(row.state),
        cause=row.cause,
        message=row.words or words.message,
        next_step=words.next_step,
        attempts=row.attempts,
        times_given_up=row.times,
        first_given_up_at=row.first_given_up_at,
        given_up_at=row.given_up_at,
        defect=_defect(row),
        can_retry=row.state == "open" and kind in RETRIABLE,
        discard_reason=row.discard_reason,
        conversation_node=_node("Conversation", row.conversation_id),
        message_node=_node("OutboundMessage", row.item_id) if is_message else None,
        endpoint_node=_node("WebhookEndpoint", row.endpoint_id),
    )


def _node(type_name: str, key: UUID | None) -> strawberry.ID | None:
    return None if key is None else global_id(type_name, key)


def _defect(row: ListedLetter) -> Defect | None:
    if row.digest is None:
        return None
    return Defect(digest=row.digest, error=row.error or "", frames=frames_of(row))


def dead_letter_page(
    reading: Reading, window: Window, wanted: LetterFilter
) -> Connection[DeadLetter]:
    """What waits for a person, newest first. Raises InvalidCursor."""
    cursor = window.cursor
    place = None if cursor is None else place_of(cursor, "dead_letters", DeadLetterPlace)
    query = open_letters(wanted, limit=window.limit + 1, before=place)
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("dead_letters", (row.given_up_at, row.item_id)),
        lambda rows: [dead_letter(row) for row in rows],
    )


def dead_letter_groups(reading: Reading, wanted: LetterFilter) -> list[DeadLetterGroup]:
    """The faults behind what waits for a person."""
    return [_group(row) for row in reading.rows(letter_groups(wanted, limit=GROUPS_MAX))]


def _group(row: LetterGroup) -> DeadLetterGroup:
    words = failure_words(row.cause)
    return DeadLetterGroup(
        kind=DeadLetterKind(row.kind),
        cause=row.cause,
        message=words.message,
        next_step=words.next_step,
        digest=row.digest,
        error=row.error,
        count=row.count,
        first_given_up_at=row.first_given_up_at,
        given_up_at=row.given_up_at,
    )


def dead_letters_by_id(reading: Reading, item_ids: Sequence[UUID]) -> dict[UUID, DeadLetter]:
    """The dead letters about these things, in whatever state, by what they are about."""
    rows = reading.rows(letters_by_id(item_ids, tenant_id=reading.tenant_id))
    return {row.item_id: dead_letter(row) for row in rows}
