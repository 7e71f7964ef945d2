"""Refusals of the REST surface, and every refusal as a problem document (RFC 9457)."""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from api.errors import RequestRefused, Unauthenticated
from api.graphql.user_errors import Refusal
from domain.admission import REFUSALS, RefusalReason
from domain.errors import (
    AlreadyExists,
    Forbidden,
    HubError,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    StoreUnavailable,
    TooMuchContention,
)
from domain.ports.templates import TemplateCallRefused
from domain.ports.vault import VaultUnavailable

PROBLEM_JSON: Final = "application/problem+json"
_TYPE: Final = "urn:lawyers-hub:problem:"


class IdempotencyKeyMissing(RequestRefused):
    """A request that creates something came without its key."""

    code = "IDEMPOTENCY_KEY_MISSING"
    hint = "Send the header `Idempotency-Key` with a text of your own, one for each new request."


class TooManyRequests(RequestRefused):
    """The token asks more often than is accepted."""

    code = "TOO_MANY_REQUESTS"
    hint = "Wait for the time that the header Retry-After tells, then go on more slowly."
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("This token has sent too many requests in the last minute.")
        self.retry_after_s = retry_after_s


class ContactUnknown(InvalidInput):
    """Nobody with this number or id ever wrote to the firm."""

    code = "CONTACT_UNKNOWN"
    hint = (
        "A contact is known from its first message to one of the firm's numbers on; until then "
        "there is no consent to write to it."
    )


class ConversationUnknown(InvalidInput):
    """The contact never wrote to that sender number."""

    code = "CONVERSATION_UNKNOWN"
    hint = "Leave out `from`, or name the sender number that the contact wrote to."


class SenderNumberUnknown(InvalidInput):
    """The firm has no such sender number."""

    code = "SENDER_NUMBER_UNKNOWN"
    hint = "Name one of the firm's sender numbers by its id; GraphQL lists them."


class TemplateUnknown(InvalidInput):
    """The account of the sender number has no such template."""

    code = "TEMPLATE_UNKNOWN"
    hint = "Look at name, language and number; the query `templates` lists what the firm has."


class TemplateRefused(HubError):
    """Meta would send the template to nobody now."""

    code = "TEMPLATE_REFUSED"

    def __init__(self, reason: RefusalReason) -> None:
        refusal = REFUSALS[reason]
        super().__init__(refusal.words, hint=refusal.next_step)
        self.reason_code = reason.value.upper()


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Why nothing was done (RFC 9457). `code` is stable; `nextStep` says what to do about it.

    `pointer` is the place in the request that is meant (RFC 6901).
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    next_step: str
    pointer: str | UnsetType = UNSET


_STATUS: Final[tuple[tuple[type[HubError], int], ...]] = (
    (Forbidden, 403),
    (NotFound, 404),
    (ContactUnknown, 422),
    (InvalidInput, 422),
    (IdempotencyConflict, 409),
    (AlreadyExists, 409),
    (StoreUnavailable, 503),
    (VaultUnavailable, 503),
    (TooMuchContention, 503),
)
_TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be understood",
    401: "The token is missing or not accepted",
    403: "The token does not allow this",
    404: "There is no such thing",
    405: "The method is not served here",
    408: "The request took too long",
    409: "The request contradicts an earlier one",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "The request cannot be carried out",
    429: "Too many requests",
    500: "The hub failed",
    503: "The hub cannot answer now",
}


class UnknownPath(RequestRefused):
    """Nothing is served at this path."""

    code = "NOT_FOUND"
    hint = "GET /v1/openapi.json describes what there is."
    status: ClassVar[int] = 404


class InternalFailure(HubError):
    """The hub itself failed; the reason stands in its log under the trace."""

    code = "INTERNAL"
    hint = "Send the request again with the same Idempotency-Key; tell the operator if it stays."


def status_of(refusal: HubError) -> int:
    """Return the HTTP status of a refusal."""
    if isinstance(refusal, RequestRefused | Unauthenticated):
        return refusal.status
    if isinstance(refusal, InternalFailure):
        return 500
    if isinstance(refusal, TemplateCallRefused) and refusal.is_temporary:
        return 503
    return next((status for kind, status in _STATUS if isinstance(refusal, kind)), 422)


def _code_of(refusal: HubError) -> str:
    match refusal:
        case Refusal():
            return str(refusal.error_code.value)
        case TemplateRefused():
            return refusal.reason_code
        case _:
            return refusal.code


def problem_of(refusal: HubError) -> Problem:
    """Return a refusal as a problem document."""
    status = status_of(refusal)
    code = _code_of(refusal)
    field = refusal.field if isinstance(refusal, InvalidInput) else ()
    return Problem(
        type=_TYPE + code.lower().replace("_", "-"),
        title=_TITLES.get(status, _TITLES[422]),
        status=status,
        detail=refusal.message,
        code=code,
        next_step=refusal.next_step,
        pointer="".join(f"/{step}" for step in field) or UNSET,
    )
