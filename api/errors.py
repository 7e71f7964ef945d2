"""Refusals of the HTTP surfaces themselves.

Like those of the domain, each has a stable code and a next step, and none holds personal content.
"""

from typing import ClassVar

from domain.errors import HubError, InvalidInput


class Unauthenticated(HubError):
    """The request does not say who asks, or says it in a way that is not accepted."""

    code = "UNAUTHENTICATED"
    status: ClassVar[int] = 401


class TokenMissing(Unauthenticated):
    """No access token came with the request."""

    code = "TOKEN_MISSING"
    hint = "Send the header `Authorization: Bearer <token>`; on a WebSocket put it in the payload \
of connection_init."


class TokenMalformed(Unauthenticated):
    """What came is not an access token: wrong form or wrong checksum."""

    code = "TOKEN_MALFORMED"
    hint = "Copy the whole token again; it begins with lh_live_ and has 45 characters."


class TokenRefused(Unauthenticated):
    """The token is unknown or was revoked. Both are told in the same words."""

    code = "TOKEN_REFUSED"
    hint = "Ask an owner of the firm for a new token."


class TokenExpired(Unauthenticated):
    """The time of the token is over."""

    code = "TOKEN_EXPIRED"
    hint = "Ask an owner of the firm for a new token."


class LinkUnknown(HubError):
    """The link was not given out here, or to somebody else, or is no longer good for anybody."""

    code = "LINK_UNKNOWN"
    hint = "Ask for a new link."
    status: ClassVar[int] = 404

    def __init__(self) -> None:
        super().__init__("There is nothing behind this link.")


class LinkExpired(HubError):
    """The time of the link is over."""

    code = "LINK_EXPIRED"
    hint = "Ask for a new link."
    status: ClassVar[int] = 410

    def __init__(self) -> None:
        super().__init__("The link has expired.")


class InvalidCursor(InvalidInput):
    """The cursor was not given out by this list, or belongs to somebody else."""

    code = "INVALID_CURSOR"
    hint = "Use a cursor that this list has returned, or leave it out to begin at the start."


class InvalidPageSize(InvalidInput):
    """`first` or `last` is outside of what a page may hold."""

    code = "INVALID_PAGE_SIZE"
    hint = "Ask for 0 to 100 items and read on from the end cursor."


class InvalidId(InvalidInput):
    """The id has not the form of an id of this API."""

    code = "INVALID_ID"
    hint = "Use an id exactly as this API has returned it."


class LimitExceeded(HubError):
    """The operation is larger than what is accepted from anybody."""

    code = "LIMIT_EXCEEDED"
    hint = "Split the operation into smaller ones."


class DocumentTooLong(LimitExceeded):
    """The document has too many tokens."""

    code = "DOCUMENT_TOO_LONG"


class TooManyAliases(LimitExceeded):
    """The document has too many aliases."""

    code = "TOO_MANY_ALIASES"


class TooManyDirectives(LimitExceeded):
    """The document has too many directives."""

    code = "TOO_MANY_DIRECTIVES"


class TooManyRootFields(LimitExceeded):
    """The operation has too many fields at its root."""

    code = "TOO_MANY_ROOT_FIELDS"


class TooDeep(LimitExceeded):
    """The fields of the operation are nested too deeply."""

    code = "TOO_DEEP"


class TooCostly(LimitExceeded):
    """The computed cost of the operation is too high."""

    code = "TOO_COSTLY"
    hint = "Ask for smaller pages or fewer fields; `extensions.cost` tells the cost of an answer."


class TimeoutReached(HubError):
    """The operation took too long and was given up."""

    code = "TIMEOUT"
    hint = "Ask for less at once, or try again in a moment."


class RequestRefused(HubError):
    """The HTTP request is not one that this surface understands; `status` is its answer."""

    code = "BAD_REQUEST"
    hint = "Correct the request and send it again."
    status: ClassVar[int] = 400
    headers: ClassVar[tuple[tuple[bytes, bytes], ...]] = ()


class NotJson(RequestRefused):
    """The body is not JSON, or nested too deeply to be read."""

    code = "NOT_JSON"


class BatchRefused(RequestRefused):
    """Several operations came in one request."""

    code = "BATCHING_DISABLED"
    hint = "Send one operation in a request."


class MethodRefused(RequestRefused):
    """The HTTP method is not one of this address."""

    code = "METHOD_NOT_ALLOWED"
    hint = "Send operations with POST."
    status = 405
    headers = ((b"allow", b"GET, POST"),)


class MutationByGet(MethodRefused):
    """A mutation came with GET, which must change nothing."""

    code = "MUTATION_NEEDS_POST"
    hint = "Send mutations with POST."
    headers = ((b"allow", b"POST"),)


class NotAcceptable(RequestRefused):
    """The client accepts no media type that can be given."""

    code = "NOT_ACCEPTABLE"
    hint = "Accept application/graphql-response+json or application/json."
    status = 406


class BodyTooLarge(RequestRefused):
    """The body has more bytes than are read."""

    code = "BODY_TOO_LARGE"
    hint = "Send less at once."
    status = 413
    headers = ((b"connection", b"close"),)


class ContentTypeRefused(RequestRefused):
    """The body is not declared as JSON; other types could be sent by a foreign page unasked."""

    code = "UNSUPPORTED_CONTENT_TYPE"
    hint = "Send the header `Content-Type: application/json`."
    status = 415


class SubscriptionByHttp(RequestRefused):
    """A subscription came over HTTP."""

    code = "SUBSCRIPTION_NEEDS_WEBSOCKET"
    hint = "Open a WebSocket with the subprotocol graphql-transport-ws and subscribe there."
