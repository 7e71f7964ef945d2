"""Refusals of commands, as typed data that a screen can show and react to."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar, Final

import strawberry

from api.errors import InvalidId
from domain.errors import HubError, IdempotencyConflict, InvalidInput, NotFound, VersionConflict


@strawberry.enum(description="Why a command was refused. New values may be added.")
class UserErrorCode(Enum):
    """The codes of refusals."""

    INVALID_INPUT = strawberry.enum_value("INVALID_INPUT", description="A value is out of range.")
    INVALID_ID = strawberry.enum_value("INVALID_ID", description="An id is not one of this API.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such thing.")
    CONFLICT = strawberry.enum_value(
        "CONFLICT", description="The thing changed since the version that was expected."
    )
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT",
        description="The idempotency key was used for a command with another body.",
    )
    BROADCAST_NOT_READY = strawberry.enum_value(
        "BROADCAST_NOT_READY", description="The broadcast is in another state."
    )
    PLAN_CHANGED = strawberry.enum_value(
        "PLAN_CHANGED", description="The plan is not the one that the member saw."
    )
    DRAFT_ALREADY_DECIDED = strawberry.enum_value(
        "DRAFT_ALREADY_DECIDED", description="The draft was decided before."
    )
    DRAFT_IS_ERASED = strawberry.enum_value(
        "DRAFT_IS_ERASED", description="The words of the draft were erased."
    )
    BODY_DIGEST_MISMATCH = strawberry.enum_value(
        "BODY_DIGEST_MISMATCH", description="The words changed while they were approved."
    )
    CONVERSATION_ALREADY_CLOSED = strawberry.enum_value(
        "CONVERSATION_ALREADY_CLOSED", description="The conversation is closed."
    )
    CONVERSATION_ALREADY_OPEN = strawberry.enum_value(
        "CONVERSATION_ALREADY_OPEN", description="The conversation is open."
    )
    CONVERSATION_CLOSED = strawberry.enum_value(
        "CONVERSATION_CLOSED", description="Nothing is sent in a closed conversation."
    )
    CONTACT_OPTED_OUT = strawberry.enum_value(
        "CONTACT_OPTED_OUT", description="The contact asked for no more messages."
    )
    SERVICE_WINDOW_CLOSED = strawberry.enum_value(
        "SERVICE_WINDOW_CLOSED",
        description="More than 24 hours have passed since the contact last wrote.",
    )
    TEMPLATE_MISSING = strawberry.enum_value(
        "TEMPLATE_MISSING", description="The account of the number has no such template."
    )
    TEMPLATE_PAUSED = strawberry.enum_value(
        "TEMPLATE_PAUSED", description="Meta paused the template."
    )
    TEMPLATE_DISABLED = strawberry.enum_value(
        "TEMPLATE_DISABLED", description="Meta disabled the template for good."
    )
    TEMPLATE_NOT_APPROVED = strawberry.enum_value(
        "TEMPLATE_NOT_APPROVED", description="Meta has not approved the template."
    )
    TEMPLATE_CHANGED = strawberry.enum_value(
        "TEMPLATE_CHANGED", description="The template reads differently by now."
    )
    TEMPLATE_NOT_UNDERSTOOD = strawberry.enum_value(
        "TEMPLATE_NOT_UNDERSTOOD", description="The template has parts that cannot be filled in."
    )
    CONTACT_ERASED = strawberry.enum_value("CONTACT_ERASED", description="The contact was erased.")
    CONSENT_MISSING = strawberry.enum_value(
        "CONSENT_MISSING",
        description="The contact has not agreed to the processing of its data.",
    )
    FIRM_SUSPENDED = strawberry.enum_value(
        "FIRM_SUSPENDED", description="The firm is suspended; nothing is sent."
    )
    SENDER_NUMBER_PAUSED = strawberry.enum_value(
        "SENDER_NUMBER_PAUSED", description="Nothing is sent from the number until it is resumed."
    )
    SENDER_NUMBER_BLOCKED = strawberry.enum_value(
        "SENDER_NUMBER_BLOCKED",
        description="Meta disabled the account of the number, or it was disconnected.",
    )
    SENDER_NUMBER_RESTRICTED = strawberry.enum_value(
        "SENDER_NUMBER_RESTRICTED",
        description="Meta restricts what the number may send at present.",
    )
    MARKETING_STOPPED = strawberry.enum_value(
        "MARKETING_STOPPED", description="The contact wants no marketing."
    )
    SENDING_INTERRUPTED = strawberry.enum_value(
        "SENDING_INTERRUPTED",
        description="Meta takes nothing from the number for the moment. Try again later.",
    )
    MEDIA_NOT_RETRYABLE = strawberry.enum_value(
        "MEDIA_NOT_RETRYABLE",
        description="Only a file that failed or was refused is fetched again.",
    )
    TOO_LATE_TO_CHANGE = strawberry.enum_value(
        "TOO_LATE_TO_CHANGE", description="The message is being sent, or was sent."
    )
    ATTEMPT_NOT_UNDERWAY = strawberry.enum_value(
        "ATTEMPT_NOT_UNDERWAY", description="The message is not in doubt, or not any more."
    )
    HUMAN_REQUIRED = strawberry.enum_value(
        "HUMAN_REQUIRED", description="Only a member of the firm may decide this."
    )
    TOO_MUCH_CONTENTION = strawberry.enum_value(
        "TOO_MUCH_CONTENTION", description="Others changed the thing at every attempt."
    )
    WEBHOOK_ENDPOINT_REMOVED = strawberry.enum_value(
        "WEBHOOK_ENDPOINT_REMOVED", description="The webhook endpoint was removed."
    )
    REFUSED = strawberry.enum_value("REFUSED", description="Another rule forbids it.")


@strawberry.interface(description="Why a command was refused. Nothing was changed.")
class UserError:
    """What all refusals have."""

    code: UserErrorCode = strawberry.field(description="The stable code of the refusal.")
    message: str = strawberry.field(description="What is wrong, in words for a person.")
    next_step: str = strawberry.field(description="What can be done about it.")
    field: list[str] = strawberry.field(
        description="The path to the value of the input that is meant; empty for none."
    )


@strawberry.type(description="A value of the input is not accepted.")
class InputError(UserError):
    """A wrong value."""


@strawberry.type(description="There is no such thing in this firm.")
class NotFoundError(UserError):
    """An unknown id."""


@strawberry.type(description="The thing changed since the version that was expected.")
class ConflictError(UserError):
    """A stale version."""

    expected_version: int = strawberry.field(description="The version that the input named.")
    current_version: int = strawberry.field(description="The version now.")


@strawberry.type(description="The idempotency key was used for a command with another body.")
class IdempotencyError(UserError):
    """A key that is taken."""


@strawberry.type(description="A rule of the firm, of the law or of WhatsApp forbids it.")
class RefusalError(UserError):
    """A refusal of the domain."""


USER_ERROR_TYPES: Final = (InputError, NotFoundError, ConflictError, IdempotencyError, RefusalError)


class Refusal(HubError):
    """A refusal that is known before the command is carried out, under a code of its own."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, error_code: UserErrorCode, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.error_code = error_code


