"""Whether a contact of the audience would be written to, as far as can be told when planning."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Final

import msgspec

from domain.admission import RefusalReason, is_service_window_open, template_standing
from domain.automatic_text import VARIABLES, addressed_name
from domain.broadcast import Audience
from domain.broadcast_words import (
    BroadcastWords,
    TemplateWords,
    category_of,
    variables_in,
    words_for,
)
from domain.contact import ConsentPurpose, ContactDetails, IdentityKind
from domain.outbound_body import OutboundBody
from domain.template import Template
from domain.template_components import TemplateCategory

CONVERSATION_MISSING: Final = "conversation_missing"
"""The contact never wrote to this sender number."""
RECIPIENT_UNREACHABLE: Final = "recipient_unreachable"
"""Neither a phone number nor a user id of the contact is known."""
VARIABLE_MISSING: Final = "variable_missing"
"""The words have a variable for which the contact came without a value."""
WORDS_REFUSED: Final = "words_refused"
"""With the contact's own values filled in, Meta would refuse the words."""

_WRITABLE: Final = frozenset({IdentityKind.PHONE, IdentityKind.BSUID})


class Intention:
    """What is to be said to whom: the same for every candidate of a plan.

    `template` is the one that the words name, as it stands now, and `waba_id` the account of the
    sender number.
    """

    def __init__(
        self,
        audience: Audience,
        words: BroadcastWords,
        *,
        firm_name: str,
        waba_id: str,
        template: Template | None = None,
    ) -> None:
        self.audience = audience
        self.words = words
        self.template = template
        self._firm_name = firm_name
        self._waba_id = waba_id

    @cached_property
    def category(self) -> str:
        """How Meta counts each message."""
        return category_of(self.words, self.template)

    @cached_property
    def is_marketing(self) -> bool:
        """Whether a contact that wants no marketing gets nothing."""
        return self.category == TemplateCategory.MARKETING

    @cached_property
    def is_template(self) -> bool:
        """Whether the words may be sent outside the service window."""
        return isinstance(self.words, TemplateWords)

    @cached_property
    def own_variables(self) -> frozenset[str]:
        """What each recipient has to come with a value for."""
        return variables_in(self.words) - set(VARIABLES)

    @cached_property
    def template_obstacle(self) -> RefusalReason | None:
        """Why Meta would send the template to nobody now."""
        return template_standing(self.template, self._waba_id) if self.is_template else None

    def values_for(self, candidate: "Candidate") -> dict[str, str]:
        """What is filled in for one contact."""
        details = candidate.details
        name = addressed_name(details.profile_name if details is not None else None)
        return {**candidate.variables, "firm_name": self._firm_name, "contact_name": name}

    def body_for(self, candidate: "Candidate") -> OutboundBody:
        """What one contact is sent. Raises InvalidInput, TemplateNotUnderstood."""
        return words_for(self.words, self.values_for(candidate), self.template)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of the audience as it stands now.

    `details` is None when erased or unknown, `last_inbound_at` Meta's time of the contact's last
    message to the sender number, `variables` the values that it came with.
    """

    details: ContactDetails | None
    consents: frozenset[ConsentPurpose]
    has_opted_out: bool
    has_conversation: bool
    last_inbound_at: datetime | None
    has_stopped_marketing: bool = False
    variables: Mapping[str, str] = {}  # msgspec gives each instance a dictionary of its own


def obstacle(candidate: Candidate, intention: Intention, now: datetime) -> str | None:
    """Return the first reason for which the contact gets nothing, or None.

    Asked again, by `domain.admission`, for each message at the moment of sending.
    """
    for reason, is_obstacle in _CHECKS:
        if is_obstacle(candidate, intention):
            return reason
    if intention.template_obstacle is not None:
        return intention.template_obstacle
    if not intention.is_template and not is_service_window_open(candidate.last_inbound_at, now):
        return RefusalReason.SERVICE_WINDOW_CLOSED
    if not intention.own_variables <= candidate.variables.keys():
        return VARIABLE_MISSING
    return None


def _is_unreachable(candidate: Candidate, _intention: Intention) -> bool:
    identities = candidate.details.identities if candidate.details else ()
    return not any(identity.kind in _WRITABLE for identity in identities)


_CHECKS: Final[tuple[tuple[str, Callable[[Candidate, Intention], bool]], ...]] = (
    (RefusalReason.CONTACT_ERASED, lambda candidate, _: candidate.details is None),
    (RefusalReason.CONTACT_OPTED_OUT, lambda candidate, _: candidate.has_opted_out),
    (
        RefusalReason.MARKETING_STOPPED,
        lambda candidate, intention: intention.is_marketing and candidate.has_stopped_marketing,
    ),
    (
        RefusalReason.CONSENT_MISSING,
        lambda candidate, intention: intention.audience.consent_purpose not in candidate.consents,
    ),
    (CONVERSATION_MISSING, lambda candidate, _: not candidate.has_conversation),
    (RECIPIENT_UNREACHABLE, _is_unreachable),
)
"""What is looked at, in this order."""
