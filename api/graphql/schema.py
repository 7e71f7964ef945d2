"""The schema, put together. `schema.graphql` in the root of the repository is its printed form."""

from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from api.graphql.activity import Subscription
from api.graphql.mutations import Mutation
from api.graphql.queries import Query
from api.graphql.scalars import SCALARS
from api.graphql.timeline import ENTRY_TYPES
from api.graphql.user_errors import USER_ERROR_TYPES

SCHEMA_FILE: Final = "schema.graphql"


def _schema(*, is_sorted: bool) -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*ENTRY_TYPES, *USER_ERROR_TYPES],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=is_sorted),
    )


@cache
def executable_schema() -> GraphQLSchema:
    """Return the schema that operations are executed against.

    Sorting would replace the types of strawberry by plain ones that cannot serialise its enums.
    """
    return _schema(is_sorted=False)._schema  # noqa: SLF001 - strawberry offers no other way to it


def printed_schema() -> str:
    """Return the schema in the schema definition language."""
    return _schema(is_sorted=True).as_str().rstrip() + "\n"
