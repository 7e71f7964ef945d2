"""Who, where and what each sample notification reports, written out kind by kind."""

from typing import NamedTuple

from domain.message_content import MessageContext, Referral
from infrastructure.whatsapp.updates import ContactIdentity, IdentityChangeKind
from tests.whatsapp.expected_messages import OUR_MESSAGE

AD_CLICK = "Afg7Qm2invented0Kx9vYt3Zr1pWnLc8sHdE4uBoJ6iTaXyMqGfRkV5"
GROUP = "Y2FwaV9ncm91cDo2MjIxNTA4ODAwMTE6MTIwMzYzNDA5OTAwMTEyMjMZD"

RATNA = ContactIdentity(
    phone="6281210004321", user_id="ID.70418823915502846613", profile_name="Ratna Wulandari"
)
DIMAS = ContactIdentity(
    user_id="ID.31904477215608842190", username="@dimas.p", profile_name="Dimas P."
)

SENDERS_OTHER_THAN_RATNA = {
    "message-contacts-shared-on-request": DIMAS,
    "message-text-identity-key-hash": ContactIdentity(
        phone="6281210004321",
        user_id="ID.70418823915502846613",
        profile_name="Ratna Wulandari",
        identity_key_hash="Kq7Zp2Rt9Lw=",
    ),
    "message-text-parent-user-id": ContactIdentity(
        phone="6281210004321",
        user_id="ID.70418823915502846613",
        parent_user_id="ID.ENT.55190277340018826",
        profile_name="Ratna Wulandari",
    ),
    "message-text-username-with-phone": ContactIdentity(
        phone="6281210004321",
        user_id="ID.70418823915502846613",
        username="@ratna.wulan",
        profile_name="Ratna Wulandari",
    ),
    "message-text-username-without-phone": DIMAS,
}

CONTEXTS: dict[str, MessageContext] = {
    "message-button": MessageContext(reply_to_wamid=f"{OUR_MESSAGE}jY4QjBCQjNFQzVDNzRCMjczRgA="),
    "message-interactive-address-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kFFMkY0MDJCNUJCOUEzMkI1MwA="
    ),
    "message-interactive-button-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kI3MTE5NjlFNzk3OTg5QzY0MQA="
    ),
    "message-interactive-call-permission-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kZFQkE2MDdCNzE4RkM5QzVBOQA="
    ),
    "message-interactive-flow-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kEzQjkzMzdCNkRFMjk5QkE5RAA="
    ),
    "message-interactive-list-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kM5NjE4RDdFQkYxMDdEMUNGNwA="
    ),
    "message-location-pin": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}jQ3OUNCRDg4M0Y0RTJFNjU3MAA="
    ),
    "message-text-forwarded": MessageContext(forwarded=True),
    "message-text-frequently-forwarded": MessageContext(frequently_forwarded=True),
    "message-text-referral-ad": MessageContext(
        referral=Referral(
            source_type="ad",
            source_id="120238844190550417",
            source_url="https://fb.me/2aBcDeFgH",
            headline="Tanya Pengacara",
            body="Konsultasi hukum keluarga, jadwal minggu ini masih tersedia.",
            media_type="image",
            media_url="https://scontent.xx.fbcdn.net/v/t45.1600-4/ruko_illus.jpg",
            click_id=AD_CLICK,
            welcome_text="Halo! Ada yang bisa kami bantu?",
        )
    ),
    "message-text-referral-video-post": MessageContext(
        referral=Referral(
            source_type="post",
            source_id="204417730098812",
            source_url="https://fb.me/9zYxWvUtS",
            headline="Klinik Kontrak",
            body="Tiga hal sebelum tanda tangan kontrak kerja",
            media_type="video",
            media_url="https://video.xx.fbcdn.net/v/klinik_kontrak.mp4",
            thumbnail_url="https://scontent.xx.fbcdn.net/v/klinik_thumb.jpg",
        )
    ),
    "message-text-referred-product": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}jY3NTRBRjk2MzJBMjc0NUU4NQA=",
        catalogue_id="418820045591773",
        product_id="paket-review-kontrak",
    ),
    "message-text-reply": MessageContext(
        reply_to_wamid=f"{OUR_MESSAGE}kM3NURFOEMxQjdDM0FFNTI1MgA="
    ),
}


