"""Where a sender number stands with Meta: blocked, restricted, its limits, quality and names.

Meta tells this in notices that come late, twice and in any order. Each part carries the time at
which Meta said it; the newest word counts, and of two from the same second the stricter, so that
the order in which they arrive changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

import msgspec

from domain.event import Event
from domain.identity import SenderNumberId

UNLIMITED: Final = -1
"""A daily limit without an end (Cloud API reference, section 6)."""


class BlockCause(StrEnum):
    """Why Meta lets nothing out of the number."""

    DISABLED = "disabled"
    DELETED = "deleted"
    OFFBOARDED = "offboarded"
    DISCONNECTED = "disconnected"


class RestrictionKind(StrEnum):
    """What of the number Meta restricts; other words of Meta concern nothing that is sent."""

    BUSINESS_INITIATED = "restricted_biz_initiated_messaging"
    CUSTOMER_INITIATED = "restricted_customer_initiated_messaging"


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction in Meta's word. `expires_at` is absent where Meta names no end."""

    kind: str
    expires_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether it is not over yet."""
        return self.expires_at is None or now < self.expires_at


class SenderNumberBlocked(Event, frozen=True, kw_only=True):
    """Meta lets nothing out of the number any more. `told_at` is Meta's time."""

    TOPIC: ClassVar[str] = "sender_number.blocked.v1"

    sender_number_id: SenderNumberId
    cause: BlockCause
    told_at: datetime


class SenderNumberUnblocked(Event, frozen=True, kw_only=True):
    """Meta lifted a block of the number."""

    TOPIC: ClassVar[str] = "sender_number.unblocked.v1"

    sender_number_id: SenderNumberId
    cause: BlockCause
    told_at: datetime


class SenderNumberRestricted(Event, frozen=True, kw_only=True):
    """Meta restricted the number; these are all restrictions that it named."""

    TOPIC: ClassVar[str] = "sender_number.restricted.v1"

    sender_number_id: SenderNumberId
    restrictions: tuple[Restriction, ...]
    told_at: datetime


class SenderNumberThroughputChanged(Event, frozen=True, kw_only=True):
    """How many messages a second Meta takes from the number and brings to it, together."""

    TOPIC: ClassVar[str] = "sender_number.throughput_changed.v1"

    sender_number_id: SenderNumberId
    messages_per_second: int
    told_at: datetime


class SenderNumberDailyLimitChanged(Event, frozen=True, kw_only=True):
    """How many people may be written to first in 24 hours; -1 without an end.

    The limit belongs to the business portfolio and is shared by all of its numbers.
    """

    TOPIC: ClassVar[str] = "sender_number.daily_limit_changed.v1"

    sender_number_id: SenderNumberId
    recipients_max: int
    told_at: datetime


class SenderNumberQualityChanged(Event, frozen=True, kw_only=True):
    """Meta flagged the number because people blocked or reported it, or took the flag back."""

    TOPIC: ClassVar[str] = "sender_number.quality_changed.v1"

    sender_number_id: SenderNumberId
    is_flagged: bool
    told_at: datetime


class SenderNumberNameDecided(Event, frozen=True, kw_only=True):
    """Meta decided on the name that contacts see."""

    TOPIC: ClassVar[str] = "sender_number.name_decided.v1"

    sender_number_id: SenderNumberId
    decision: str
    told_at: datetime
    name: str | None = None
    reason: str | None = None


class SenderNumberUsernameChanged(Event, frozen=True, kw_only=True):
    """The username of the firm changed; None once it is deleted. `status` is Meta's word."""

    TOPIC: ClassVar[str] = "sender_number.username_changed.v1"

    sender_number_id: SenderNumberId
    status: str
    told_at: datetime
    username: str | None = None


StandingEvent = (
    SenderNumberBlocked
    | SenderNumberUnblocked
    | SenderNumberRestricted
    | SenderNumberThroughputChanged
    | SenderNumberDailyLimitChanged
    | SenderNumberQualityChanged
    | SenderNumberNameDecided
    | SenderNumberUsernameChanged
)

STANDING_EVENTS: Final[tuple[type[Event], ...]] = (
    SenderNumberBlocked,
    SenderNumberUnblocked,
    SenderNumberRestricted,
    SenderNumberThroughputChanged,
    SenderNumberDailyLimitChanged,
    SenderNumberQualityChanged,
    SenderNumberNameDecided,
    SenderNumberUsernameChanged,
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The newest word of Meta on each part of a number's standing, by part."""

    told: Mapping[str, StandingEvent] = MappingProxyType({})

    def with_word(self, event: StandingEvent) -> "Standing":
        """Return the standing after one more word of Meta."""
        return Standing(told={**self.told, _part_of(event): event})

    def is_news(self, event: StandingEvent) -> bool:
        """Whether the word is newer than what is known, or as new and stricter."""
        known = self.told.get(_part_of(event))
        return known is None or _weight(event) > _weight(known)

    @property
    def block(self) -> BlockCause | None:
        """Why nothing goes out, if so."""
        blocks = (event for event in self.told.values() if isinstance(event, SenderNumberBlocked))
        return min((block.cause for block in blocks), default=None)

    def restricts(self, kind: RestrictionKind, now: datetime) -> bool:
        """Whether Meta restricts this at the moment."""
        known = self.told.get(_RESTRICTIONS)
        restrictions = known.restrictions if isinstance(known, SenderNumberRestricted) else ()
        return any(each.kind == kind and each.holds_at(now) for each in restrictions)


_RESTRICTIONS: Final = SenderNumberRestricted.TOPIC


def _part_of(event: StandingEvent) -> str:
    if isinstance(event, SenderNumberBlocked | SenderNumberUnblocked):
        return f"block {event.cause.value}"
    return event.TOPIC


def _weight(event: StandingEvent) -> tuple[datetime, int, str]:
    """Later words weigh more; of the same second the stricter, then any fixed order."""
    match event:
        case SenderNumberBlocked():
            strictness = 1
        case SenderNumberUnblocked():
            strictness = 0
        case SenderNumberRestricted():
            strictness = len(event.restrictions)
        case SenderNumberThroughputChanged():
            strictness = -event.messages_per_second
        case SenderNumberDailyLimitChanged():
            unlimited = event.recipients_max == UNLIMITED
            strictness = -(2**62) if unlimited else -event.recipients_max
        case SenderNumberQualityChanged():
            strictness = int(event.is_flagged)
        case _:
            strictness = 0
    return event.told_at, strictness, msgspec.json.encode(event, order="sorted").decode()
