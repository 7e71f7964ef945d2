"""GraphQL over HTTP, by its specification, and what is refused before anything runs."""

import json
from typing import Any

import pytest

from tests.api.firm import Firm
from tests.api.stack import Stack

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
VIEWER = "{ viewer { role } }"


def post(stack: Stack, firm: Firm, body: Any, **headers: str) -> Any:
    sent = {"authorization": f"Bearer {firm.lawyer}", "content-type": JSON, **headers}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return stack.client.post("/graphql", content=content, headers=sent)


def code_of(answer: Any) -> str:
    body = answer.json()
    assert "data" not in body
    code: str = body["errors"][0]["extensions"]["code"]
    return code


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.9, {GRAPHQL_RESPONSE};q=0.8", JSON),
    ],
)
def test_the_media_type_is_the_one_that_the_client_accepts(
    stack: Stack, firm: Firm, accepted: str, given: str
) -> None:
    answer = post(stack, firm, {"query": VIEWER}, accept=accepted)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{given}; charset=utf-8"
    assert answer.json()["data"] == {"viewer": {"role": "LAWYER"}}


def test_a_client_that_accepts_neither_is_told_so(stack: Stack, firm: Firm) -> None:
    answer = post(stack, firm, {"query": VIEWER}, accept="text/plain")
    assert answer.status_code == 406


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ viewer { unknown } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { viewer { role @skip(if: true) } nodes(ids: [$n]) { id } }", {}, None),
        ("query($id: ID!) { node(id: $id) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { role } } query B { viewer { role } }", {}, None),
    ],
)
def test_what_is_not_executed_has_no_data_and_the_status_of_its_media_type(
    stack: Stack, firm: Firm, query: str, variables: dict[str, object], code: str | None
) -> None:
    body = {"query": query, "variables": variables}
    modern = post(stack, firm, body, accept=GRAPHQL_RESPONSE)
    older = post(stack, firm, body, accept=JSON)
    assert modern.status_code == 400
    assert older.status_code == 200
    assert code_of(modern) == code_of(older) == (code or "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "NOT_JSON"),
        (b"{", "NOT_JSON"),
        (b"\xff\xfe", "NOT_JSON"),
        (b"[" * 50_000 + b"]" * 50_000, "NOT_JSON"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "NOT_JSON"),
        (b"null", "BAD_REQUEST"),
        (b'"text"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query": 1}', "BAD_REQUEST"),
        (b'{"query": ""}', "BAD_REQUEST"),
        (b'{"query": "{viewer{role}}", "variables": []}', "BAD_REQUEST"),
        (b'{"query": "{viewer{role}}", "operationName": 1}', "BAD_REQUEST"),
        (b'{"query": "{viewer{role}}", "extensions": "x"}', "BAD_REQUEST"),
        (b'[{"query": "{viewer{role}}"}]', "BATCHING_DISABLED"),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    stack: Stack, firm: Firm, body: bytes, code: str
) -> None:
    answer = post(stack, firm, body)
    assert answer.status_code == 400
    assert code_of(answer) == code


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_content_type_that_a_foreign_page_could_send_is_refused(
    stack: Stack, firm: Firm, content_type: str
) -> None:
    answer = post(stack, firm, {"query": VIEWER}, **{"content-type": content_type})
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_refused(stack: Stack, firm: Firm) -> None:
    answer = post(stack, firm, b" " * 262_145)
    assert answer.status_code == 413
    assert code_of(answer) == "BODY_TOO_LARGE"


def test_a_query_may_come_with_get_and_a_mutation_may_not(stack: Stack, firm: Firm) -> None:
    headers = {"authorization": f"Bearer {firm.lawyer}", "accept": JSON}
    answer = stack.client.get("/graphql", params={"query": VIEWER}, headers=headers)
    assert answer.json()["data"] == {"viewer": {"role": "LAWYER"}}
    mutation = 'mutation { rejectDraft(input: {draftId: "x", idempotencyKey: "k"}) { isPending } }'
    answer = stack.client.get("/graphql", params={"query": mutation}, headers=headers)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_other_methods_are_refused(stack: Stack, firm: Firm) -> None:
    headers = {"authorization": f"Bearer {firm.lawyer}"}
    assert stack.client.put("/graphql", json={"query": VIEWER}, headers=headers).status_code == 405


def test_a_subscription_is_sent_to_the_websocket(stack: Stack, firm: Firm) -> None:
    answer = post(stack, firm, {"query": "subscription { activity { __typename } }"})
    assert answer.status_code == 400
    assert code_of(answer) == "SUBSCRIPTION_NEEDS_WEBSOCKET"


def test_nothing_may_be_stored_by_caches(stack: Stack, firm: Firm) -> None:
    answer = post(stack, firm, {"query": VIEWER})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


def test_the_console_is_given_to_browsers_in_dev(stack: Stack) -> None:
    answer = stack.client.get("/graphql", headers={"accept": "text/html,*/*"})
    assert answer.status_code == 200
    assert "graphiql" in answer.text


def test_the_schema_may_be_looked_at_without_a_token_in_dev(stack: Stack) -> None:
    answer = stack.graphql(None, "{ __schema { queryType { name } } }").json()
    assert answer["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    assert stack.graphql(None, "{ __typename viewer { role } }").status_code == 401
    assert stack.graphql(None, "{").status_code == 401
