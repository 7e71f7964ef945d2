"""What follows from what Meta tells about sender numbers and accounts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from domain.aggregate import Command
from domain.contact_commands import ResumeMarketing, StopMarketing
from domain.event import EventRecord, fact_of
from domain.identity import SenderNumberId
from domain.reader import Reader
from domain.sender_notice import (
    AnySenderNotice,
    BlockNotice,
    CapacityNotice,
    MarketingNotice,
    NameNotice,
    RestrictionNotice,
    UsernameNotice,
)
from domain.sender_number import NoticeContent, SenderNumberNoticed
from domain.sender_standing import (
    SenderNumberBlocked,
    SenderNumberDailyLimitChanged,
    SenderNumberNameDecided,
    SenderNumberQualityChanged,
    SenderNumberRestricted,
    SenderNumberThroughputChanged,
    SenderNumberUnblocked,
    SenderNumberUsernameChanged,
    StandingEvent,
)
from domain.sender_standing_commands import NoteSenderStanding

_SETTING: Final = "user_preferences"


def follow_sender_notice(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever Meta told something about numbers of the firm, take it into each of them."""
    event = fact_of(record, SenderNumberNoticed)
    content = event.content
    told = content.sender if isinstance(content, NoticeContent) else None
    if told is None:
        return
    for sender_number_id in event.sender_number_ids:
        for word in _words(told, sender_number_id, record.occurred_at):
            yield NoteSenderStanding(sender_number_id=sender_number_id, word=word)


def follow_marketing_setting(record: EventRecord, _read: Reader) -> Iterator[Command]:
    """Whenever a contact stopped or resumed marketing in WhatsApp itself, heed it at once."""
    event = fact_of(record, SenderNumberNoticed)
    content = event.content
    told = content.sender if isinstance(content, NoticeContent) else None
    if not isinstance(told, MarketingNotice) or event.contact_id is None:
        return
    # A clock of Meta that is ahead must not outdate what the contact decides next.
    decided_at = min(told.decided_at, record.occurred_at)
    command = StopMarketing if told.is_stopped else ResumeMarketing
    yield command(contact_id=event.contact_id, decided_at=decided_at, source=_SETTING)


def _words(
    told: AnySenderNotice, number: SenderNumberId, told_at: datetime
) -> Iterator[StandingEvent]:
    match told:
        case BlockNotice(is_blocked=True):
            yield SenderNumberBlocked(sender_number_id=number, cause=told.cause, told_at=told_at)
        case BlockNotice():
            yield SenderNumberUnblocked(sender_number_id=number, cause=told.cause, told_at=told_at)
        case RestrictionNotice():
            yield SenderNumberRestricted(
                sender_number_id=number, restrictions=told.restrictions, told_at=told_at
            )
        case CapacityNotice():
            yield from _capacity(told, number, told_at)
        case NameNotice():
            yield SenderNumberNameDecided(
                sender_number_id=number,
                decision=told.decision,
                name=told.name,
                reason=told.reason,
                told_at=told_at,
            )
        case UsernameNotice():
            yield SenderNumberUsernameChanged(
                sender_number_id=number,
                status=told.status,
                username=told.username,
                told_at=told_at,
            )


def _capacity(
    told: CapacityNotice, number: SenderNumberId, told_at: datetime
) -> Iterator[StandingEvent]:
    if told.messages_per_second is not None:
        yield SenderNumberThroughputChanged(
            sender_number_id=number, messages_per_second=told.messages_per_second, told_at=told_at
        )
    if told.daily_recipients_max is not None:
        yield SenderNumberDailyLimitChanged(
            sender_number_id=number, recipients_max=told.daily_recipients_max, told_at=told_at
        )
    if told.is_flagged is not None:
        yield SenderNumberQualityChanged(
            sender_number_id=number, is_flagged=told.is_flagged, told_at=told_at
        )
