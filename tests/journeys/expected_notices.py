"""The notices that each sample leaves on the page of the number, written out."""

from typing import NamedTuple


class Noted(NamedTuple):
    """A notice on the page of the number: field, Meta's word, how grave, its line."""

    field: str
    word: str | None
    severity: str
    line: str


NOTICES: dict[str, tuple[Noted, ...]] = {
    "account-alerts": (Noted("account_alerts", None, "WARNING", "Meta warns about the account."),),
    "account-review-update": (
        Noted(
            "account_review_update",
            "approved",
            "INFORMATION",
            "Meta decided on the review of the account.",
        ),
    ),
    "account-update-business-location": (
        Noted(
            "account_update",
            "business_primary_location_country_update",
            "INFORMATION",
            "Meta sees the business in another country; prices may change.",
        ),
    ),
    "account-update-deleted": (
        Noted(
            "account_update",
            "account_deleted",
            "CRITICAL",
            "The account was deleted at Meta. Nothing can be sent.",
        ),
    ),
    "account-update-disabled": (
        Noted(
            "account_update",
            "disabled_update",
            "CRITICAL",
            "Meta disables the account, announces it, or lifts it.",
        ),
    ),
    "account-update-offboarded": (
        Noted(
            "account_update",
            "account_offboarded",
            "CRITICAL",
            "The number was disconnected from the Cloud API. Nothing can be sent.",
        ),
    ),
    "account-update-partner-removed": (
        Noted(
            "account_update",
            "partner_removed",
            "CRITICAL",
            "The app lost the account. Nothing can be sent.",
        ),
    ),
    "account-update-pricing-tier": (
        Noted(
            "account_update",
            "volume_based_pricing_tier_update",
            "INFORMATION",
            "The price tier of the account changed.",
        ),
    ),
    "account-update-restriction": (
        Noted(
            "account_update",
            "account_restriction",
            "CRITICAL",
            "Meta restricted what the account may send.",
        ),
    ),
    "account-update-violation": (
        Noted(
            "account_update", "account_violation", "CRITICAL", "Meta reports a breach of its rules."
        ),
    ),
    "automatic-events-lead": (
        Noted(
            "automatic_events",
            "leadsubmitted",
            "INFORMATION",
            "WhatsApp recognised an event in a conversation.",
        ),
    ),
    "business-capability-update": (
        Noted(
            "business_capability_update", None, "INFORMATION", "The limits of the business changed."
        ),
    ),
    "business-username-update": (
        Noted(
            "business_username_update",
            "approved",
            "INFORMATION",
            "The username of the firm changed.",
        ),
    ),
    "flows-endpoint-availability": (
        Noted(
            "flows", "endpoint_availability", "WARNING", "The server of a form cannot be reached."
        ),
    ),
    "flows-status-change": (
        Noted("flows", "flow_status_change", "INFORMATION", "A form (flow) changed."),
    ),
    "group-lifecycle-create": (
        Noted(
            "group_lifecycle_update", "group_create", "INFORMATION", "A group was made or deleted."
        ),
    ),
    "group-participants-add": (
        Noted(
            "group_participants_update",
            "group_participants_add",
            "INFORMATION",
            "The participants of a group changed.",
        ),
    ),
    "group-participants-remove": (
        Noted(
            "group_participants_update",
            "group_participants_remove",
            "INFORMATION",
            "The participants of a group changed.",
        ),
    ),
    "group-settings-update": (
        Noted(
            "group_settings_update",
            "group_settings_update",
            "INFORMATION",
            "The settings of a group changed.",
        ),
    ),
    "group-status-suspend": (
        Noted("group_status_update", "group_suspend", "WARNING", "The status of a group changed."),
    ),
    "history-chunk": (
        Noted("history", None, "INFORMATION", "The import of the phone app's history went on."),
    ),
    "history-declined": (
        Noted("history", None, "INFORMATION", "The import of the phone app's history went on."),
    ),
    "messages-user-actions-link-click": (
        Noted(
            "messages",
            "marketing_messages_link_click",
            "INFORMATION",
            "WhatsApp reported something about messages.",
        ),
    ),
    "messages-value-errors": (
        Noted("messages", "130429", "WARNING", "The number sent too many messages at once."),
    ),
    "messaging-handovers": (
        Noted(
            "messaging_handovers",
            "control_taken",
            "WARNING",
            "Another app took over the conversations, or gave them back.",
        ),
    ),
    "partner-solutions": (
        Noted(
            "partner_solutions",
            "solution_updated",
            "INFORMATION",
            "A solution of a partner changed.",
        ),
    ),
    "payment-configuration-update": (
        Noted(
            "payment_configuration_update",
            "active",
            "INFORMATION",
            "A payment configuration changed.",
        ),
    ),
    "phone-number-name-update-approved": (
        Noted(
            "phone_number_name_update",
            "approved",
            "INFORMATION",
            "Meta decided on the name of the number.",
        ),
    ),
    "phone-number-name-update-rejected": (
        Noted(
            "phone_number_name_update",
            "rejected",
            "WARNING",
            "Meta rejected the name of the number.",
        ),
    ),
    "phone-number-quality-update": (
        Noted(
            "phone_number_quality_update",
            "throughput_upgrade",
            "INFORMATION",
            "The quality or throughput of the number changed.",
        ),
    ),
    "security-pin-reset-request": (
        Noted(
            "security", "pin_reset_request", "WARNING", "A security setting of the number changed."
        ),
    ),
    "smb-app-state-sync": (
        Noted(
            "smb_app_state_sync",
            "add",
            "INFORMATION",
            "A contact of the phone app was synchronised.",
        ),
        Noted(
            "smb_app_state_sync",
            "remove",
            "INFORMATION",
            "A contact of the phone app was synchronised.",
        ),
    ),
    "template-category-update-completed": (
        Noted("template_category_update", None, "WARNING", "The category of a template changes."),
    ),
    "template-category-update-impending": (
        Noted("template_category_update", None, "WARNING", "The category of a template changes."),
    ),
    "template-components-update": (
        Noted(
            "message_template_components_update",
            None,
            "INFORMATION",
            "The wording of a template changed.",
        ),
    ),
    "template-quality-update": (
        Noted(
            "message_template_quality_update",
            None,
            "INFORMATION",
            "The quality of a template changed.",
        ),
    ),
    "template-status-approved": (
        Noted(
            "message_template_status_update",
            "approved",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-disabled": (
        Noted(
            "message_template_status_update",
            "disabled",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-flagged": (
        Noted(
            "message_template_status_update",
            "flagged",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-paused": (
        Noted(
            "message_template_status_update",
            "paused",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-pending": (
        Noted(
            "message_template_status_update",
            "pending",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-pending-deletion": (
        Noted(
            "message_template_status_update",
            "pending_deletion",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-rejected": (
        Noted(
            "message_template_status_update",
            "rejected",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "template-status-unpaused": (
        Noted(
            "message_template_status_update",
            "approved",
            "INFORMATION",
            "The status of a template changed.",
        ),
    ),
    "user-preferences-resume": (
        Noted(
            "user_preferences",
            "resume",
            "INFORMATION",
            "A contact allows marketing messages again.",
        ),
    ),
    "user-preferences-stop": (
        Noted("user_preferences", "stop", "INFORMATION", "A contact stopped marketing messages."),
    ),
}
"""Sample -> its notices."""
