"""A dead letter: something that was given up, until it is mended or discarded by a person."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.defect import Defect
from domain.errors import HumanRequired
from domain.event import Event
from domain.identity import ContactId, ConversationId, derived_id
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope


class DeadLetterKind(StrEnum):
    """What was given up.

    A message of the firm; work of the assistant (an assessment, a draft); a file of a contact; work
    on templates, broadcasts or read receipts; an event that a webhook endpoint could not be told.
    """

    MESSAGE = "message"
    ASSESSMENT = "assessment"
    DRAFT = "draft"
    MEDIA = "media"
    TEMPLATE = "template"
    BROADCAST = "broadcast"
    RECEIPT = "receipt"
    WEBHOOK = "webhook"


RETRIED_BY_LETTER: Final = frozenset(
    {DeadLetterKind.ASSESSMENT, DeadLetterKind.DRAFT, DeadLetterKind.WEBHOOK}
)
"""What is done once more because its letter says so; messages and files have own commands."""

RETRIABLE: Final = RETRIED_BY_LETTER | {DeadLetterKind.MESSAGE, DeadLetterKind.MEDIA}
"""What the hub can do once more by itself."""


class DeadLetterOpened(Event, frozen=True, kw_only=True):
    """Something was given up and waits for a person of the firm.

    `item_id` is the message, the assessment, the draft, the file, the work item, or the webhook
    endpoint; `cause` a stable reason; `attempts` how often it was attempted.
    """

    TOPIC: ClassVar[str] = "dead_letter.opened.v1"
    CONTRACT: ClassVar[str | None] = "DeadLetterOpened"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind
    cause: str
    attempts: int
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None
    message_id: UUID | None = None
    occurrence: UUID | None = None
    defect: Defect | None = None


class DeadLetterRetried(Event, frozen=True, kw_only=True):
    """A person lets the work be done once more that was given up."""

    TOPIC: ClassVar[str] = "dead_letter.retried.v1"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind


class DeadLetterDiscarded(Event, frozen=True, kw_only=True):
    """A person decided that nothing is to be done about it any more."""

    TOPIC: ClassVar[str] = "dead_letter.discarded.v1"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind
    reason: str


def dead_letter_id_of(item_id: UUID) -> UUID:
    """The id of the dead letter about a message or a piece of work."""
    return derived_id(item_id, "dead letter")


class DeadLetter(Aggregate):
    """What is known and was decided about a dead letter; `occurrences` are those it was told of."""

    NOUN = "dead letter"
    EVENTS = (DeadLetterOpened, DeadLetterRetried, DeadLetterDiscarded)

    is_open: bool = False
    is_discarded: bool = False

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.occurrences: set[UUID] = set()

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        self.is_open = isinstance(event, DeadLetterOpened)
        self.is_discarded = isinstance(event, DeadLetterDiscarded)
        if isinstance(event, DeadLetterOpened) and event.occurrence is not None:
            self.occurrences.add(event.occurrence)


class OpenDeadLetter(Command, frozen=True, kw_only=True):
    """Tell the firm that something was given up.

    Told once per `occurrence`; without one, once until a person decides about it.
    """

    SCOPE = Scope.WORK_RECORD
    AGGREGATE = DeadLetter
    STREAM = "dead_letter_id"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind
    cause: str
    attempts: int
    conversation_id: ConversationId | None = None
    contact_id: ContactId | None = None
    message_id: UUID | None = None
    occurrence: UUID | None = None
    defect: Defect | None = None

    def execute(self, letter: DeadLetter, _context: CommandContext) -> None:
        """Raise InvalidInput; what was told stays as it is."""
        require_text(self.cause, ("cause",), characters_max=REASON_CHARACTERS_MAX)
        by_occurrence = self.occurrence is not None
        if self.occurrence in letter.occurrences if by_occurrence else letter.is_open:
            return
        letter.record(
            DeadLetterOpened(
                dead_letter_id=self.dead_letter_id,
                item_id=self.item_id,
                kind=self.kind,
                cause=self.cause,
                attempts=self.attempts,
                conversation_id=self.conversation_id,
                contact_id=self.contact_id,
                message_id=self.message_id,
                occurrence=self.occurrence,
                defect=self.defect,
            )
        )


class RetryDeadLetter(Command, frozen=True, kw_only=True):
    """Do work once more that was given up, or tell an event once more."""

    SCOPE = Scope.WORK_MANAGE
    AGGREGATE = DeadLetter
    STREAM = "dead_letter_id"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind

    def execute(self, letter: DeadLetter, context: CommandContext) -> None:
        """Raise HumanRequired for a part of the system."""
        if not context.actor.is_human:
            raise HumanRequired("Only a person lets work be done again that was given up.")
        letter.record(
            DeadLetterRetried(
                dead_letter_id=self.dead_letter_id, item_id=self.item_id, kind=self.kind
            )
        )


class DiscardDeadLetter(Command, frozen=True, kw_only=True):
    """Do nothing about it any more. `reason` must hold nothing personal: it is kept readable."""

    SCOPE = Scope.WORK_MANAGE
    AGGREGATE = DeadLetter
    STREAM = "dead_letter_id"

    dead_letter_id: UUID
    item_id: UUID
    kind: DeadLetterKind
    reason: str

    def execute(self, letter: DeadLetter, context: CommandContext) -> None:
        """Raise HumanRequired or InvalidInput; a discarded letter stays as it is."""
        if not context.actor.is_human:
            raise HumanRequired("Only a person discards what was given up.")
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if not letter.is_discarded:
            letter.record(
                DeadLetterDiscarded(
                    dead_letter_id=self.dead_letter_id,
                    item_id=self.item_id,
                    kind=self.kind,
                    reason=self.reason,
                )
            )
