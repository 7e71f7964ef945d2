"""The interface of everything that can be asked for again by its id, and relations between them."""

from collections.abc import Hashable
from enum import Enum
from typing import Final, Literal, TypeAlias, TypeVar, cast

import strawberry

from api.graphql.context import Info

T = TypeVar("T")


class _NotLoaded(Enum):
    TOKEN = 0


NOT_LOADED: Final = _NotLoaded.TOKEN
"""The value of a relation that no page has brought along; it is read when it is asked for."""

Maybe: TypeAlias = T | Literal[_NotLoaded.TOKEN] | None
"""A relation: the thing, nothing, or not read yet."""


@strawberry.interface(description="Something with an id under which it can be asked for again.")
class Node:
    """Global Object Identification of Relay."""

    id: strawberry.ID = strawberry.field(
        description="The opaque global id; the same wherever the thing appears."
    )


def related(value: Maybe[T], info: Info, kind: str, key: Hashable | None) -> T | None:
    """Return a relation: what a page brought along, else a promise to read it.

    The promise is awaited by the executor; where the page brought the thing along, nothing is.
    """
    if value is not NOT_LOADED:
        return value
    return None if key is None else cast("T | None", info.context.one(kind, key))
