"""How errors look in an answer: always a code, for refusals a next step, never an internal text."""

import logging
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError

from api.errors import DocumentTooLong, TimeoutReached
from domain.errors import HubError, InvalidInput, StoreUnavailable
from domain.ports.vault import VaultUnavailable
from infrastructure.telemetry.metrics import GRAPHQL_ERRORS
from infrastructure.telemetry.tracing import current_traceparent, trace_id_of

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
INTERNAL: Final = "INTERNAL"

_log = logging.getLogger(__name__)


def formatted(error: GraphQLError) -> dict[str, Any]:
    """Return an error as a client sees it.

    A refusal keeps its words. Anything unforeseen is logged with its place and told as an internal
    error with the trace id by which the log line is found.
    """
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        shown["path"] = error.path
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, HubError):
        shown["message"] = _words(cause)
        shown["extensions"] = refusal_extensions(cause)
    elif isinstance(cause, TimeoutError):
        return formatted_refusal(TimeoutReached("The operation took too long.")) | {
            key: shown[key] for key in ("locations", "path") if key in shown
        }
    elif cause is not None and not isinstance(cause, GraphQLError):
        shown["message"] = _masked(cause)
        shown["extensions"] = {"code": INTERNAL, "traceId": _trace_id()}
    elif isinstance(error, GraphQLSyntaxError):
        shown["extensions"] = {"code": PARSE_FAILED}
    else:
        shown["extensions"] = {"code": VALIDATION_FAILED}
    GRAPHQL_ERRORS.labels(shown["extensions"]["code"]).inc()
    return shown


def formatted_refusal(refusal: HubError) -> dict[str, Any]:
    """Return a refusal that concerns the whole request as an error."""
    GRAPHQL_ERRORS.labels(refusal.code).inc()
    return {"message": _words(refusal), "extensions": refusal_extensions(refusal)}


def refusal_extensions(refusal: HubError) -> dict[str, Any]:
    """Return the machine-readable part of a refusal."""
    extensions: dict[str, Any] = {"code": refusal.code, "nextStep": refusal.next_step}
    if isinstance(refusal, InvalidInput) and refusal.field:
        extensions["field"] = list(refusal.field)
    return extensions


def syntax_refusal(error: GraphQLError, tokens_max: int) -> GraphQLError:
    """Return a parse error, told as a limit where the limit on tokens was the reason."""
    if "tokens. Parsing aborted" not in error.message:
        return error
    return GraphQLError(
        error.message,
        original_error=DocumentTooLong(
            f"The document has more than {tokens_max} tokens, which is the most that is accepted."
        ),
    )


def _words(refusal: HubError) -> str:
    """The words of a refusal; those of an outage are for operators, and logged."""
    if isinstance(refusal, StoreUnavailable | VaultUnavailable):
        _log.warning("An operation failed for want of the store.", extra={"code": refusal.code})
        return "The store does not answer now."
    return refusal.message


def _masked(cause: BaseException) -> str:
    _log.error("An operation failed unexpectedly.", exc_info=cause)
    return "An internal error occurred. Tell your administrator the trace id."


def _trace_id() -> str | None:
    return trace_id_of(current_traceparent.get())
