"""A client of graphql-transport-ws for tests."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE_S = 60.0

_ids = itertools.count(1)


class GraphQLSocket:
    """One open socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, message: Any) -> None:
        """Send a message, as JSON unless it is a text or bytes."""
        raw = message if isinstance(message, str | bytes) else json.dumps(message)
        self.connection.send(raw)

    def receive(self, timeout_s: float = PATIENCE_S) -> Any:
        """Return the next message."""
        return json.loads(self.connection.recv(timeout=timeout_s))

    def init(self, token: str) -> None:
        """Open the conversation with a token."""
        payload = {"Authorization": f"Bearer {token}"}
        self.send({"type": "connection_init", "payload": payload})
        assert self.receive() == {"type": "connection_ack"}

    def subscribe(self, query: str, variables: dict[str, Any] | None = None) -> str:
        """Start an operation and return its id."""
        operation_id = str(next(_ids))
        payload = {"query": query, "variables": variables or {}}
        self.send({"id": operation_id, "type": "subscribe", "payload": payload})
        return operation_id

    def next(self, operation_id: str, timeout_s: float = PATIENCE_S) -> Any:
        """Return the data of the next result of an operation."""
        message = self.receive(timeout_s)
        assert message["type"] == "next", message
        assert message["id"] == operation_id
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    def close_code(self, timeout_s: float = PATIENCE_S) -> tuple[int, str]:
        """Wait until the server closes the socket; return its code and reason."""
        with pytest.raises(ConnectionClosed) as closed:
            self._drain(timeout_s)
        received = closed.value.rcvd
        assert received is not None
        return received.code, received.reason

    def _drain(self, timeout_s: float) -> None:
        while True:
            self.connection.recv(timeout=timeout_s)


@contextlib.contextmanager
def open_socket(
    url: str, token: str | None = None, *, subprotocols: tuple[str, ...] = (PROTOCOL,)
) -> Iterator[GraphQLSocket]:
    """A socket, with the conversation opened if a token is given."""
    wanted = [Subprotocol(name) for name in subprotocols]
    with connect(url, subprotocols=wanted or None, compression=None, max_queue=None) as connection:
        socket = GraphQLSocket(connection)
        if token is not None:
            socket.init(token)
        yield socket
