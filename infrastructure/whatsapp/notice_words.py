"""Notices of Meta in words for a person: what happened, how grave it is, what to do next.

One table for fields, one for the words inside a field that mean more than the field.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from infrastructure.whatsapp.errors import rule_for


class Severity(StrEnum):
    """How grave a notice is."""

    INFORMATION = "information"
    WARNING = "warning"
    CRITICAL = "critical"


class NoticeWords(NamedTuple):
    """A notice in words; `next_step` is None where nothing has to be done."""

    words: str
    severity: Severity = Severity.INFORMATION
    next_step: str | None = None


_INFORMATION: Final = Severity.INFORMATION
_WARNING: Final = Severity.WARNING
_CRITICAL: Final = Severity.CRITICAL
_ACCOUNT_QUALITY: Final = "Look at the account quality at Meta and follow what it asks for."
_SETTLE: Final = "Settle the matter with Meta; approved messages wait until then."
_RECONNECT: Final = "Connect the number to the app again; approved messages wait until then."
_PIN: Final = "If nobody of the firm did this, secure the account at Meta at once."

OF_FIELD: Final[Mapping[str, NoticeWords]] = {
    "account_alerts": NoticeWords("Meta warns about the account.", _WARNING, _ACCOUNT_QUALITY),
    "account_review_update": NoticeWords("Meta decided on the review of the account."),
    "account_update": NoticeWords("The account changed at Meta."),
    "automatic_events": NoticeWords("WhatsApp recognised an event in a conversation."),
    "business_capability_update": NoticeWords("The limits of the business changed."),
    "business_username_update": NoticeWords("The username of the firm changed."),
    "calls": NoticeWords("A call was reported."),
    "contact_identity": NoticeWords(
        "One person seems to be several contacts.", _WARNING, "Decide whether to merge them."
    ),
    "flows": NoticeWords("A form (flow) changed."),
    "group_lifecycle_update": NoticeWords("A group was made or deleted."),
    "group_participants_update": NoticeWords("The participants of a group changed."),
    "group_settings_update": NoticeWords("The settings of a group changed."),
    "group_status_update": NoticeWords("The status of a group changed.", _WARNING),
    "history": NoticeWords("The import of the phone app's history went on."),
    "message_echoes": NoticeWords("Another app sent a message."),
    "message_template_components_update": NoticeWords("The wording of a template changed."),
    "message_template_quality_update": NoticeWords("The quality of a template changed."),
    "message_template_status_update": NoticeWords("The status of a template changed."),
    "messages": NoticeWords("WhatsApp reported something about messages."),
    "messaging_handovers": NoticeWords(
        "Another app took over the conversations, or gave them back.",
        _WARNING,
        "While another app is in charge, the hub only listens.",
    ),
    "partner_solutions": NoticeWords("A solution of a partner changed."),
    "payment_configuration_update": NoticeWords("A payment configuration changed."),
    "phone_number_name_update": NoticeWords("Meta decided on the name of the number."),
    "phone_number_quality_update": NoticeWords("The quality or throughput of the number changed."),
    "security": NoticeWords("A security setting of the number changed.", _WARNING, _PIN),
    "smb_app_state_sync": NoticeWords("A contact of the phone app was synchronised."),
    "smb_message_echoes": NoticeWords("A message was sent from the phone app."),
    "standby": NoticeWords("Another app answers; the hub listens."),
    "template_category_update": NoticeWords("The category of a template changes.", _WARNING),
    "tracking_events": NoticeWords("WhatsApp reported an event of tracking."),
    "user_preferences": NoticeWords("A contact changed its preferences."),
}
"""Field -> its notices in general."""

OF_WORD: Final[Mapping[tuple[str, str], NoticeWords]] = {
    ("account_update", "account_deleted"): NoticeWords(
        "The account was deleted at Meta. Nothing can be sent.", _CRITICAL, _SETTLE
    ),
    ("account_update", "account_offboarded"): NoticeWords(
        "The number was disconnected from the Cloud API. Nothing can be sent.",
        _CRITICAL,
        _RECONNECT,
    ),
    ("account_update", "account_reconnected"): NoticeWords("The number is connected again."),
    ("account_update", "account_restriction"): NoticeWords(
        "Meta restricted what the account may send.", _CRITICAL, _SETTLE
    ),
    ("account_update", "account_violation"): NoticeWords(
        "Meta reports a breach of its rules.", _CRITICAL, _ACCOUNT_QUALITY
    ),
    ("account_update", "business_primary_location_country_update"): NoticeWords(
        "Meta sees the business in another country; prices may change."
    ),
    ("account_update", "disabled_update"): NoticeWords(
        "Meta disables the account, announces it, or lifts it.", _CRITICAL, _SETTLE
    ),
    ("account_update", "partner_added"): NoticeWords("The account was shared with the app."),
    ("account_update", "partner_app_uninstalled"): NoticeWords(
        "The app lost the account. Nothing can be sent.", _CRITICAL, _RECONNECT
    ),
    ("account_update", "partner_removed"): NoticeWords(
        "The app lost the account. Nothing can be sent.", _CRITICAL, _RECONNECT
    ),
    ("account_update", "volume_based_pricing_tier_update"): NoticeWords(
        "The price tier of the account changed."
    ),
    ("account_review_update", "rejected"): NoticeWords(
        "Meta rejected the account in its review.", _CRITICAL, _ACCOUNT_QUALITY
    ),
    ("flows", "client_error_rate"): NoticeWords("A form fails often at contacts.", _WARNING),
    ("flows", "endpoint_availability"): NoticeWords(
        "The server of a form cannot be reached.", _WARNING, "Check the endpoint of the form."
    ),
    ("flows", "endpoint_error_rate"): NoticeWords(
        "The server of a form fails often.", _WARNING, "Check the endpoint of the form."
    ),
    ("flows", "endpoint_latency"): NoticeWords("The server of a form is slow.", _WARNING),
    ("phone_number_name_update", "rejected"): NoticeWords(
        "Meta rejected the name of the number.", _WARNING, "Ask for another name at Meta."
    ),
    ("phone_number_quality_update", "flagged"): NoticeWords(
        "Contacts blocked or reported the number; its quality is low.",
        _WARNING,
        "Send only what people asked for; the limits fall otherwise.",
    ),
    ("user_preferences", "resume"): NoticeWords("A contact allows marketing messages again."),
    ("user_preferences", "stop"): NoticeWords("A contact stopped marketing messages."),
}
"""(field, Meta's word in lower case) -> the notice."""

_CODE_DIGITS_MAX: Final = 9
_UNKNOWN: Final = NoticeWords(
    "WhatsApp reported something that this version does not know; it is kept as it came.",
    _WARNING,
    "Update the hub.",
)


def notice_words(field: str, word: str | None) -> NoticeWords:
    """Return the words of a notice; Meta's word tells more than the field.

    An error that Meta reports about the number has its code as word.
    """
    is_code = word is not None and word.isdecimal() and len(word) <= _CODE_DIGITS_MAX
    if field == "messages" and is_code:
        rule = rule_for(int(word or ""))
        return NoticeWords(rule.words, _WARNING, rule.next_step)
    return OF_WORD.get((field, word or "")) or OF_FIELD.get(field, _UNKNOWN)
