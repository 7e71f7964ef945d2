"""Where a sender number stands with Meta, and Meta's notices about it."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from api.graphql.access import described
from api.graphql.content import ContentState, content_state, shown
from api.graphql.context import Info
from api.reading import Opened, Reading
from domain.sender_number import NoticeContent
from domain.sender_standing import UNLIMITED
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.notice_words import notice_words
from projections.history_imports import HistoryImportRow
from projections.sender_notices import SenderNoticeRow
from projections.sender_standing import SenderStandingRow


@strawberry.enum(description="Why Meta lets nothing out of a number.")
class BlockCause(Enum):
    """Values of `domain.sender_standing.BlockCause`."""

    DISABLED = strawberry.enum_value("disabled", description="Meta disabled the account.")
    DELETED = strawberry.enum_value("deleted", description="The account was deleted.")
    OFFBOARDED = strawberry.enum_value(
        "offboarded", description="The number was disconnected from the Cloud API."
    )
    DISCONNECTED = strawberry.enum_value("disconnected", description="The app lost the account.")


@strawberry.enum(description="How grave a notice is.")
class NoticeSeverity(Enum):
    """Values of `infrastructure.whatsapp.notice_words.Severity`."""

    INFORMATION = strawberry.enum_value("information", description="Good to know.")
    WARNING = strawberry.enum_value("warning", description="Somebody should look.")
    CRITICAL = strawberry.enum_value("critical", description="Sending is or will be stopped.")


@strawberry.type(description="A block of a number: approved messages wait until it is lifted.")
class SenderBlock:
    """One cause."""

    cause: BlockCause = strawberry.field(description="Why.")
    since: datetime = strawberry.field(description="Since when, by Meta's clock.")


@strawberry.type(description="Something that Meta restricts.")
class SenderRestriction:
    """A restriction in Meta's word."""

    kind: str = strawberry.field(description="Meta's word for what is restricted.")
    expires_at: datetime | None = strawberry.field(description="When it ends, if Meta says.")


@strawberry.type(description="What Meta last said about a number; null where it said nothing.")
class SenderStanding:
    """The newest word on each part, by Meta's time."""

    blocks: list[SenderBlock] = strawberry.field(description="Why nothing goes out; often empty.")
    restrictions: list[SenderRestriction] = strawberry.field(description="What is restricted.")
    messages_per_second: int | None = strawberry.field(
        description="How many messages a second Meta takes and brings, together."
    )
    daily_recipients_max: int | None = strawberry.field(
        description="How many people may be written to first in 24 hours; null without an end or "
        "where Meta said nothing."
    )
    is_unlimited: bool = strawberry.field(description="Whether that limit has no end.")
    is_flagged: bool = strawberry.field(
        description="Whether Meta flagged the number because people blocked or reported it."
    )
    name: str | None = strawberry.field(description="The name that was last decided on.")
    name_decision: str | None = strawberry.field(description="Meta's decision on that name.")
    name_reason: str | None = strawberry.field(description="Meta's reason of a rejection.")
    username: str | None = strawberry.field(description="The username of the firm.")
    username_status: str | None = strawberry.field(description="Meta's word on the username.")


@strawberry.type(description="A notice of Meta about a number, its account or a contact of it.")
class SenderNotice:
    """A row of the notices."""

    field: str = strawberry.field(description="Meta's webhook field.")
    word: str | None = strawberry.field(description="Meta's word for what happened.")
    summary: str = strawberry.field(description="What happened, in words for a person.")
    severity: NoticeSeverity = strawberry.field(description="How grave it is.")
    next_step: str | None = strawberry.field(description="What to do next, if anything.")
    occurred_at: datetime = strawberry.field(description="When, by Meta's clock.")
    recorded_at: datetime = strawberry.field(description="When the hub recorded it.")
    is_recognised: bool = strawberry.field(
        description="False for a field or part that this version of the hub does not know."
    )
    words: strawberry.Private[Opened]

    @described("What Meta said, as JSON; null where `contentState` is not VISIBLE.")
    def details(self, info: Info) -> str | None:
        """Meta's own words."""
        return shown(info, self.words, _value)

    @described("Whether the details are shown.")
    def content_state(self, info: Info) -> ContentState:
        """Why they are shown or not."""
        return content_state(info, self.words)


@strawberry.type(description="The import of the phone app's history.")
class HistoryImport:
    """How far it has come; chunks may come again at any time without harm."""

    phase: int = strawberry.field(description="The furthest phase: 0 to 2, the newest days first.")
    progress: int = strawberry.field(description="How much of it came, in percent.")
    chunks: int = strawberry.field(description="How many chunks came.")
    missing_chunks: int = strawberry.field(
        description="How many have not come although later ones have; WhatsApp delivers them again."
    )
    started_at: datetime = strawberry.field(description="When the first chunk came.")
    updated_at: datetime = strawberry.field(description="When the last one came.")
    refusal: str | None = strawberry.field(
        description="Why there is no import, in words; null if there is one."
    )


def history_import(row: HistoryImportRow) -> HistoryImport:
    """Return the import of a number."""
    code = row.error_code
    return HistoryImport(
        phase=row.phase,
        progress=row.progress,
        chunks=sum(len(orders) for orders in row.known_chunks().values()),
        missing_chunks=len(row.missing_chunks()),
        started_at=row.started_at,
        updated_at=row.updated_at,
        refusal=None if code is None else rule_for(code).words,
    )


def sender_standing(row: SenderStandingRow) -> SenderStanding:
    """Return the standing of a number."""
    limit = row.daily_recipients_max
    return SenderStanding(
        blocks=[
            SenderBlock(cause=BlockCause(cause), since=since)
            for cause, since in row.known_blocks().items()
        ],
        restrictions=[
            SenderRestriction(kind=each.kind, expires_at=each.expires_at)
            for each in row.known_restrictions()
        ],
        messages_per_second=row.messages_per_second,
        daily_recipients_max=None if limit == UNLIMITED else limit,
        is_unlimited=limit == UNLIMITED,
        is_flagged=row.is_flagged,
        name=row.name,
        name_decision=row.name_decision,
        name_reason=row.name_reason,
        username=row.username,
        username_status=row.username_status,
    )


def sender_notice(reading: Reading, row: SenderNoticeRow) -> SenderNotice:
    """Return a notice in words."""
    told = notice_words(row.field, row.word)
    return SenderNotice(
        field=row.field,
        word=row.word,
        summary=told.words,
        severity=NoticeSeverity(told.severity.value),
        next_step=told.next_step,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        is_recognised=row.is_recognised,
        words=reading.content(row.content_sealed),
    )


def _value(content: Any) -> str | None:
    return content.value if isinstance(content, NoticeContent) else None
