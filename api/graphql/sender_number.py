"""The WhatsApp numbers of the firm."""

from datetime import datetime
from typing import Final
from uuid import UUID

import strawberry

from api.graphql.access import described
from api.graphql.context import Info
from api.graphql.daily_limit import DailyLimit
from api.graphql.ids import global_id
from api.graphql.node import NOT_LOADED, Node, related
from api.graphql.pages import After, Connection, First, forward
from api.graphql.sender_standing import HistoryImport, SenderNotice, SenderStanding
from api.graphql.status_report import StatusReport, status_report
from projections.message_statuses import statuses_of_others
from projections.sender_directory import SenderRow


@strawberry.type(
    description="Calls to Meta for the number failed: messages wait, spend no attempt, and go out "
    "by themselves when Meta takes them again."
)
class SendingOutage:
    """An open circuit breaker."""

    cause: str = strawberry.field(description="A stable word, or a code of Meta.")
    message: str = strawberry.field(description="What is wrong, in words for a person.")
    next_step: str = strawberry.field(description="What can be done about it.")
    since: datetime = strawberry.field(description="When sending stopped.")
    retry_at: datetime = strawberry.field(description="When Meta was or will be asked first.")


_STATUSES_MAX: Final = 50


@strawberry.type(description="A WhatsApp number of the firm.")
class SenderNumber(Node):
    """A row of the sender directory, without anything secret."""

    display_phone: str = strawberry.field(description="The firm's own public phone number.")
    is_paused: bool = strawberry.field(description="Whether nothing is sent from it for now.")
    pause_reason: str | None = strawberry.field(description="Why nothing is sent, if so.")
    media_outage: SendingOutage | None = strawberry.field(
        description="Why files are neither fetched nor sent at the moment; null while they are. "
        "They come by themselves when it is over."
    )
    outage: SendingOutage | None = strawberry.field(
        description="Why nothing can be sent for now, although nobody paused it; null if it can."
    )
    number_key: strawberry.Private[UUID]

    @described("What Meta last said about the number: blocks, limits, quality, names.")
    def standing(self, info: Info) -> SenderStanding | None:
        """Where the number stands with Meta."""
        return related(NOT_LOADED, info, "SenderStanding", self.number_key)

    @described("How many people may be written to first, and how many were.")
    def daily_limit(self, info: Info) -> DailyLimit | None:
        """The limit of the number's account."""
        return related(NOT_LOADED, info, "DailyLimit", self.number_key)

    @described("The import of the phone app's history; null if there is none.")
    def history_import(self, info: Info) -> HistoryImport | None:
        """How far the import has come."""
        return related(NOT_LOADED, info, "HistoryImport", self.number_key)

    @described(
        "The newest statuses of messages that went out of the number without the hub: from the "
        "phone app, or by another app. At most 50."
    )
    async def statuses_of_others(self, info: Info) -> list[StatusReport] | None:
        """What was reported about messages that the hub never sent."""
        number_key = self.number_key
        return await info.context.read(
            lambda reading: [
                status_report(row)
                for row in reading.rows(
                    statuses_of_others(reading.tenant_id, number_key, limit=_STATUSES_MAX)
                )
            ]
        )

    @described("Meta's notices about the number and its account, newest first.")
    async def notices(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[SenderNotice] | None:
        """A page of the notices."""
        from api.graphql.lists import notice_page

        window, number_key = forward(first, after), self.number_key
        return await info.context.read(lambda reading: notice_page(reading, window, number_key))


def sender_number(row: SenderRow) -> SenderNumber:
    """Return a number of the directory."""
    return SenderNumber(
        id=global_id("SenderNumber", row.sender_number_id),
        display_phone=row.display_phone,
        is_paused=row.paused or row.tenant_suspended,
        pause_reason=row.pause_reason,
        outage=_outage(row),
        media_outage=_media_outage(row),
        number_key=row.sender_number_id,
    )


def _media_outage(row: SenderRow) -> SendingOutage | None:
    since, retry_at = row.media_opened_at, row.media_retry_at
    if since is None or retry_at is None:
        return None
    return SendingOutage(
        cause=row.media_cause or "",
        message=row.media_words or "",
        next_step=row.media_next_step or "",
        since=since,
        retry_at=retry_at,
    )


def _outage(row: SenderRow) -> SendingOutage | None:
    since, retry_at = row.circuit_opened_at, row.circuit_retry_at
    if row.circuit is None or since is None or retry_at is None:
        return None
    return SendingOutage(
        cause=row.circuit_cause or "",
        message=row.circuit_words or "",
        next_step=row.circuit_next_step or "",
        since=since,
        retry_at=retry_at,
    )
