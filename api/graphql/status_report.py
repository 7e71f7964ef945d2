"""What WhatsApp reported about messages that went out, with prices and reasons in words."""

from datetime import datetime
from typing import Any

import msgspec
import strawberry

from api.graphql.failures import failure_words
from domain.echoed_message import MessageEchoed
from projections.message_statuses import StatusRow
from projections.timeline import TimelineRow


@strawberry.type(description="Why WhatsApp failed to deliver a message.")
class StatusError:
    """An error of Meta in words."""

    code: int = strawberry.field(description="Meta's number of the error.")
    message: str = strawberry.field(description="What happened, in words for a person.")
    next_step: str | None = strawberry.field(description="What to do next, if anything is known.")


@strawberry.type(description="A status that WhatsApp reported of a message.")
class StatusReport:
    """One status; statuses may come in any order, each keeps its own time."""

    status: str = strawberry.field(description="sent, delivered, read, played, failed, or newer.")
    occurred_at: datetime = strawberry.field(description="When, by WhatsApp's clock.")
    recorded_at: datetime = strawberry.field(description="When the hub recorded it.")
    participant: str | None = strawberry.field(
        description="In a group: an opaque mark that tells the participants apart."
    )
    pricing_type: str | None = strawberry.field(
        description="regular is charged; free_customer_service and free_entry_point are not."
    )
    pricing_category: str | None = strawberry.field(
        description="service, utility, marketing, authentication, or newer."
    )
    errors: list[StatusError] = strawberry.field(description="Why it failed; often empty.")


def status_report(row: StatusRow) -> StatusReport:
    """Return a status of the read model."""
    codes = msgspec.json.decode(row.error_codes, type=list[int])
    return StatusReport(
        status=row.status,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        participant=None if row.participant_digest is None else row.participant_digest[:12],
        pricing_type=row.pricing_type,
        pricing_category=row.pricing_category,
        errors=[_error(code) for code in codes],
    )


def status_key(row: TimelineRow, facts: Any) -> str | None:
    """Return what the statuses of a message are found by; None for a message of the contact."""
    if row.entry_kind == "outbound":
        return str(row.entity_id)
    return facts.wamid_digest if isinstance(facts, MessageEchoed) else None


def _error(code: int) -> StatusError:
    words = failure_words(str(code))
    return StatusError(code=code, message=words.message, next_step=words.next_step)
