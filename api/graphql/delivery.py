"""How far a message of the firm has come, as clients see it."""

from datetime import datetime

import strawberry

from api.graphql.access import described
from api.graphql.enums import DeliveryState
from api.graphql.failures import duplicate_words, failure_words
from domain.outbound_message import OutboundRequested
from projections.deliveries import DeliveryMark
from projections.timeline import TimelineRow


@strawberry.type(description="How far a message of the firm has come, and when.")
class Delivery:
    """The delivery columns of an outbound message. Times of WhatsApp are WhatsApp's own."""

    state: DeliveryState = strawberry.field(description="How far it has come.")
    attempts: int = strawberry.field(description="How often sending was attempted.")
    attempted_at: datetime | None = strawberry.field(description="When it was last attempted.")
    accepted_at: datetime | None = strawberry.field(description="When WhatsApp accepted it.")
    sent_at: datetime | None = strawberry.field(description="When WhatsApp sent it on.")
    delivered_at: datetime | None = strawberry.field(description="When it reached the contact.")
    read_at: datetime | None = strawberry.field(description="When the contact read it.")
    played_at: datetime | None = strawberry.field(
        description="When the contact first played it, if it is a voice message."
    )
    failed_at: datetime | None = strawberry.field(description="When it failed or was refused.")
    failure: str | None = strawberry.field(
        description="Why it failed: Meta's error code, or the stable code of a refusal."
    )
    duplicate_cause: str | None = strawberry.field(
        description="Why the answer to the attempt was lost that arrived after all, as a stable "
        "code; null unless `isDuplicate`."
    )
    put_off_for: strawberry.Private[str | None]

    due_at: datetime | None = strawberry.field(
        description="When it is to be sent, or sent again; null: at once, or no more."
    )
    needs_decision: bool = strawberry.field(
        description="It is in doubt and no status settled it in time: a person decides."
    )
    is_duplicate: bool = strawberry.field(
        description="The contact has it twice: it was sent again after an answer was lost, and a "
        "later status proved that the first attempt had arrived."
    )
    is_held: bool = strawberry.field(
        description="WhatsApp took it and holds it back to judge its template first: it goes out "
        "by itself, or fails with 132015."
    )

    @described("Why it failed, in words for a person; null if it did not.")
    def failure_message(self) -> str | None:
        """The reason in words."""
        return None if self.failure is None else failure_words(self.failure).message

    @described("What can be done about the failure; null where nothing is known.")
    def failure_next_step(self) -> str | None:
        """The way on."""
        return None if self.failure is None else failure_words(self.failure).next_step

    @described("Why the contact has it twice, in words for a person; null unless `isDuplicate`.")
    def duplicate_message(self) -> str | None:
        """The cause in words."""
        return None if self.duplicate_cause is None else duplicate_words(self.duplicate_cause)


def delivery_of(row: TimelineRow, facts: OutboundRequested) -> Delivery:
    """Return the delivery columns of an entry."""
    return Delivery(
        state=DeliveryState(row.delivery_state or "requested"),
        attempts=row.attempt or 0,
        attempted_at=row.attempted_at,
        accepted_at=row.accepted_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        played_at=row.played_at,
        failed_at=row.failed_at,
        failure=row.failure,
        duplicate_cause=row.duplicate_cause,
        put_off_for=row.waits_for,
        due_at=_due_at(row, facts),
        needs_decision=row.mark == DeliveryMark.PARKED and row.delivery_state == "in_doubt",
        is_duplicate=row.mark == DeliveryMark.DUPLICATE,
        is_held=row.mark == DeliveryMark.HELD,
    )


def _due_at(row: TimelineRow, requested: OutboundRequested) -> datetime | None:
    if row.delivery_state not in {None, "requested"}:
        return None
    return row.due_at or requested.send_at