def user_error(refusal: HubError, names: Mapping[tuple[str, ...], str]) -> UserError:
    """Return a refusal as typed data.

    `names` gives the fields of the input their names, by the fields of the command they become.
    """
    common: dict[str, Any] = {
        "message": refusal.message,
        "next_step": refusal.next_step,
        "field": [],
    }
    match refusal:
        case InvalidInput():
            code = (
                UserErrorCode.INVALID_ID
                if isinstance(refusal, InvalidId)
                else UserErrorCode.INVALID_INPUT
            )
            common["field"] = _field(refusal.field, names)
            return InputError(code=code, **common)
        case NotFound():
            return NotFoundError(code=UserErrorCode.NOT_FOUND, **common)
        case VersionConflict():
            return ConflictError(
                code=UserErrorCode.CONFLICT,
                expected_version=refusal.expected_version,
                current_version=refusal.current_version,
                **common,
            )
        case IdempotencyConflict():
            return IdempotencyError(code=UserErrorCode.IDEMPOTENCY_CONFLICT, **common)
        case Refusal():
            return RefusalError(code=refusal.error_code, **common)
        case _:
            known = UserErrorCode.__members__
            code = known.get(refusal.code, UserErrorCode.REFUSED)
            return RefusalError(code=code, **common)


def _field(path: tuple[str, ...], names: Mapping[tuple[str, ...], str]) -> list[str]:
    if not path:
        return []
    if path[0] == "input":
        return list(path)
    return ["input", names.get(path, path[-1])]
