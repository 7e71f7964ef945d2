"""Documents that are cheap to send and dear to run are refused; what they cost is told."""

from collections.abc import Iterator

import pytest

from tests.api.firm import Firm
from tests.api.stack import Stack, served

VIEWER = "viewer { role }"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ " + "viewer { role } " * 500 + "}", "DOCUMENT_TOO_LONG"),
        ("{ " + " ".join(f"a{n}: {VIEWER}" for n in range(16)) + " }", "TOO_MANY_ALIASES"),
        ("{ viewer { role " + "@skip(if: false) " * 51 + "} }", "TOO_MANY_DIRECTIVES"),
        ("{ " + "viewer { role } " * 11 + "}", "TOO_MANY_ROOT_FIELDS"),
        ("{ " + "node { " * 300 + "id" + " }" * 300 + " }", None),
        ("query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }", None),
        (
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            None,
        ),
    ],
)
def test_a_document_over_a_limit_is_refused_by_name(
    stack: Stack, firm: Firm, query: str, code: str | None
) -> None:
    answer = stack.graphql(firm.lawyer, query).json()
    assert "data" not in answer
    found = {error["extensions"]["code"] for error in answer["errors"]}
    assert found <= {code or "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
    if code is not None:
        assert found == {code}


def test_fields_may_be_nested_to_the_limit_and_not_deeper(stack: Stack, firm: Firm) -> None:
    at_the_limit = """{ conversations { nodes { pendingDraft { conversation { pendingDraft {
        conversation { pendingDraft { conversation { contact { id } } } } } } } } } }"""
    deeper = at_the_limit.replace("{ id }", "{ card { version } }")
    assert "data" in stack.graphql(firm.lawyer, at_the_limit).json()
    answer = stack.graphql(firm.lawyer, deeper).json()
    assert answer["errors"][0]["extensions"]["code"] == "TOO_DEEP"


def test_the_cost_is_told_with_every_answer(stack: Stack, firm: Firm) -> None:
    answer = stack.graphql(firm.lawyer, "{ viewer { role scopes } }").json()
    assert answer["extensions"]["cost"] == {"requested": 3, "maximum": 5000}


def test_a_page_costs_its_items(stack: Stack, firm: Firm) -> None:
    def cost(query: str, variables: dict[str, object] | None = None) -> int:
        answer = stack.graphql(firm.lawyer, query, variables).json()
        requested: int = answer["extensions"]["cost"]["requested"]
        return requested

    page = "conversations(first: %s) { nodes { id state } }"
    one, ten = cost("{ " + page % 1 + " }"), cost("{ " + page % 10 + " }")
    assert ten - one == 9 * 3
    by_variable = "query($n: PageSize) { " + page % "$n" + " }"
    assert cost(by_variable, {"n": 10}) == ten
    assert cost("query($n: PageSize = 10) { " + page % "$n" + " }") == ten
    spread = "query { ...P } fragment P on Query { " + page % 10 + " }"
    assert cost(spread) == ten


def test_an_operation_that_costs_too_much_is_not_executed(stack: Stack, firm: Firm) -> None:
    query = "{ conversations(first: 100) { nodes { timeline(first: 100) { nodes { id } } } } }"
    answer = stack.graphql(firm.lawyer, query).json()
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert "at most 5000" in error["message"]


@pytest.mark.parametrize("first", [-1, 101, 2_000_000_000])
@pytest.mark.parametrize("root", ["conversations", "draftQueue", "eventHistory", "members"])
def test_a_page_size_out_of_range_is_told_by_name(
    stack: Stack, firm: Firm, root: str, first: int
) -> None:
    literal = stack.error(firm.lawyer, f"{{ {root}(first: {first}) {{ nodes {{ id }} }} }}")
    assert literal["extensions"]["code"] == "INVALID_PAGE_SIZE"
    query = f"query($n: PageSize) {{ {root}(first: $n) {{ nodes {{ id }} }} }}"
    variable = stack.error(firm.lawyer, query, {"n": first})
    assert variable["extensions"]["code"] == "INVALID_PAGE_SIZE"
    assert variable["message"] == literal["message"]


@pytest.mark.parametrize(
    "cursor",
    ["", "%%%", "x", "AAAA", "Q29udmVyc2F0aW9u", "a" * 500, "AXAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
)
@pytest.mark.parametrize("root", ["conversations", "draftQueue", "eventHistory", "members"])
def test_a_cursor_that_was_not_given_out_is_told_by_name(
    stack: Stack, firm: Firm, root: str, cursor: str
) -> None:
    query = f"query($c: Cursor) {{ {root}(after: $c) {{ nodes {{ id }} }} }}"
    assert stack.error(firm.lawyer, query, {"c": cursor})["extensions"]["code"] == "INVALID_CURSOR"


def test_a_cursor_of_another_list_or_firm_is_refused(
    stack: Stack, firm: Firm, other_firm: Firm
) -> None:
    cursor = stack.data(firm.lawyer, "{ members { pageInfo { endCursor } } }")["members"][
        "pageInfo"
    ]["endCursor"]
    query = "query($c: Cursor) { conversations(after: $c) { nodes { id } } }"
    assert stack.error(firm.lawyer, query, {"c": cursor})["extensions"]["code"] == "INVALID_CURSOR"
    position = stack.data(firm.lawyer, "{ viewer { streamPosition } }")["viewer"]["streamPosition"]
    history = "query($c: Cursor) { eventHistory(after: $c) { nodes { id } } }"
    assert stack.data(firm.lawyer, history, {"c": position})["eventHistory"]["nodes"] == []
    error = stack.error(other_firm.lawyer, history, {"c": position})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "value", ["", "x", "Q29udmVyc2F0aW9u", "Q29udmVyc2F0aW9uOng=", "é", "a" * 999]
)
def test_an_id_that_was_not_given_out_is_told_by_name(stack: Stack, firm: Firm, value: str) -> None:
    error = stack.error(
        firm.lawyer, "query($id: ID!) { conversation(id: $id) { id } }", {"id": value}
    )
    assert error["extensions"]["code"] == "INVALID_ID"
    assert error["extensions"]["field"] == ["id"]


def test_too_many_ids_at_once_are_refused(stack: Stack, firm: Firm) -> None:
    error = stack.error(
        firm.lawyer, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101}
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"


@pytest.fixture(scope="module")
def production(stack: Stack) -> Iterator[Stack]:
    """The same store, served as in production."""
    with served(stack.store, stack.redis_url, environment="production") as port:
        other = Stack(stack.database, stack.store, port, stack.redis_url)
        with other.client:
            yield other


def test_in_production_nobody_looks_at_the_schema(production: Stack, firm: Firm) -> None:
    answer = production.graphql(firm.lawyer, "{ __schema { queryType { name } } }").json()
    assert "data" not in answer
    assert production.graphql(None, "{ __typename }").status_code == 401
    html = production.client.get("/graphql", headers={"accept": "text/html"})
    assert html.status_code in {401, 406}
    assert production.graphql(firm.lawyer, "{ __typename }").json()["data"] == {
        "__typename": "Query"
    }


def test_in_production_misspelt_names_are_not_completed(
    stack: Stack, production: Stack, firm: Firm
) -> None:
    query = "{ viewe { role } }"
    assert "viewer" in stack.error(firm.lawyer, query)["message"]
    assert "viewer" not in production.error(firm.lawyer, query)["message"]
