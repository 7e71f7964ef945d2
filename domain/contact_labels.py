"""Labels of contacts: the firm's own short codes by which it picks whom to write to."""

from typing import ClassVar, Final

from domain.errors import InvalidInput
from domain.event import Event
from domain.identity import ContactId
from domain.limits import Field, require_pattern

LABEL_PATTERN: Final = "[a-z0-9]+(-[a-z0-9]+)*"
LABEL_CHARACTERS_MAX: Final = 40
LABELS_MAX: Final = 20
"""How many labels a contact has at most."""


class ContactLabelled(Event, frozen=True, kw_only=True):
    """Labels were put on the contact; `labels` are those that it did not have before.

    A label is a code of the firm (`klien-aktif`), kept readable for ever: no name, no secret.
    """

    TOPIC: ClassVar[str] = "contact.labelled.v1"

    contact_id: ContactId
    labels: tuple[str, ...]


class ContactUnlabelled(Event, frozen=True, kw_only=True):
    """Labels were taken off the contact; `labels` are those that it had."""

    TOPIC: ClassVar[str] = "contact.unlabelled.v1"

    contact_id: ContactId
    labels: tuple[str, ...]


def check_labels(labels: tuple[str, ...], field: Field = ("labels",)) -> None:
    """Raise InvalidInput unless these are 1 to 20 different labels in their form."""
    if not labels or len(set(labels)) != len(labels):
        raise InvalidInput("Name each label once, and at least one.", field=field)
    if len(labels) > LABELS_MAX:
        raise InvalidInput(f"At most {LABELS_MAX} labels are allowed.", field=field)
    for place, label in enumerate(labels):
        here = (*field, str(place))
        words = "small letters, digits and single hyphens, for example klien-aktif"
        require_pattern(label, here, LABEL_PATTERN, words)
        if len(label) > LABEL_CHARACTERS_MAX:
            raise InvalidInput(
                f"A label has at most {LABEL_CHARACTERS_MAX} characters.", field=here
            )
