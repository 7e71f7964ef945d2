"""The description of the REST surface (OpenAPI 3.1), made from the types that are accepted."""

from typing import Any, Final

import msgspec

from api.rest.broadcasts import NewBroadcast, RequestedBroadcast
from api.rest.errors import PROBLEM_JSON, Problem
from api.rest.messages import NewMessage, RequestedMessage

_POINTER: Final = "#/components/schemas/{name}"
_KINDS: Final = (NewMessage, RequestedMessage, NewBroadcast, RequestedBroadcast, Problem)
_REFUSALS: Final = {
    "400": "The request cannot be understood, or has no Idempotency-Key.",
    "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token is not that of an integration.",
    "404": "There is no such thing in this firm.",
    "409": "The Idempotency-Key was used for another body.",
    "413": "The body is too large.",
    "415": "The body is not declared as application/json.",
    "422": "A value is not accepted, something named is unknown, or nothing may be sent now.",
    "429": "The token asks too often; the header Retry-After tells how many seconds to wait.",
    "503": "The hub cannot answer now; try again with the same key.",
}


def openapi_document() -> dict[str, Any]:
    """Return the whole description."""
    _, schemas = msgspec.json.schema_components(_KINDS, ref_template=_POINTER)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lawyers-Hub",
            "version": "1",
            "description": "For a firm's other systems. What is asked for here waits until a "
            "member of the firm approves it; only then it is sent, if consent, opt-out and "
            "WhatsApp's rules allow it at that moment.",
        },
        "servers": [{"url": "/v1"}],
        "security": [{"token": []}],
        "paths": {
            "/messages": {"post": _post_message()},
            "/messages/{id}": {"get": _get_message()},
            "/broadcasts": {"post": _post_broadcast()},
            "/broadcasts/{id}": {"get": _get_broadcast()},
        },
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a member with the role integration.",
                }
            },
        },
    }


def _post_message() -> dict[str, Any]:
    return _post(
        "requestMessage",
        "Ask for a message to be sent to a contact.",
        "The message becomes a draft in the queue of the firm.",
        NewMessage,
        RequestedMessage,
    )


def _post_broadcast() -> dict[str, Any]:
    return _post(
        "requestBroadcast",
        "Ask for the same words, or a template, to be sent to many contacts.",
        "Who would get what is planned at once; a member of the firm looks at the plan and "
        "approves all of it together, or cancels it.",
        NewBroadcast,
        RequestedBroadcast,
    )


def _post(
    operation: str,
    summary: str,
    description: str,
    given: type[msgspec.Struct],
    answer: type[msgspec.Struct],
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"{description} The same Idempotency-Key with the same body gives the same "
        "answer and does nothing more.",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "A text of the caller's own for this one request.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": _schema(given)}},
        "responses": {
            "202": {
                "description": "It waits for approval. The header Location names it.",
                "content": {"application/json": _schema(answer)},
            },
            **_refusals("400", "401", "403", "409", "413", "415", "422", "429", "503"),
        },
    }


def _get_message() -> dict[str, Any]:
    return _get("requestedMessage", "Where a requested message stands.", RequestedMessage)


def _get_broadcast() -> dict[str, Any]:
    return _get("requestedBroadcast", "Where a requested broadcast stands.", RequestedBroadcast)


def _get(operation: str, summary: str, answer: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        "responses": {
            "200": {
                "description": "As it stands now.",
                "content": {"application/json": _schema(answer)},
            },
            **_refusals("401", "403", "404", "429", "503"),
        },
    }


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"schema": {"$ref": _POINTER.format(name=kind.__name__)}}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {
        status: {"description": _REFUSALS[status], "content": {PROBLEM_JSON: _schema(Problem)}}
        for status in statuses
    }