class ExpectedChange(NamedTuple):
    """A change of identity: who it was before, and after."""

    kind: IdentityChangeKind
    before: ContactIdentity
    after: ContactIdentity


IDENTITY_CHANGES: dict[str, ExpectedChange] = {
    "message-system-customer-identity-changed": ExpectedChange(
        IdentityChangeKind.IDENTITY_KEY_CHANGED,
        ContactIdentity(phone="6281210004321", profile_name="Ratna Wulandari"),
        ContactIdentity(
            phone="6281210004321",
            profile_name="Ratna Wulandari",
            identity_key_hash="Zt4Lm8Qw1Vx=",
        ),
    ),
    "message-system-user-changed-number": ExpectedChange(
        IdentityChangeKind.NUMBER_CHANGED,
        ContactIdentity(phone="6281210004321", user_id="ID.70418823915502846613"),
        ContactIdentity(phone="6281290005678", user_id="ID.88215504490177263305"),
    ),
    "message-system-user-changed-user-id": ExpectedChange(
        IdentityChangeKind.USER_ID_CHANGED,
        ContactIdentity(user_id="ID.31904477215608842190"),
        ContactIdentity(user_id="ID.66021185539047712284"),
    ),
}


class ExpectedStatus(NamedTuple):
    """A status: Meta's word, its price as (type, category, billable), and the code of a failure."""

    status: str
    price: tuple[str, str, bool] | None = None
    code: int | None = None


STATUSES: dict[str, ExpectedStatus] = {
    "status-delivered": ExpectedStatus("delivered", ("regular", "utility", True)),
    "status-delivered-conversation-object": ExpectedStatus(
        "delivered", ("regular", "utility", True)
    ),
    "status-delivered-group": ExpectedStatus("delivered", ("regular", "group_utility", True)),
    "status-delivered-identity-key-hash": ExpectedStatus("delivered", ("regular", "utility", True)),
    "status-delivered-username-without-phone": ExpectedStatus(
        "delivered", ("free_customer_service", "service", False)
    ),
    "status-failed-ecosystem-131049": ExpectedStatus("failed", code=131049),
    "status-failed-experiment-130472": ExpectedStatus("failed", code=130472),
    "status-failed-identity-mismatch-137000": ExpectedStatus("failed", code=137000),
    "status-failed-marketing-stopped-131050": ExpectedStatus("failed", code=131050),
    "status-failed-media-131053": ExpectedStatus("failed", code=131053),
    "status-failed-payment-131042": ExpectedStatus("failed", code=131042),
    "status-failed-template-paused-132015": ExpectedStatus("failed", code=132015),
    "status-failed-undeliverable-131026": ExpectedStatus("failed", code=131026),
    "status-failed-window-closed-131047": ExpectedStatus("failed", code=131047),
    "status-played": ExpectedStatus("played"),
    "status-read": ExpectedStatus("read"),
    "status-sent": ExpectedStatus("sent", ("regular", "utility", True)),
    "status-sent-free-entry-point": ExpectedStatus(
        "sent", ("free_entry_point", "referral_conversion", False)
    ),
    "status-sent-opaque-data": ExpectedStatus("sent", ("regular", "marketing", True)),
    "status-sent-service-billable": ExpectedStatus("sent", ("regular", "service", True)),
    "status-sent-service-free-tier": ExpectedStatus(
        "sent", ("free_customer_service", "service", False)
    ),
}


class ExpectedNotice(NamedTuple):
    """A notice: the field, the array it stood in, and Meta's word for what happened."""

    field: str
    part: str | None = None
    event: str | None = None


