"""Whether a contact of the audience would be written to, as far as can be told when planning."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from domain.admission import RefusalReason, is_service_window_open
from domain.broadcast import Audience
from domain.broadcast_words import BroadcastWords, needs_open_window
from domain.contact import ConsentPurpose, ContactDetails, IdentityKind

CONVERSATION_MISSING: Final = "conversation_missing"
"""The contact never wrote to this sender number."""
RECIPIENT_UNREACHABLE: Final = "recipient_unreachable"
"""Neither a phone number nor a user id of the contact is known."""
WORDS_REFUSED: Final = "words_refused"
"""With the contact's own values filled in, Meta would refuse the words."""

_WRITABLE: Final = frozenset({IdentityKind.PHONE, IdentityKind.BSUID})


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of the audience as it stands now.

    `details` is None when erased or unknown, `last_inbound_at` Meta's time of the contact's last
    message to the sender number.
    """

    details: ContactDetails | None
    consents: frozenset[ConsentPurpose]
    has_opted_out: bool
    has_conversation: bool
    last_inbound_at: datetime | None


def obstacle(
    candidate: Candidate, audience: Audience, words: BroadcastWords, now: datetime
) -> str | None:
    """Return the first reason for which the contact gets nothing, or None.

    Asked again, by `domain.admission`, for each message at the moment of sending.
    """
    for reason, is_obstacle in _CHECKS:
        if is_obstacle(candidate, audience):
            return reason
    if needs_open_window(words) and not is_service_window_open(candidate.last_inbound_at, now):
        return RefusalReason.SERVICE_WINDOW_CLOSED
    return None


def _is_unreachable(candidate: Candidate, _audience: Audience) -> bool:
    identities = candidate.details.identities if candidate.details else ()
    return not any(identity.kind in _WRITABLE for identity in identities)


_CHECKS: Final[tuple[tuple[str, Callable[[Candidate, Audience], bool]], ...]] = (
    (RefusalReason.CONTACT_ERASED, lambda candidate, _: candidate.details is None),
    (RefusalReason.CONTACT_OPTED_OUT, lambda candidate, _: candidate.has_opted_out),
    (
        RefusalReason.CONSENT_MISSING,
        lambda candidate, audience: audience.consent_purpose not in candidate.consents,
    ),
    (CONVERSATION_MISSING, lambda candidate, _: not candidate.has_conversation),
    (RECIPIENT_UNREACHABLE, _is_unreachable),
)
"""What is looked at, in this order."""
