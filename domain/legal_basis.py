"""On which ground of the law a reply rests (UU 27/2022, article 20).

The rule is consent. A member may reply without it where the law has another ground for exactly this
reply, and says so; it is kept with the approval. See docs/decisions: replies without consent.
"""

from enum import StrEnum
from typing import Final

from domain.contact import ConsentPurpose, Contact


class LegalBasis(StrEnum):
    """The ground that a reply rests on, where it is not the consent of the contact."""

    REQUEST_OF_CONTACT = "request_of_contact"
    """The contact asked for something by itself before any agreement: article 20 (2) b."""
    VITAL_INTEREST = "vital_interest"
    """Somebody's life or safety is at stake: article 20 (2) d."""


_HOLDS_AFTER_REFUSAL: Final = frozenset({LegalBasis.VITAL_INTEREST})


def may_be_replied_to(contact: Contact, basis: LegalBasis | None) -> bool:
    """Whether a member may reply: with consent, or on the ground that the member named.

    What a contact asks for is no ground any more once it refused or took its consent back.
    """
    if contact.has_consented(ConsentPurpose.INTAKE):
        return True
    if basis is None or contact.is_erased:
        return False
    return basis in _HOLDS_AFTER_REFUSAL or not contact.has_refused(ConsentPurpose.INTAKE)


def basis_of_reply(
    contact: Contact, stated: LegalBasis | None, *, is_consent_asked_for: bool
) -> LegalBasis | None:
    """Return the ground of a reply: the one that was stated, or the only one there can be.

    A firm without a published intake asks nobody for consent. Who writes to it asks for an answer.
    """
    if stated is not None or is_consent_asked_for or contact.has_consented(ConsentPurpose.INTAKE):
        return stated
    return LegalBasis.REQUEST_OF_CONTACT
