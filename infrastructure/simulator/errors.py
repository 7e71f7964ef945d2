"""Meta's error codes: HTTP status, title, and the two shapes in which an error travels.

Source: WhatsApp Cloud API reference, section 12. The HTTP status is the one of Meta's table of
December 2025.
"""

from typing import Any

import msgspec

ERROR_CODES_PAGE = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/"
)


class ErrorKind(msgspec.Struct, frozen=True):
    """What is fixed about an error code. ``transient`` sets Graph's ``is_transient``."""

    http_status: int
    title: str
    details: str
    transient: bool = False


ERROR_KINDS: dict[int, ErrorKind] = {
    0: ErrorKind(401, "AuthException", "We were unable to authenticate the app user."),
    1: ErrorKind(400, "API Unknown", "Invalid request or possible server error."),
    2: ErrorKind(503, "API Service", "Temporary due to downtime or overload.", transient=True),
    3: ErrorKind(500, "API Method", "Capability or permissions issue."),
    4: ErrorKind(400, "API Too Many Calls", "The app has reached its API call rate limit."),
    10: ErrorKind(403, "Permission Denied", "Permission is either not granted or was removed."),
    33: ErrorKind(400, "Parameter value is not valid", "The business phone number was deleted."),
    100: ErrorKind(400, "Invalid parameter", "A parameter is unsupported or misspelled."),
    104: ErrorKind(400, "Access token required", "An access token is required."),
    190: ErrorKind(401, "Access token has expired", "The access token is invalid or expired."),
    200: ErrorKind(403, "API Permission", "Permission is either not granted or was removed."),
    368: ErrorKind(403, "Temporarily blocked for policies violations", "Account restricted."),
    613: ErrorKind(400, "Calls to this API have exceeded the rate limit", "Slow down."),
    2200: ErrorKind(400, "Callback verification failed", "The callback did not shake hands."),
    2635: ErrorKind(400, "Deprecated version", "You are calling a deprecated API version."),
    80007: ErrorKind(400, "Rate limit issues", "The WhatsApp Business Account reached its limit."),
    130403: ErrorKind(400, "User blocked", "You have blocked this user."),
    130429: ErrorKind(400, "Rate limit hit", "Cloud API message throughput has been reached."),
    130472: ErrorKind(
        400,
        "User's number is part of an experiment",
        "Failed to send message because this user's phone number is part of an experiment",
    ),
    130497: ErrorKind(403, "Business account is restricted", "Users in this country are closed."),
    131000: ErrorKind(500, "Something went wrong", "Message failed to send.", transient=True),
    131005: ErrorKind(403, "Access denied", "Permission is either not granted or was removed."),
    131008: ErrorKind(400, "Required parameter is missing", "A required parameter is missing."),
    131009: ErrorKind(400, "Parameter value is not valid", "A parameter value is invalid."),
    131016: ErrorKind(500, "Service unavailable", "A service is unavailable.", transient=True),
    131020: ErrorKind(400, "Group unavailable", "The group does not exist."),
    131021: ErrorKind(400, "Recipient cannot be sender", "Sender and recipient are the same."),
    131026: ErrorKind(400, "Message undeliverable", "Message Undeliverable."),
    131030: ErrorKind(400, "Recipient not in allowed list", "Add the number to the list."),
    131031: ErrorKind(403, "Account has been locked", "The account is restricted or disabled."),
    131037: ErrorKind(400, "Display name approval needed", "The display name is not approved."),
    131042: ErrorKind(
        400,
        "Business eligibility payment issue",
        "There was an error related to your payment method.",
    ),
    131044: ErrorKind(400, "Business eligibility payment issue", "No payment method for calls."),
    131045: ErrorKind(500, "Incorrect certificate", "Phone number registration error."),
    131047: ErrorKind(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last "
        "replied to this number.",
    ),
    131048: ErrorKind(400, "Spam rate limit hit", "Too many previous messages were blocked."),
    131049: ErrorKind(
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    131050: ErrorKind(
        400,
        "User has stopped marketing messages",
        "This recipient has chosen to stop receiving marketing messages from your business.",
    ),
    131051: ErrorKind(400, "Unsupported message type", "Message type is not supported."),
    131052: ErrorKind(400, "Media download error", "Unable to download the media."),
    131053: ErrorKind(400, "Media upload error", "Unable to upload the media."),
    131055: ErrorKind(400, "Method not allowed", "Method is not allowed."),
    131056: ErrorKind(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from this phone number to the same phone number.",
    ),
    131057: ErrorKind(500, "Account in maintenance mode", "Try again later.", transient=True),
    131059: ErrorKind(400, "Invalid cursor", "The pagination cursor is invalid."),
    131062: ErrorKind(
        400,
        "Business-scoped User ID recipients are not supported for this message",
        "Send this message to a phone number.",
    ),
    131063: ErrorKind(400, "Marketing messages are off", "Marketing templates are disabled."),
    131064: ErrorKind(400, "Template classification limit", "Wait for the end of enforcement."),
    131215: ErrorKind(400, "Groups not eligible", "This number cannot use groups."),
    132000: ErrorKind(
        400,
        "Number of parameters does not match the expected number of params",
        "The number of variable parameter values did not match the template.",
    ),
    132001: ErrorKind(
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the language or has not been approved.",
    ),
    132005: ErrorKind(400, "Translated text too long", "The translated text is too long."),
    132007: ErrorKind(400, "Character policy violated", "The content violates a policy."),
    132008: ErrorKind(400, "Template parameter value invalid", "A parameter value is invalid."),
    132012: ErrorKind(
        400,
        "Parameter format does not match format in the created template",
        "The variable parameter values were formatted incorrectly.",
    ),
    132015: ErrorKind(
        400,
        "Template is paused",
        "The template was paused due to low quality; held messages were dropped.",
    ),
    132016: ErrorKind(400, "Template is disabled", "The template was paused too many times."),
    132018: ErrorKind(400, "Template validation failed", "The template message is not valid."),
    132068: ErrorKind(400, "Flow is blocked", "The flow is in blocked state."),
    132069: ErrorKind(400, "Flow is throttled", "The flow is in throttled state."),
    133000: ErrorKind(500, "Incomplete deregistration", "Deregister the number again."),
    133004: ErrorKind(503, "Server temporarily unavailable", "Try again.", transient=True),
    133005: ErrorKind(400, "Two step verification PIN mismatch", "The PIN is wrong."),
    133006: ErrorKind(400, "Phone number re-verification needed", "Verify the number first."),
    133008: ErrorKind(400, "Too many two step verification PIN guesses", "Wait."),
    133009: ErrorKind(400, "Two step verification PIN guessed too fast", "Wait."),
    133010: ErrorKind(400, "Account not registered", "Phone number not registered."),
    133015: ErrorKind(400, "Please wait a few minutes", "The number was deleted recently."),
    133016: ErrorKind(400, "Account register deregister rate limit exceeded", "Wait 72 hours."),
    134011: ErrorKind(400, "Payments terms pending", "Accept the terms of payments."),
    135000: ErrorKind(400, "Generic user error", "Unknown error in the parameters."),
    136024: ErrorKind(400, "Number already verified", "The number is verified already."),
    137000: ErrorKind(
        400,
        "Recipient identity key hash mismatch",
        "The provided recipient identity key hash does not match the one on record.",
    ),
    139100: ErrorKind(400, "Failed to block or unblock some users", "See failed_users."),
    2388019: ErrorKind(400, "Template limit reached", "Delete templates that are not used."),
    2388024: ErrorKind(400, "Template exists", "There is already content in this language."),
    2388039: ErrorKind(400, "Template cannot be edited", "Its status does not allow an edit."),
    2388040: ErrorKind(400, "Field too long", "A field exceeds its limit of characters."),
    2388047: ErrorKind(400, "Header format invalid", "The header is not formatted correctly."),
    2388072: ErrorKind(400, "Body format invalid", "The body is not formatted correctly."),
    2388073: ErrorKind(400, "Footer format invalid", "The footer is not formatted correctly."),
    2388293: ErrorKind(400, "Too many variables", "Too many variables for the length."),
    2388299: ErrorKind(400, "Variable at start or end", "Add text around the variable."),
    2494100: ErrorKind(400, "Account in maintenance mode", "Try again later.", transient=True),
}

_UNKNOWN = ErrorKind(400, "Unknown error", "An error that Meta does not document.")


class GraphError(Exception):
    """A refusal that the Graph API answers with.

    ``details`` says what is wrong with this request; without it the code's own sentence stands.
    """

    def __init__(
        self, code: int, details: str | None = None, *, subcode: int | None = None
    ) -> None:
        self.code = code
        self.kind = ERROR_KINDS.get(code, _UNKNOWN)
        self.details = details or self.kind.details
        self.subcode = subcode
        super().__init__(f"(#{code}) {self.kind.title}: {self.details}")

    def body(self, fbtrace_id: str) -> dict[str, Any]:
        """The JSON answer, as in reference section 12.1."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.kind.title}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.kind.transient:
            error["is_transient"] = True
        error["fbtrace_id"] = fbtrace_id
        return {"error": error}


def unknown_object(node_id: str) -> GraphError:
    """What Graph answers for an id that does not exist or is not the caller's."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{node_id}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation.",
        subcode=33,
    )


def webhook_error(code: int, details: str | None = None) -> dict[str, Any]:
    """The form of an error inside a webhook: title equals message."""
    kind = ERROR_KINDS.get(code, _UNKNOWN)
    return {
        "code": code,
        "title": kind.title,
        "message": kind.title,
        "error_data": {"details": details or kind.details},
        "href": ERROR_CODES_PAGE,
    }
