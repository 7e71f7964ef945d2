"""graphql-transport-ws, message by message, by its protocol."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from domain.member import IssueToken
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import OPERATOR_SCOPES, Role
from infrastructure.tokens import last_four, new_token, token_sha256
from infrastructure.unique_ids import new_id
from tests.api.firm import Firm
from tests.api.socket import PROTOCOL, open_socket
from tests.api.stack import Stack, served

VIEWER = "{ viewer { role } }"
ACTIVITY = "subscription { activity { __typename } }"


def close_code_after(stack: Stack, message: Any, token: str | None = None) -> tuple[int, str]:
    with open_socket(stack.socket_url, token) as socket:
        socket.send(message)
        return socket.close_code()


@pytest.mark.parametrize("subprotocols", [(), ("graphql-ws",), ("graphql-ws", "soap")])
def test_other_subprotocols_are_refused(stack: Stack, subprotocols: tuple[str, ...]) -> None:
    with open_socket(stack.socket_url, subprotocols=subprotocols) as socket:
        assert socket.close_code()[0] == 4406


def test_a_page_of_another_origin_is_refused(stack: Stack) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(stack.socket_url, subprotocols=[PROTOCOL], origin=Origin("https://evil.example"))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '"connection_init"',
        b"{}",
        {},
        {"type": 1},
        {"type": "unknown"},
        {"type": "connection_init", "payload": []},
        {"type": "ping", "payload": "x"},
        {"id": "", "type": "subscribe", "payload": {"query": VIEWER}},
        {"id": 1, "type": "subscribe", "payload": {"query": VIEWER}},
        {"type": "subscribe", "payload": {"query": VIEWER}},
        {"id": "1", "type": "subscribe"},
        {"id": "1", "type": "subscribe", "payload": []},
        {"id": "1", "type": "subscribe", "payload": {"query": 1}},
        {"id": "1", "type": "subscribe", "payload": {"query": VIEWER, "variables": []}},
        {"id": "1", "type": "subscribe", "payload": {"query": VIEWER, "operationName": 1}},
        {"id": "1", "type": "subscribe", "payload": {"query": VIEWER, "extensions": 1}},
        {"type": "complete"},
        '{"a":' * 5_000 + "1" + "}" * 5_000,
    ],
)
def test_a_message_that_is_none_of_the_protocol_ends_the_socket(stack: Stack, message: Any) -> None:
    assert close_code_after(stack, message)[0] == 4400


def test_a_message_over_64_kib_ends_the_socket(stack: Stack) -> None:
    assert close_code_after(stack, "x" * 65_537)[0] == 1009


def test_nothing_is_answered_before_the_conversation_is_opened(stack: Stack) -> None:
    message = {"id": "1", "type": "subscribe", "payload": {"query": VIEWER}}
    assert close_code_after(stack, message) == (4401, "Unauthorized")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (None, 4401),
        ({}, 4401),
        ({"Authorization": "Bearer nonsense"}, 4403),
        ({"Authorization": "Basic nonsense"}, 4403),
        ({"token": new_token()}, 4403),
    ],
)
def test_a_token_that_is_missing_or_wrong_ends_the_socket(
    stack: Stack, payload: dict[str, str] | None, code: int
) -> None:
    message = {"type": "connection_init", "payload": payload}
    assert close_code_after(stack, message)[0] == code


def test_a_token_in_the_address_counts_for_nothing(stack: Stack, firm: Firm) -> None:
    url = f"{stack.socket_url}?token={firm.lawyer}&Authorization=Bearer%20{firm.lawyer}"
    with open_socket(url) as socket:
        socket.send({"type": "connection_init"})
        assert socket.close_code()[0] == 4401


def test_the_conversation_is_opened_once(stack: Stack, firm: Firm) -> None:
    assert close_code_after(stack, {"type": "connection_init"}, firm.lawyer)[0] == 4429


def test_a_client_that_does_not_open_the_conversation_is_cut_off(stack: Stack) -> None:
    with (
        served(stack.store, stack.redis_url, websocket_init_timeout_s=0.2) as port,
        open_socket(f"ws://127.0.0.1:{port}/graphql") as socket,
    ):
        assert socket.close_code()[0] == 4408


def test_a_ping_is_answered(stack: Stack) -> None:
    with open_socket(stack.socket_url) as socket:
        socket.send({"type": "ping", "payload": {"n": 1}})
        assert socket.receive() == {"type": "pong"}
        socket.send({"type": "pong"})
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}


def test_queries_and_mutations_are_answered_too(stack: Stack, firm: Firm) -> None:
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        operation_id = socket.subscribe(VIEWER)
        assert socket.next(operation_id) == {"viewer": {"role": "LAWYER"}}
        assert socket.receive() == {"id": operation_id, "type": "complete"}


@pytest.mark.parametrize(
    "query",
    ["{", "{ unknown }", "subscription { activity }", "", "subscription { a: __typename }"],
)
def test_a_wrong_document_ends_its_operation_alone(stack: Stack, firm: Firm, query: str) -> None:
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        activity = socket.subscribe(ACTIVITY)
        assert socket.next(activity) == {"activity": {"__typename": "Position"}}
        wrong = socket.subscribe(query)
        message = socket.receive()
        assert message["id"] == wrong
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"]
        right = socket.subscribe(VIEWER)
        assert socket.next(right) == {"viewer": {"role": "LAWYER"}}


def test_an_id_that_is_in_use_ends_the_socket(stack: Stack, firm: Firm) -> None:
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        activity = socket.subscribe(ACTIVITY)
        socket.next(activity)
        socket.send({"id": activity, "type": "subscribe", "payload": {"query": ACTIVITY}})
        assert socket.close_code()[0] == 4409


def test_an_id_is_free_again_after_its_operation(stack: Stack, firm: Firm) -> None:
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        for _ in range(2):
            payload = {"query": ACTIVITY}
            socket.send({"id": "same", "type": "subscribe", "payload": payload})
            assert socket.next("same") == {"activity": {"__typename": "Position"}}
            socket.send({"id": "same", "type": "complete"})


def test_the_operations_of_a_socket_are_counted(stack: Stack, firm: Firm) -> None:
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        for _ in range(20):
            socket.next(socket.subscribe(ACTIVITY))
        refused = socket.subscribe(ACTIVITY)
        message = socket.receive()
        assert message["id"] == refused
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


def test_the_sockets_of_a_member_are_counted(stack: Stack, firm: Firm) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(10):
            open_ones.enter_context(open_socket(stack.socket_url, firm.lawyer))
        with open_socket(stack.socket_url) as refused:
            payload = {"token": firm.lawyer}
            refused.send({"type": "connection_init", "payload": payload})
            assert refused.close_code()[0] == 4429
        open_ones.enter_context(open_socket(stack.socket_url, firm.tokens[Role.OWNER]))


def test_a_document_that_costs_too_much_is_refused_here_too(stack: Stack, firm: Firm) -> None:
    fields = "topic contract " * 40
    query = f"""subscription {{ activity {{ ... on MessageActivity {{ conversation {{
        timeline(first: 100) {{ nodes {{ event {{ {fields} }} }} }} }} }} }} }}"""
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        socket.subscribe(query)
        message = socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "TOO_COSTLY"


def test_a_socket_ends_when_its_token_expires(stack: Stack, firm: Firm) -> None:
    token = short_lived(firm, seconds=2)
    stack.wait_until_seen(firm.tenant_id)
    with open_socket(stack.socket_url, token) as socket:
        socket.next(socket.subscribe(ACTIVITY))
        assert socket.close_code() == (4401, "The access token has expired")


def short_lived(firm: Firm, *, seconds: int) -> str:
    """A token that expires in a moment."""
    token = new_token()
    command = IssueToken(
        member_id=firm.members[Role.LAWYER],
        token_id=new_id(),
        token_sha256=token_sha256(token),
        last_four=last_four(token),
        expires_at=firm.stack.store.clock.now() + timedelta(seconds=seconds),
    )
    provenance = Provenance(
        tenant_id=firm.tenant_id,
        actor=Actor(kind=ActorKind.OPERATOR, id="tests"),
        correlation_id=new_id(),
    )
    firm.stack.store.hub.handle(command, provenance, OPERATOR_SCOPES)
    return token
