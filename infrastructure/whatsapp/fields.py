"""The webhook fields and what each one carries.

A field that reports in arrays gives one update per item, so that Meta's regrouping of items never
makes a new fact. What the table does not name is reported as well, marked as not recognised: better
an odd notice than a loss.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from infrastructure.whatsapp.calls import CALLS, call_status_update, call_update
from infrastructure.whatsapp.calls import STATUSES as CALL_STATUSES
from infrastructure.whatsapp.changes import ENVELOPE_MEMBERS, Change
from infrastructure.whatsapp.echoes import PART as ECHOES
from infrastructure.whatsapp.echoes import other_app_echo, phone_app_echo, standby_message
from infrastructure.whatsapp.history import FIELD as HISTORY_FIELD
from infrastructure.whatsapp.history import PART as HISTORY
from infrastructure.whatsapp.history import (
    THREAD_MESSAGES,
    later_echo,
    later_message,
    parts_of_history,
    thread_message,
)
from infrastructure.whatsapp.members import as_object
from infrastructure.whatsapp.messages import PART as MESSAGES
from infrastructure.whatsapp.messages import message_update
from infrastructure.whatsapp.notices import item_notice, whole_notice
from infrastructure.whatsapp.statuses import PART as STATUSES
from infrastructure.whatsapp.statuses import status_update
from infrastructure.whatsapp.updates import Update

ItemNormaliser: TypeAlias = Callable[[Change, int, Any], Update]

MESSAGES_FIELD: Final = "messages"
STANDBY_FIELD: Final = "standby"

# field -> the arrays of its value whose items are facts of their own; none: the value is one fact
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "account_alerts": (),
    "account_review_update": (),
    "account_update": (),
    "automatic_events": ("automatic_events",),
    "business_capability_update": (),
    "business_username_update": (),
    "calls": ("calls", "statuses"),
    "flows": (),
    "group_lifecycle_update": ("groups",),
    "group_participants_update": ("groups",),
    "group_settings_update": ("groups",),
    "group_status_update": ("groups",),
    "history": ("history", "messages", "message_echoes"),
    "message_echoes": ("message_echoes",),
    "message_template_components_update": (),
    "message_template_quality_update": (),
    "message_template_status_update": (),
    MESSAGES_FIELD: (MESSAGES, STATUSES, "errors", "user_actions"),
    "messaging_handovers": ("messaging_handovers",),
    "partner_solutions": (),
    "payment_configuration_update": (),
    "phone_number_name_update": (),
    "phone_number_quality_update": (),
    "security": (),
    "smb_app_state_sync": ("state_sync",),
    "smb_message_echoes": ("message_echoes",),
    STANDBY_FIELD: ("messages", "message_echoes", "statuses"),
    "template_category_update": (),
    "tracking_events": (),
    "user_preferences": ("user_preferences",),
}

_ITEM_NORMALISERS: Final[Mapping[tuple[str, str], ItemNormaliser]] = {
    (MESSAGES_FIELD, MESSAGES): message_update,
    (MESSAGES_FIELD, STATUSES): status_update,
    (STANDBY_FIELD, MESSAGES): standby_message,
    (STANDBY_FIELD, ECHOES): other_app_echo,
    (STANDBY_FIELD, STATUSES): status_update,
    ("smb_message_echoes", ECHOES): phone_app_echo,
    ("message_echoes", ECHOES): other_app_echo,
    ("calls", CALLS): call_update,
    ("calls", CALL_STATUSES): call_status_update,
    (HISTORY_FIELD, THREAD_MESSAGES): thread_message,
    (HISTORY_FIELD, MESSAGES): later_message,
    (HISTORY_FIELD, ECHOES): later_echo,
}


def parts_of(change: Change) -> Iterator[tuple[str | None, list[Any]]]:
    """Yield what a value reports: the items of its members, or, under None, the value as one."""
    if not FIELDS.get(change.field):
        yield None, [change.value]
        return
    value = change.value
    if change.field == HISTORY_FIELD and value.get(HISTORY) is not None:
        chunks = value[HISTORY]
        yield from parts_of_history(chunks if isinstance(chunks, list) else [chunks])
        value = {name: items for name, items in value.items() if name != HISTORY}
    if change.field == STANDBY_FIELD:
        # The only field whose arrays lie one level deeper.
        value = {**value, **as_object(value.get(STANDBY_FIELD))}
        value.pop(STANDBY_FIELD, None)
    for part, items in value.items():
        if part not in ENVELOPE_MEMBERS and items is not None:
            yield part, items if isinstance(items, list) else [items]


def update_of(change: Change, part: str | None, index: int, item: Any) -> Update:
    """Return the update of one item, or, if `part` is None, of the value as one."""
    if part is None:
        return whole_notice(change, is_recognised=change.field in FIELDS)
    normaliser = _ITEM_NORMALISERS.get((change.field, part))
    if normaliser is not None:
        return normaliser(change, index, item)
    return item_notice(change, part, item, is_recognised=part in FIELDS[change.field])
