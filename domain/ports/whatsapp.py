"""The way out to WhatsApp: send an approved message, and say truthfully what became of it."""

from enum import StrEnum
from typing import ClassVar, Final, NoReturn, Protocol

import msgspec

from domain.circuit import CircuitKind
from domain.defect import Defect
from domain.errors import HubError
from domain.message_content import Personal
from domain.outbound_body import OutboundBody


class AccessToken:
    """The token that may send for a number. It never shows in a representation or a pickle."""

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token

    def reveal(self) -> str:
        """Return the token itself, for the moment of the call."""
        return self._token

    def __repr__(self) -> str:
        return "AccessToken(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An access token is never serialised. Pass the id of the sender number.")


class Recipient(Personal, frozen=True):
    """To whom a message goes: `phone` in E.164 with `+`, or `user_id`.

    Where both are given, Meta takes the phone.
    """

    phone: str | None = None
    user_id: str | None = None


class SendRequest(Personal, frozen=True):
    """An approved message on its way.

    `callback_data` (at most 512 characters, no personal content) comes back in the statuses.
    `graph_url` replaces the address of the Graph API for a number that has one of its own.
    `meta_media_id` is Meta's id of the file that the body carries.
    """

    phone_number_id: str
    access_token: AccessToken
    recipient: Recipient
    body: OutboundBody
    callback_data: str
    reply_to_wamid: str | None = None
    graph_url: str | None = None
    meta_media_id: str | None = None


HELD: Final = "held_for_quality_assessment"
"""Meta's word for a message that is released, or dropped with the error 132015, later."""


class SendAccepted(Personal, frozen=True):
    """Meta took the message: accepted, not delivered.

    `message_status` is Meta's word for a held message; `phone` are the digits that WhatsApp knows
    the recipient by; `usage` is how many per cent of its calls the account has used, if Meta told.
    """

    wamid: str
    phone: str | None = None
    user_id: str | None = None
    message_status: str | None = None
    usage: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether Meta holds the message back to judge its template first (pacing; section 9)."""
        return self.message_status == HELD


class SendErrorClass(StrEnum):
    """What a refusal means for the message and for its number (reference, 12.2)."""

    TRANSIENT = "T"
    NUMBER_THROTTLED = "TN"
    PAIR_THROTTLED = "TP"
    ACCOUNT_THROTTLED = "TA"
    WAIT = "W"
    ACCOUNT_BLOCKED = "A"
    RECIPIENT_UNREACHABLE = "R"
    OPTED_OUT = "O"
    WINDOW_CLOSED = "C"
    TEMPLATE_UNUSABLE = "M"
    REQUEST_INVALID = "X"


class RetryRule(msgspec.Struct, frozen=True, kw_only=True):
    """Whether and when a refused message may be sent again.

    `retries_max`: how often, None as long as the message is wanted. `wait_seconds` before the first
    retry, multiplied by `wait_factor` before each further one. A rule that does not spend an
    attempt is about the number, not about the message.
    """

    retries_max: int | None = 0
    wait_seconds: int = 0
    wait_factor: int = 1
    spends_attempt: bool = True

    @property
    def allows_retry(self) -> bool:
        """Whether the message may be sent again without a change."""
        return self.retries_max != 0


class SendRefused(HubError):
    """The message certainly did not go out.

    `meta_code` is Meta's error code, if the refusal came from Meta. `details` are Meta's own words
    and may name a person: seal them, never log them. `retry_after_seconds` is Meta's wish.
    `circuit` is what else would fail the same way; None where it is about this message alone.
    """

    code = "SEND_REFUSED"

    def __init__(
        self,
        words: str,
        *,
        error_class: SendErrorClass,
        retry: RetryRule,
        next_step: str,
        meta_code: int | None = None,
        http_status: int | None = None,
        details: str | None = None,
        trace_id: str | None = None,
        retry_after_seconds: int | None = None,
        circuit: CircuitKind | None = None,
    ) -> None:
        super().__init__(
            words if meta_code is None else f"{words} (Meta's code {meta_code})", hint=next_step
        )
        self.words = words
        self.error_class = error_class
        self.retry = retry
        self.meta_code = meta_code
        self.http_status = http_status
        self.details = details
        self.trace_id = trace_id
        self.retry_after_seconds = retry_after_seconds
        self.circuit = circuit

    @property
    def retryable(self) -> bool:
        """Whether the same message may be sent again."""
        return self.retry.allows_retry


class UnknownCause(StrEnum):
    """Why nobody can tell whether a message went out."""

    NO_ANSWER_IN_TIME = "no_answer_in_time"
    CONNECTION_LOST = "connection_lost"
    SERVER_ERROR_WITHOUT_REASON = "server_error_without_reason"
    ANSWER_UNREADABLE = "answer_unreadable"
    DEFECT = "defect"


class SendOutcomeUnknown(HubError):
    """The call was made, its outcome is not known. Sending again could reach the contact twice."""

    code: ClassVar[str] = "SEND_OUTCOME_UNKNOWN"
    hint: ClassVar[str] = (
        "Do not send again: wait for a status with the callback data, or let a person decide."
    )

    def __init__(
        self,
        cause: UnknownCause,
        *,
        http_status: int | None = None,
        defect: Defect | None = None,
    ) -> None:
        super().__init__(f"It is not known whether Meta took the message ({cause.value}).")
        self.cause = cause
        self.defect = defect
        self.http_status = http_status


class WhatsAppGateway(Protocol):
    """The way out to WhatsApp."""

    async def send(self, request: SendRequest) -> SendAccepted:
        """Send a message, once.

        Raises SendRefused if it certainly did not go out and SendOutcomeUnknown if nobody can tell.
        """
        ...
