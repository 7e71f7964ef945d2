"""Pages of lists: keyset connections of Relay, stable while rows are added."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, NamedTuple, TypeVar

import strawberry

from api.errors import InvalidPageSize
from api.graphql.cursors import position_cursor
from api.graphql.scalars import PAGE_SIZE_DEFAULT, Cursor, PageSize
from api.reading import Reading
from api.stream_position import stream_position

T = TypeVar("T")
Row = TypeVar("Row")

First = Annotated[
    PageSize | None,
    strawberry.argument(description="How many items from the start, or after `after`."),
]
Last = Annotated[
    PageSize | None,
    strawberry.argument(description="How many items from the end, or before `before`."),
]
After = Annotated[
    Cursor | None, strawberry.argument(description="Items after the one with this cursor.")
]
Before = Annotated[
    Cursor | None, strawberry.argument(description="Items before the one with this cursor.")
]
DEFAULT_FIRST = PageSize(PAGE_SIZE_DEFAULT)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """As in the Relay Cursor Connections specification."""

    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page."
    )
    start_cursor: Cursor | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: Cursor | None = strawberry.field(description="The cursor of the last item.")


@strawberry.type(description="An item of a page and its place in the list.")
class Edge(Generic[T]):
    """An item with its cursor."""

    cursor: Cursor = strawberry.field(description="The place of the item in its list.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page; `stream_position` belongs to the same snapshot as its items."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors, in order.")
    nodes: list[T] = strawberry.field(description="The items, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in its list.")
    stream_position: Cursor = strawberry.field(
        description="The position that this page includes: subscribe to `activity` after it and "
        "nothing is missed."
    )


class Window(NamedTuple):
    """Which part of a list is asked for. `limit` is the size of the page."""

    limit: int
    is_backward: bool
    cursor: Cursor | None


def forward(first: PageSize | None, after: Cursor | None) -> Window:
    """Return the window of a list that is read from its start only."""
    return Window(PAGE_SIZE_DEFAULT if first is None else first, False, after)


def either_way(
    first: PageSize | None, after: Cursor | None, last: PageSize | None, before: Cursor | None
) -> Window:
    """Return the window of a list that is read from both ends.

    Raises InvalidPageSize when both ends are asked for at once.
    """
    backward = last is not None or before is not None
    if backward and (first is not None or after is not None):
        raise InvalidPageSize(
            "A page is asked for from one end.", hint="Give first and after, or last and before."
        )
    if backward:
        return Window(PAGE_SIZE_DEFAULT if last is None else last, True, before)
    return forward(first, after)


def page(
    reading: Reading,
    window: Window,
    rows: Sequence[Row],
    cursor_of: Callable[[Row], Cursor],
    nodes_of: Callable[[Sequence[Row]], Sequence[T]],
) -> Connection[T]:
    """Return the page that `rows` make; one row more than the limit tells that there are more.

    Rows of a backward window come from the end backwards.
    """
    has_more = len(rows) > window.limit
    kept = list(rows[: window.limit])
    if window.is_backward:
        kept.reverse()
    nodes = nodes_of(kept)
    edges = [Edge(cursor=cursor_of(row), node=node) for row, node in zip(kept, nodes, strict=True)]
    has_other = window.cursor is not None
    return Connection(
        edges=edges,
        nodes=list(nodes),
        page_info=PageInfo(
            has_next_page=has_other if window.is_backward else has_more,
            has_previous_page=has_more if window.is_backward else has_other,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        stream_position=position_cursor(reading.tenant_id, stream_position(reading)),
    )
