"""The messages of the protocol graphql-transport-ws, as clients send them, with the right types.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from typing import Any, Final

import msgspec
import orjson

from api.graphql.operation import OperationRequest

SUBPROTOCOL: Final = "graphql-transport-ws"
ACK: Final = '{"type":"connection_ack"}'
PONG: Final = '{"type":"pong"}'


class InvalidMessage(Exception):
    """The message is not one of the protocol; the socket is closed with 4400 and these words."""


class ConnectionInit(msgspec.Struct, frozen=True):
    """The client opens the conversation; `payload` holds its access token."""

    payload: dict[str, Any]


class Ping(msgspec.Struct, frozen=True):
    """The client asks whether the server is there."""


class Pong(msgspec.Struct, frozen=True):
    """The client answers a ping, or shows that it is there."""


class Subscribe(msgspec.Struct, frozen=True):
    """The client starts an operation under an id of its own."""

    id: str
    request: OperationRequest


class Complete(msgspec.Struct, frozen=True):
    """The client ends an operation."""

    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def parsed(text: str) -> ClientMessage:
    """Return the message that `text` is. Raises InvalidMessage."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidMessage("The message is not JSON that can be read") from error
    if not isinstance(value, dict):
        raise InvalidMessage("The message is not a JSON object")
    match value.get("type"):
        case "connection_init":
            return ConnectionInit(_object(value, "payload"))
        case "ping":
            _object(value, "payload")
            return Ping()
        case "pong":
            _object(value, "payload")
            return Pong()
        case "subscribe":
            return Subscribe(_id(value), _request(value.get("payload")))
        case "complete":
            return Complete(_id(value))
        case str() as kind:
            raise InvalidMessage(f"Unknown message type {kind[:40]}")
        case _:
            raise InvalidMessage("The message has no type")


def next_message(operation_id: str, payload: str) -> str:
    """Return the message that carries a result; `payload` is its JSON text."""
    return f'{{"id":{_text(operation_id)},"type":"next","payload":{payload}}}'


def error_message(operation_id: str, errors: list[dict[str, Any]]) -> str:
    """Return the message that ends an operation which was not executed."""
    return _json({"id": operation_id, "type": "error", "payload": errors})


def complete_message(operation_id: str) -> str:
    """Return the message that ends an operation."""
    return _json({"id": operation_id, "type": "complete"})


def _request(payload: Any) -> OperationRequest:
    if not isinstance(payload, dict):
        raise InvalidMessage("The payload of subscribe is not an object")
    query, name = payload.get("query"), payload.get("operationName")
    if not isinstance(query, str):
        raise InvalidMessage("The query of subscribe is not a text")
    if name is not None and not isinstance(name, str):
        raise InvalidMessage("The operationName of subscribe is not a text")
    _object(payload, "extensions")
    return OperationRequest(
        query=query, variables=_object(payload, "variables"), operation_name=name or None
    )


def _id(value: dict[str, Any]) -> str:
    given = value.get("id")
    if not isinstance(given, str) or not given:
        raise InvalidMessage("The message has no id")
    return given


def _object(value: dict[str, Any], key: str) -> dict[str, Any]:
    given = value.get(key)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidMessage(f"{key} is not an object")
    return given


def _text(value: str) -> str:
    return orjson.dumps(value).decode()


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
