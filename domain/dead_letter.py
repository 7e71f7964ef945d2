"""A dead letter: something that was given up, until it is mended or discarded by a person."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import HumanRequired
from domain.event import Event
from domain.identity import derived_id
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope


class DeadLetterKind(StrEnum):
    """What was given up: a message of the firm, an assessment or a draft of the assistant."""

    MESSAGE = "message"
    ASSESSMENT = "assessment"
    DRAFT = "draft"


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
    """The decisions about a dead letter."""

    NOUN = "dead letter"
    EVENTS = (DeadLetterDiscarded,)

    is_discarded: bool = False

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        self.is_discarded = self.is_discarded or isinstance(event, DeadLetterDiscarded)


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
