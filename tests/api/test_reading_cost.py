"""What a question costs the store: few statements, and an end to waiting."""

import threading
from typing import Any

import httpx
import pytest
from psycopg import Connection

from projections.query import Query
from tests.api.firm import Firm
from tests.api.stack import Stack, served
from tests.api.test_queries import INBOX


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The read models that are asked, one entry for each statement."""
    asked: list[str] = []
    fetch = Query.fetch

    def counted(query: Query[Any], connection: Connection[Any]) -> list[Any]:
        asked.append(query.row_type.__name__)
        return fetch(query, connection)

    monkeypatch.setattr(Query, "fetch", counted)
    return asked


def test_a_list_is_read_with_one_statement_however_long_it_is(
    stack: Stack, firm: Firm, statements: list[str]
) -> None:
    for _ in range(3):
        firm.consultation()
    statements.clear()
    stack.data(
        firm.lawyer,
        """{ conversations { nodes { id state unreadCount needsReply
        contact { profileName maskedPhone } lastMessage { content { preview } }
        assessment { urgency } } pageInfo { hasNextPage } streamPosition } }""",
    )
    assert statements == ["InboxRow"]


def test_what_belongs_to_the_rows_of_a_list_is_read_once_for_all_of_them(
    stack: Stack, firm: Firm, statements: list[str]
) -> None:
    for _ in range(3):
        firm.consultation()
    statements.clear()
    stack.data(firm.lawyer, INBOX)
    # Nobody looks after the conversations, so no member is looked up.
    assert sorted(statements) == ["DraftRow", "InboxRow", "SenderRow"]


def test_an_operation_that_takes_too_long_is_given_up(
    stack: Stack, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*_arguments: Any) -> None:
        go_on.wait(10)

    monkeypatch.setattr("api.graphql.queries.member_page", slow)
    with served(stack.store, stack.redis_url, graphql_timeout_s=0.1) as port:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": "{ members { nodes { id } } }"},
            headers={"authorization": f"Bearer {firm.lawyer}"},
        )
        go_on.set()
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "TIMEOUT"
    assert answer.json()["data"] is None
