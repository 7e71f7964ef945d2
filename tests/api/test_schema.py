"""The schema as a public surface: equal to the committed file, described throughout, well named."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    get_nullable_type,
)

from api.graphql import enums
from api.graphql.queries import NODE_SCOPES
from api.graphql.schema import SCHEMA_FILE, printed_schema
from api.graphql.user_errors import UserErrorCode
from domain import (
    assessment,
    broadcast,
    contact,
    contact_duplicate,
    delivery_state,
    legal_basis,
    outbound_message,
    provenance,
    scopes,
)
from domain.ports import assistant_labels
from infrastructure.checkout import CHECKOUT
from projections import draft_queue, feed, timeline
from tests.api.firm import Firm
from tests.api.stack import Stack

SCHEMA: GraphQLSchema = build_schema(printed_schema())
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}
TYPES: list[GraphQLNamedType] = [
    graphql_type
    for name, graphql_type in SCHEMA.type_map.items()
    if not name.startswith("__") and name not in BUILT_IN
]
OBJECTS = [
    graphql_type
    for graphql_type in TYPES
    if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType)
]


def fields() -> Iterator[tuple[str, GraphQLField]]:
    for graphql_type in OBJECTS:
        for name, field in graphql_type.fields.items():
            yield f"{graphql_type.name}.{name}", field


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    committed = (CHECKOUT / SCHEMA_FILE).read_text("utf-8")
    assert committed == printed_schema(), "run: hub schema --write"


def test_everything_is_described() -> None:
    missing = [graphql_type.name for graphql_type in TYPES if not graphql_type.description]
    for name, field in fields():
        missing += [] if field.description else [name]
        missing += [f"{name}({key})" for key, one in field.args.items() if not one.description]
    for graphql_type in TYPES:
        if isinstance(graphql_type, GraphQLEnumType):
            values = graphql_type.values
            missing += [f"{graphql_type.name}.{n}" for n, v in values.items() if not v.description]
        if isinstance(graphql_type, GraphQLInputObjectType):
            given = graphql_type.fields
            missing += [f"{graphql_type.name}.{n}" for n, f in given.items() if not f.description]
    assert missing == []


def test_names_are_written_as_is_usual() -> None:
    wrong = [one.name for one in TYPES if not re.fullmatch(r"[A-Z][A-Za-z]+", one.name)]
    for name, field in fields():
        names = [name.split(".")[1], *field.args]
        wrong += [one for one in names if not re.fullmatch(r"[a-z][A-Za-z]*", one)]
        wrong += [one for one in names if re.match(r"(get|query|list|fetch)[A-Z]", one)]
    for graphql_type in TYPES:
        if isinstance(graphql_type, GraphQLEnumType):
            values = graphql_type.values
            wrong += [value for value in values if not re.fullmatch(r"[A-Z][A-Z_]*", value)]
    assert wrong == []


def test_every_mutation_is_a_verb_with_one_input_and_a_payload_of_its_own() -> None:
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        pascal = name[0].upper() + name[1:]
        assert list(field.args) == ["input"]
        given = field.args["input"].type
        assert isinstance(given, GraphQLNonNull)
        assert str(given.of_type) == f"{pascal}Input"
        payload = get_nullable_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert payload.name == f"{pascal}Payload"
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
        assert str(payload.fields["clientMutationId"].type) == "String"
        input_type = given.of_type
        assert isinstance(input_type, GraphQLInputObjectType)
        assert str(input_type.fields["idempotencyKey"].type) == "String!"
        assert str(input_type.fields["expectedVersion"].type) == "Int"
        assert str(input_type.fields["clientMutationId"].type) == "String"


def test_lists_of_things_are_connections() -> None:
    roots = [name for name, _ in fields() if name.startswith("Query.")]
    for name, field in fields():
        inner = get_nullable_type(field.type)
        is_list = isinstance(inner, GraphQLList)
        if is_list and get_named_type(field.type).name in NODE_SCOPES:
            assert name.split(".")[0].endswith("Connection"), name
        if is_list and name != "Query.nodes":
            assert isinstance(inner, GraphQLList)
            assert isinstance(inner.of_type, GraphQLNonNull), name
    assert "Query.nodes" in roots
    for graphql_type in OBJECTS:
        if graphql_type.name.endswith("Connection"):
            assert set(graphql_type.fields) == {"edges", "nodes", "pageInfo", "streamPosition"}
    page_info = SCHEMA.type_map["PageInfo"]
    assert isinstance(page_info, GraphQLObjectType)
    assert set(page_info.fields) == {
        "hasNextPage",
        "hasPreviousPage",
        "startCursor",
        "endCursor",
    }


def test_every_node_is_known_to_the_node_field() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    nodes = {one.name for one in SCHEMA.get_possible_types(node)}
    assert nodes == {*NODE_SCOPES, "Firm"}


def test_a_way_to_another_thing_may_be_refused_without_losing_the_thing() -> None:
    for name, field in fields():
        type_name = name.split(".")[0]
        is_inside = type_name.endswith(("Edge", "Connection"))
        if get_named_type(field.type).name in NODE_SCOPES and not is_inside:
            assert not isinstance(field.type, GraphQLNonNull), name


def test_scalars_say_where_they_are_specified() -> None:
    scalars = [one for one in TYPES if isinstance(one, GraphQLScalarType)]
    assert {scalar.name for scalar in scalars} == {"Cursor", "DateTime", "Duration", "PageSize"}
    assert all(scalar.specified_by_url for scalar in scalars)


KEYS_OF_NO_THING = {"clientMutationId", "streamId", "correlationId", "traceId", "optionId"}
KEYS_OF_META = {"accountId", "replyId", "productId", "catalogueId", "sourceId", "clickId"}


def test_moments_are_never_texts_and_keys_of_other_things_never_bare() -> None:
    for name, field in fields():
        leaf = name.split(".")[1]
        type_name = get_named_type(field.type).name
        if leaf.endswith("At"):
            assert type_name == "DateTime", name
        if leaf.endswith("Id"):
            assert leaf in {*KEYS_OF_NO_THING, *KEYS_OF_META}, name


def test_every_item_of_the_subscription_can_be_resumed_after() -> None:
    union = SCHEMA.type_map["ActivityItem"]
    assert isinstance(union, GraphQLUnionType)
    for member in union.types:
        assert str(member.fields["cursor"].type) == "Cursor!", member.name
    subscription = SCHEMA.subscription_type
    assert subscription is not None
    assert list(subscription.fields) == ["activity"]
    assert str(subscription.fields["activity"].args["after"].type) == "Cursor"


@pytest.mark.parametrize(
    ("shown", "known"),
    [
        (enums.Role, scopes.Role),
        (enums.ActorKind, provenance.ActorKind),
        (enums.Urgency, assistant_labels.Urgency),
        (enums.Complexity, assistant_labels.Complexity),
        (enums.Intent, assistant_labels.Intent),
        (enums.AssessmentPurpose, assessment.AssessmentPurpose),
        (enums.DeliveryState, delivery_state.DeliveryState),
        (enums.MessagePurpose, outbound_message.MessagePurpose),
        (enums.BroadcastState, broadcast.BroadcastState),
        (enums.ConsentPurpose, contact.ConsentPurpose),
        (enums.LegalBasis, legal_basis.LegalBasis),
        (enums.DuplicateState, contact_duplicate.DuplicateState),
        (enums.DuplicateReason, contact_duplicate.DuplicateReason),
        (enums.DraftState, draft_queue.DraftState),
        (enums.TimelineEntryKind, timeline.EntryKind),
        (enums.ActivityKind, feed.FeedKind),
    ],
    ids=lambda one: one.__name__,
)
def test_enumerations_know_every_value_of_the_domain(shown: type[Enum], known: type[Enum]) -> None:
    assert {member.value for member in shown} == {member.value for member in known}


def test_codes_of_refusals_are_their_names() -> None:
    assert all(enums.value_of(code) == code.name for code in UserErrorCode)


def test_an_unexpected_failure_is_masked_and_can_be_found_by_its_trace(
    stack: Stack, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr("api.graphql.conversation_queries.conversation_page", broken)
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = stack.graphql(
        firm.lawyer,
        "{ conversations { nodes { id } } viewer { role } }",
        headers={"traceparent": traceparent},
    )
    body = answer.json()
    assert "secret" not in answer.text
    assert body["data"] == {"conversations": None, "viewer": {"role": "LAWYER"}}
    (error,) = body["errors"]
    assert error["extensions"] == {
        "code": "INTERNAL",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    }
