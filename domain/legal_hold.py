"""A legal hold: as long as it lies on a contact, nothing of the contact is deleted.

UU 27/2022 (personal data protection), Art. 44: data that belongs to the resolution of a legal case
is not destroyed, whatever period of retention has ended.
"""

from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.deciding_member import deciding_member
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import ContactId, MemberId, StreamId, legal_hold_stream_of
from domain.limits import require_text
from domain.scopes import Scope

REASON_CHARACTERS_MAX: Final = 500


class LegalHoldReason(msgspec.Struct, frozen=True, kw_only=True, tag="legal_hold_reason"):
    """Why the hold was placed, in the member's words."""

    reason: str


class LegalHoldPlaced(PersonalEvent, frozen=True, kw_only=True):
    """A member placed a hold on a contact."""

    TOPIC: ClassVar[str] = "legal_hold.placed.v1"
    CONTENT: ClassVar[type] = LegalHoldReason

    contact_id: ContactId
    member_id: MemberId
    content: LegalHoldReason | Sealed | Erased | UnsetType = UNSET


class LegalHoldReleased(Event, frozen=True, kw_only=True):
    """A member released the hold; the ordinary periods of retention count again."""

    TOPIC: ClassVar[str] = "legal_hold.released.v1"

    contact_id: ContactId
    member_id: MemberId


class LegalHold(Aggregate):
    """The hold on one contact as its events have made it."""

    NOUN = "legal hold"
    EVENTS = (LegalHoldPlaced, LegalHoldReleased)

    is_placed: bool = False

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        self.is_placed = isinstance(event, LegalHoldPlaced)


class LegalHoldCommand(Command, frozen=True, kw_only=True):
    """The base of the commands on a hold."""

    SCOPE = Scope.HOLDS_MANAGE
    AGGREGATE = LegalHold

    contact_id: ContactId

    @property
    def stream_id(self) -> StreamId:
        """The stream of the hold, derived from the contact."""
        return legal_hold_stream_of(self.contact_id)


class PlaceLegalHold(LegalHoldCommand, frozen=True, kw_only=True):
    """Place a hold. Where there is one already, nothing changes."""

    reason: str

    def execute(self, hold: LegalHold, context: CommandContext) -> None:
        """Raise HumanRequired or InvalidInput."""
        member_id = deciding_member(context.actor)
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        if not hold.is_placed:
            hold.record(
                LegalHoldPlaced(
                    contact_id=self.contact_id,
                    member_id=member_id,
                    content=LegalHoldReason(reason=self.reason),
                )
            )


class ReleaseLegalHold(LegalHoldCommand, frozen=True, kw_only=True):
    """Release a hold. Where there is none, nothing changes."""

    def execute(self, hold: LegalHold, context: CommandContext) -> None:
        """Raise HumanRequired."""
        member_id = deciding_member(context.actor)
        if hold.is_placed:
            hold.record(LegalHoldReleased(contact_id=self.contact_id, member_id=member_id))
