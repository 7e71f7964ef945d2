"""The send call without the network: the request to make, and what its outcome means.

Both ways of calling, blocking and asynchronous, use these functions, so the judgement about an
outcome exists once. The judgement is strict: only what certainly did not go out is a refusal.
"""

import contextlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx

from domain.circuit import CircuitKind
from domain.outbound_body import file_of
from domain.outbound_cards import ReactionBody
from domain.ports.whatsapp import (
    AccessToken,
    SendAccepted,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    SendRequest,
    UnknownCause,
)
from infrastructure.whatsapp.decoding import JsonObject, NotJson, as_json, decode
from infrastructure.whatsapp.errors import (
    NEVER,
    ONCE_MORE,
    RETRY_OF_CLASS,
    WHILE_AWAY,
    WHILE_BLOCKED,
    rule_for,
)
from infrastructure.whatsapp.members import (
    as_items,
    as_object,
    filled_text,
    flag,
    identifier,
    integer,
    phone_digits,
    word,
)
from infrastructure.whatsapp.outbound_bodies import body_faults, message_members

CALLBACK_DATA_CHARACTERS_MAX: Final = 512

_E164: Final = re.compile(r"\+[1-9][0-9]{4,14}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_USAGE_HEADER: Final = "x-business-use-case-usage"
_USAGE_SHARES: Final = ("call_count", "total_cputime", "total_time")
_RETRY_AFTER_SECONDS_MAX: Final = 86_400
_STATUS_OK: Final = range(200, 300)
_STATUS_REDIRECT: Final = range(300, 400)
_STATUS_REQUEST_TIMEOUT: Final = 408
_STATUS_TOO_MANY: Final = 429
_STATUS_SERVER_ERROR: Final = 500
_STATUS_DENIED: Final = frozenset({401, 403})

_NEVER_CONNECTED: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class PreparedCall(NamedTuple):
    """A send call that is ready to be made. Its representation shows no content."""

    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes

    def __repr__(self) -> str:
        return "PreparedCall(…)"


class Answer(NamedTuple):
    """What came back over HTTP; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"


def prepare(request: SendRequest, *, graph_url: str, graph_version: str) -> PreparedCall:
    """Return the call for a request. Raises SendRefused for what Meta would refuse anyway."""
    faults = (*_request_faults(request), *body_faults(request.body))
    if faults:
        raise SendRefused(
            " ".join(faults),
            error_class=SendErrorClass.REQUEST_INVALID,
            retry=NEVER,
            next_step="Correct the message and have it approved again.",
        )
    base = (request.graph_url or graph_url).rstrip("/")
    return PreparedCall(
        url=_checked_url(
            f"{base}/{graph_version}/{quote(request.phone_number_id, safe='')}/messages"
        ),
        headers={
            "Authorization": f"Bearer {_header_value(request.access_token)}",
            "Content-Type": "application/json",
        },
        content=as_json(_call_members(request)),
    )


def accepted(answer: Answer) -> SendAccepted:
    """Return Meta's acceptance. Raises SendRefused or SendOutcomeUnknown for every other answer."""
    if answer.status in _STATUS_OK:
        acceptance = _acceptance(_members_of(answer), _usage(answer.headers))
        if acceptance is not None:
            return acceptance
    raise refusal_of(answer)


def refusal_of(answer: Answer) -> SendRefused | SendOutcomeUnknown:
    """Return what an answer means that accepts nothing."""
    error = as_object(_members_of(answer).get("error"))
    code = integer(error.get("code"))
    if code is not None:
        return _refused_by_meta(code, error, answer)
    return _judged_by_status(answer)


def _members_of(answer: Answer) -> JsonObject:
    with contextlib.suppress(NotJson):
        return as_object(decode(answer.body))
    return {}


def failed_call(error: httpx.HTTPError) -> SendRefused | SendOutcomeUnknown:
    """Return what a call without an answer means."""
    if isinstance(error, _NEVER_CONNECTED):
        return SendRefused(
            "No connection to the Graph API could be made.",
            error_class=SendErrorClass.TRANSIENT,
            retry=WHILE_AWAY,
            circuit=CircuitKind.NUMBER,
            next_step="Nothing: it is tried again. Check network and address if it stays.",
        )
    if isinstance(error, httpx.TimeoutException):
        return SendOutcomeUnknown(UnknownCause.NO_ANSWER_IN_TIME)
    if isinstance(error, httpx.DecodingError):
        return SendOutcomeUnknown(UnknownCause.ANSWER_UNREADABLE)
    return SendOutcomeUnknown(UnknownCause.CONNECTION_LOST)


def _request_faults(request: SendRequest) -> list[str]:
    recipient = request.recipient
    faults = []
    if recipient.phone is None and not recipient.user_id:
        faults.append("The message has no recipient.")
    if recipient.phone is not None and not _E164.fullmatch(recipient.phone):
        faults.append("The phone number of the recipient is not in E.164 form.")
    if not identifier(request.phone_number_id):
        faults.append("The sender number has no id.")
    if isinstance(request.body, ReactionBody) and request.reply_to_wamid is None:
        faults.append("The reaction names no message.")
    if (file_of(request.body) is None) != (request.meta_media_id is None):
        faults.append("The file of the message is not at Meta.")
    if not 0 < len(request.callback_data) <= CALLBACK_DATA_CHARACTERS_MAX:
        faults.append(
            f"The callback data must have 1 to {CALLBACK_DATA_CHARACTERS_MAX} characters."
        )
    return faults


def _checked_url(url: str) -> httpx.URL:
    parsed = _parsed_url(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SendRefused(
            "The address of the Graph API is not a web address.",
            error_class=SendErrorClass.ACCOUNT_BLOCKED,
            retry=WHILE_BLOCKED,
            circuit=CircuitKind.NUMBER,
            next_step="Correct the address, for instance https://graph.facebook.com.",
        )
    return parsed


@lru_cache(maxsize=256)
def _parsed_url(url: str) -> httpx.URL:
    """The address taken apart; there is one per sender number, and many messages to each."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        return httpx.URL()


def _header_value(token: AccessToken) -> str:
    value = token.reveal()
    if not _TOKEN.fullmatch(value):
        raise SendRefused(
            "The access token is empty or has characters that no token has.",
            error_class=SendErrorClass.ACCOUNT_BLOCKED,
            retry=WHILE_BLOCKED,
            circuit=CircuitKind.TOKEN,
            next_step="Store the access token of the number again.",
        )
    return value


def _call_members(request: SendRequest) -> JsonObject:
    members: JsonObject = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if request.recipient.phone is not None:
        members["to"] = request.recipient.phone
    if request.recipient.user_id:
        members["recipient"] = request.recipient.user_id
    members |= message_members(
        request.body, request.reply_to_wamid, meta_media_id=request.meta_media_id
    )
    members["biz_opaque_callback_data"] = request.callback_data
    return members


def _acceptance(members: JsonObject, usage: int | None) -> SendAccepted | None:
    message = _first(members.get("messages"))
    contact = _first(members.get("contacts"))
    wamid = identifier(message.get("id"))
    if wamid is None:
        return None
    return SendAccepted(
        wamid=wamid,
        phone=phone_digits(contact.get("wa_id")),
        user_id=identifier(contact.get("user_id")),
        message_status=word(message.get("message_status")),
        usage=usage,
    )


def _refused_by_meta(code: int, error: JsonObject, answer: Answer) -> SendRefused:
    rule = rule_for(code, http_status=answer.status, is_transient=flag(error.get("is_transient")))
    details = filled_text(as_object(error.get("error_data")).get("details"))
    return SendRefused(
        rule.words,
        error_class=rule.error_class,
        retry=rule.retry,
        next_step=rule.next_step,
        meta_code=code,
        http_status=answer.status,
        details=details or filled_text(error.get("message")),
        trace_id=identifier(error.get("fbtrace_id")),
        retry_after_seconds=_retry_after_seconds(answer.headers),
        circuit=rule.circuit,
    )


def _judged_by_status(answer: Answer) -> SendRefused | SendOutcomeUnknown:
    """Judge an answer that is not in Meta's form: something else between us and Meta answered."""
    status = answer.status
    if status in _STATUS_OK:
        return SendOutcomeUnknown(UnknownCause.ANSWER_UNREADABLE, http_status=status)
    if status == _STATUS_REQUEST_TIMEOUT or status >= _STATUS_SERVER_ERROR:
        return SendOutcomeUnknown(UnknownCause.SERVER_ERROR_WITHOUT_REASON, http_status=status)
    circuit: CircuitKind | None = None
    if status == _STATUS_TOO_MANY:
        error_class = SendErrorClass.NUMBER_THROTTLED
        retry = RETRY_OF_CLASS[error_class]
    elif status in _STATUS_DENIED or status in _STATUS_REDIRECT:
        error_class, retry = SendErrorClass.ACCOUNT_BLOCKED, WHILE_BLOCKED
        circuit = CircuitKind.NUMBER
    else:
        error_class, retry = SendErrorClass.REQUEST_INVALID, ONCE_MORE
    return SendRefused(
        f"The address of the Graph API answered HTTP {status} without a reason of Meta.",
        error_class=error_class,
        retry=retry,
        next_step="Check the address of the Graph API and what stands between it and this machine.",
        http_status=status,
        retry_after_seconds=_retry_after_seconds(answer.headers),
        circuit=circuit,
    )


def _retry_after_seconds(headers: Mapping[str, str]) -> int | None:
    """Return how long Meta wants us to wait, by `Retry-After` or by the usage header (minutes)."""
    wishes = [integer(headers.get("retry-after"))]
    with contextlib.suppress(NotJson):
        usage = as_object(decode(headers.get(_USAGE_HEADER, "{}").encode()))
        for uses in usage.values():
            minutes = [_minutes(use) for use in as_items(uses)]
            wishes += [None if found is None else found * 60 for found in minutes]
    wanted = max((wish for wish in wishes if wish is not None and wish > 0), default=None)
    return None if wanted is None else min(wanted, _RETRY_AFTER_SECONDS_MAX)


def _usage(headers: Mapping[str, str]) -> int | None:
    """Return how many per cent of any of its limits the account has used, if Meta tells."""
    header = headers.get(_USAGE_HEADER)
    if header is None:
        return None
    shares: list[int] = []
    with contextlib.suppress(NotJson):
        for uses in as_object(decode(header.encode())).values():
            for use in as_items(uses):
                known = (integer(as_object(use).get(name)) for name in _USAGE_SHARES)
                shares += [share for share in known if share is not None]
    return max(shares, default=None)


def _minutes(use: Any) -> int | None:
    return integer(as_object(use).get("estimated_time_to_regain_access"))


def _first(items: Any) -> JsonObject:
    return as_object(next(iter(as_items(items)), None))