NOTICES: dict[str, tuple[ExpectedNotice, ...]] = {
    "account-alerts": (ExpectedNotice("account_alerts"),),
    "account-review-update": (ExpectedNotice("account_review_update", event="approved"),),
    "account-update-business-location": (
        ExpectedNotice("account_update", event="business_primary_location_country_update"),
    ),
    "account-update-deleted": (ExpectedNotice("account_update", event="account_deleted"),),
    "account-update-disabled": (ExpectedNotice("account_update", event="disabled_update"),),
    "account-update-offboarded": (ExpectedNotice("account_update", event="account_offboarded"),),
    "account-update-partner-removed": (ExpectedNotice("account_update", event="partner_removed"),),
    "account-update-pricing-tier": (
        ExpectedNotice("account_update", event="volume_based_pricing_tier_update"),
    ),
    "account-update-restriction": (ExpectedNotice("account_update", event="account_restriction"),),
    "account-update-violation": (ExpectedNotice("account_update", event="account_violation"),),
    "automatic-events-lead": (
        ExpectedNotice("automatic_events", "automatic_events", "leadsubmitted"),
    ),
    "business-capability-update": (ExpectedNotice("business_capability_update"),),
    "business-username-update": (ExpectedNotice("business_username_update", event="approved"),),
    "flows-endpoint-availability": (ExpectedNotice("flows", event="endpoint_availability"),),
    "flows-status-change": (ExpectedNotice("flows", event="flow_status_change"),),
    "group-lifecycle-create": (ExpectedNotice("group_lifecycle_update", "groups", "group_create"),),
    "group-participants-add": (
        ExpectedNotice("group_participants_update", "groups", "group_participants_add"),
    ),
    "group-participants-remove": (
        ExpectedNotice("group_participants_update", "groups", "group_participants_remove"),
    ),
    "group-settings-update": (
        ExpectedNotice("group_settings_update", "groups", "group_settings_update"),
    ),
    "group-status-suspend": (ExpectedNotice("group_status_update", "groups", "group_suspend"),),
    "history-declined": (ExpectedNotice("history", "history"),),
    "messages-user-actions-link-click": (
        ExpectedNotice("messages", "user_actions", "marketing_messages_link_click"),
    ),
    "messages-value-errors": (ExpectedNotice("messages", "errors", "130429"),),
    "messaging-handovers": (
        ExpectedNotice("messaging_handovers", "messaging_handovers", "control_taken"),
    ),
    "partner-solutions": (ExpectedNotice("partner_solutions", event="solution_updated"),),
    "payment-configuration-update": (
        ExpectedNotice("payment_configuration_update", event="active"),
    ),
    "phone-number-name-update-approved": (
        ExpectedNotice("phone_number_name_update", event="approved"),
    ),
    "phone-number-name-update-rejected": (
        ExpectedNotice("phone_number_name_update", event="rejected"),
    ),
    "phone-number-quality-update": (
        ExpectedNotice("phone_number_quality_update", event="throughput_upgrade"),
    ),
    "security-pin-reset-request": (ExpectedNotice("security", event="pin_reset_request"),),
    "smb-app-state-sync": (
        ExpectedNotice("smb_app_state_sync", "state_sync", "add"),
        ExpectedNotice("smb_app_state_sync", "state_sync", "remove"),
    ),
    "template-category-update-completed": (ExpectedNotice("template_category_update"),),
    "template-category-update-impending": (ExpectedNotice("template_category_update"),),
    "template-components-update": (ExpectedNotice("message_template_components_update"),),
    "template-quality-update": (ExpectedNotice("message_template_quality_update"),),
    "template-status-approved": (
        ExpectedNotice("message_template_status_update", event="approved"),
    ),
    "template-status-disabled": (
        ExpectedNotice("message_template_status_update", event="disabled"),
    ),
    "template-status-flagged": (ExpectedNotice("message_template_status_update", event="flagged"),),
    "template-status-paused": (ExpectedNotice("message_template_status_update", event="paused"),),
    "template-status-pending-deletion": (
        ExpectedNotice("message_template_status_update", event="pending_deletion"),
    ),
    "template-status-pending": (ExpectedNotice("message_template_status_update", event="pending"),),
    "template-status-rejected": (
        ExpectedNotice("message_template_status_update", event="rejected"),
    ),
    "template-status-unpaused": (
        ExpectedNotice("message_template_status_update", event="approved"),
    ),
    "user-preferences-resume": (ExpectedNotice("user_preferences", "user_preferences", "resume"),),
    "user-preferences-stop": (ExpectedNotice("user_preferences", "user_preferences", "stop"),),
}
