"""Why an approved message waits: what of its number has to be settled first."""

from uuid import UUID

import strawberry

from api.graphql.failures import failure_words
from api.reading import Reading
from domain.admission import REFUSALS, RefusalReason
from projections.sender_directory import sender_by_id
from projections.sender_standing import standings_of


@strawberry.type(description="What an approved message waits for.")
class WaitingReason:
    """An obstacle that is none of the message: when it is gone, the message goes out by itself."""

    message: str = strawberry.field(description="What is in the way, in words for a person.")
    next_step: str | None = strawberry.field(description="What can be done about it.")


def waiting_reason(
    reading: Reading, sender_number_id: UUID, put_off_for: str | None = None
) -> WaitingReason | None:
    """Return why nothing goes out of a number, or why one message was put off; else None."""
    reason = _reason_of(reading, sender_number_id)
    if reason is not None or put_off_for is None:
        return reason
    words = failure_words(put_off_for)
    return WaitingReason(message=words.message, next_step=words.next_step)


def _reason_of(reading: Reading, sender_number_id: UUID) -> WaitingReason | None:
    number = reading.first(sender_by_id(reading.tenant_id, sender_number_id))
    if number is None:
        return None
    standing = reading.first(standings_of(reading.tenant_id, [sender_number_id]))
    if number.tenant_suspended:
        return _refusal(RefusalReason.TENANT_SUSPENDED)
    if number.paused:
        return _refusal(RefusalReason.SENDER_NUMBER_PAUSED)
    if standing is not None and standing.known_blocks():
        return _refusal(RefusalReason.SENDER_NUMBER_BLOCKED)
    if number.circuit is not None:
        return WaitingReason(
            message=number.circuit_words or "Meta takes nothing from the number for the moment.",
            next_step=number.circuit_next_step,
        )
    return None


def _refusal(reason: RefusalReason) -> WaitingReason:
    refusal = REFUSALS[reason]
    return WaitingReason(message=refusal.words, next_step=refusal.next_step)
