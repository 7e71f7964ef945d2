"""Random valid operations: whatever is asked, nothing fails in a way that was not foreseen."""

import json
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    ValuesOfCorrectTypeRule,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
    specified_rules,
    validate,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.graphql.schema import printed_schema
from domain.scopes import Role
from tests.api.firm import Firm
from tests.api.stack import Stack
from tests.api.test_queries import INBOX

SCHEMA: GraphQLSchema = build_schema(printed_schema())
DEPTH = 5
ALIASES_MAX = 15
FIELDS_MAX = 4
RULES = [rule for rule in specified_rules if rule is not ValuesOfCorrectTypeRule]
"""All rules but the one that looks at values: the printed schema does not know our scalars."""

FORESEEN = {
    "FORBIDDEN",
    "INVALID_CURSOR",
    "INVALID_ID",
    "INVALID_INPUT",
    "INVALID_PAGE_SIZE",
    "NOT_FOUND",
    "TOO_COSTLY",
    "TOO_DEEP",
}
CHARACTERS = "aZ0 é\u0000\u202e😀$%{}[]=_-/+"


class Known:
    """Ids and cursors that exist, so that random operations reach what there is."""

    ids: list[str]
    cursors: list[str]

    def __init__(self, stack: Stack, firm: Firm) -> None:
        edge = stack.data(firm.lawyer, INBOX)["conversations"]["edges"][0]
        node = edge["node"]
        history = stack.data(
            firm.lawyer, "{ eventHistory { nodes { id position } streamPosition } }"
        )["eventHistory"]
        self.ids = [node["id"], node["contact"]["id"], node["pendingDraft"]["id"]]
        self.ids += [event["id"] for event in history["nodes"][:3]]
        self.cursors = [edge["cursor"], history["streamPosition"]]
        self.cursors += [event["position"] for event in history["nodes"][:2]]


class Writer:
    """Writes a random operation."""

    def __init__(self, chance: Random, known: Known) -> None:
        self.chance = chance
        self.known = known
        self.aliases = 0

    def operation(self, root: GraphQLObjectType, kind: str) -> str:
        return f"{kind} {self.selection(root, DEPTH)}"

    def selection(self, graphql_type: Any, depth: int) -> str:
        parts = ["__typename"]
        if is_abstract_type(graphql_type):
            parts += [
                f"... on {member.name} {self.selection(member, depth)}"
                for member in SCHEMA.get_possible_types(graphql_type)
                if self.chance.random() < 0.4
            ]
        names = list(getattr(graphql_type, "fields", {}))
        chosen = self.chance.sample(names, min(len(names), self.chance.randint(1, FIELDS_MAX)))
        parts += [self.field(name, graphql_type.fields[name], depth) for name in chosen]
        return "{ " + " ".join(part for part in parts if part) + " }"

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        inner = get_named_type(field.type)
        if not is_leaf_type(inner) and depth == 0:
            return ""
        text = name
        if field.args or is_abstract_type(inner) or not is_leaf_type(inner):
            # Different arguments, or parts of different types, under one name would not be valid.
            self.aliases += 1
            text = f"f{self.aliases}: {name}"
        if self.aliases > ALIASES_MAX:
            return ""
        arguments = [
            f"{key}: {value}"
            for key, argument in field.args.items()
            if (value := self.argument(argument)) is not None
        ]
        text += f"({', '.join(arguments)})" if arguments else ""
        return text if is_leaf_type(inner) else f"{text} {self.selection(inner, depth - 1)}"

    def argument(self, argument: GraphQLArgument) -> str | None:
        is_needed = isinstance(argument.type, GraphQLNonNull)
        return self.value(argument.type) if is_needed or self.chance.random() < 0.5 else None

    def value(self, graphql_type: Any) -> str:
        if isinstance(graphql_type, GraphQLNonNull):
            return self.value(graphql_type.of_type)
        if isinstance(graphql_type, GraphQLList):
            count = self.chance.randint(0, 3)
            return f"[{', '.join(self.value(graphql_type.of_type) for _ in range(count))}]"
        if isinstance(graphql_type, GraphQLEnumType):
            return str(self.chance.choice(list(graphql_type.values)))
        if isinstance(graphql_type, GraphQLInputObjectType) and graphql_type.is_one_of:
            name, field = self.chance.choice(list(graphql_type.fields.items()))
            return f"{{{name}: {self.value(field.type)}}}"
        if isinstance(graphql_type, GraphQLInputObjectType):
            given_fields = [
                f"{name}: {self.value(field.type)}"
                for name, field in graphql_type.fields.items()
                if isinstance(field.type, GraphQLNonNull) or self.chance.random() < 0.5
            ]
            return "{" + ", ".join(given_fields) + "}"
        assert isinstance(graphql_type, GraphQLScalarType)
        return self.scalar(graphql_type.name)

    def scalar(self, name: str) -> str:
        chance = self.chance
        text = "".join(chance.choices(CHARACTERS, k=chance.randint(0, 12)))
        choices: dict[str, Any] = {
            "Boolean": chance.choice(["true", "false"]),
            "Int": chance.randint(-(2**31), 2**31 - 1),
            "Float": chance.choice([0, -1, 0.5, 91.25, -1e300, 1e300]),
            "PageSize": chance.randint(-1, 30),
            "DateTime": chance.choice(['"2026-01-01T00:00:00Z"', '"now"']),
            "Cursor": json.dumps(chance.choice([*self.known.cursors, text])),
            "ID": json.dumps(chance.choice([*self.known.ids, text])),
        }
        return str(choices.get(name, json.dumps(text)))


@pytest.fixture(scope="session")
def asked(stack: Stack) -> tuple[Firm, Known]:
    firm = Firm(stack, "Kantor Hukum Acak")
    firm.consultation()
    return firm, Known(stack, firm)


@pytest.mark.parametrize("kind", ["query", "mutation"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_random_valid_operation_is_answered_or_refused_by_name(
    stack: Stack, asked: tuple[Firm, Known], kind: str, seed: int
) -> None:
    firm, known = asked
    chance = Random(seed)  # noqa: S311 - reproducible, nothing secret
    root = SCHEMA.query_type if kind == "query" else SCHEMA.mutation_type
    assert root is not None
    text = Writer(chance, known).operation(root, kind)
    assume(not validate(SCHEMA, parse(text), RULES))
    answer = stack.graphql(firm.tokens[chance.choice([Role.OWNER, Role.AUDITOR])], text)
    assert answer.status_code == 200, text
    codes = {error["extensions"]["code"] for error in answer.json().get("errors", [])}
    assert codes <= FORESEEN, (text, answer.json()["errors"])
