"""A unit of following: a name, a source of pages, and what is done with a page."""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from psycopg import Connection

PAGE_MAX = 1500
"""Most items of a page; larger pages gain nothing and hold locks longer."""


class Item(Protocol):
    """Something that a unit handles."""

    @property
    def position(self) -> int:
        """Its place in the order of the source."""
        ...

    @property
    def label(self) -> str:
        """How it is named in messages to operators: ids and kinds, no content."""
        ...


AnItem = TypeVar("AnItem", bound=Item)


class SourcePage(NamedTuple, Generic[AnItem]):
    """The next items of a source, and the position up to which the source was looked through."""

    items: Sequence[AnItem]
    position: int


class Unit(Protocol[AnItem]):
    """What a follower runs. One process at a time runs a unit; its position says how far it is."""

    @property
    def name(self) -> str:
        """The stable name, in the table of positions and in commands."""
        ...

    @property
    def channel(self) -> str:
        """The channel on which new items are announced."""
        ...

    @property
    def topics(self) -> frozenset[str] | None:
        """The stored names of the events that it wants; None for all, or for another source."""
        ...

    @property
    def page_max(self) -> int:
        """Most items of one page."""
        ...

    @property
    def pace_s(self) -> float:
        """Seconds to let pass after a page, so that what nobody waits for is handled together."""
        ...

    @property
    def is_derived(self) -> bool:
        """Whether all that a page writes can be derived again from what is stored already.

        Such pages need not wait until the disk has them: after a crash the position is as old as
        the rows, and the page is handled again.
        """
        ...

    def read(self, connection: Connection[Any], after: int, limit: int) -> SourcePage[AnItem]:
        """The next items after a position."""
        ...

    def head(self, connection: Connection[Any]) -> int:
        """The newest position of the source."""
        ...

    def handle(self, connection: Connection[Any], items: Sequence[AnItem]) -> None:
        """Handle a page inside the transaction that also writes the position."""
        ...

    def committed(self, items: Sequence[AnItem]) -> None:
        """Tell others, after the page is committed. Must not raise."""
        ...

    def set_aside(self, connection: Connection[Any], item: AnItem, error: Exception, /) -> bool:
        """Put an item that cannot be handled somewhere else, in a transaction with the position.

        Returns False where the unit has no such place: it is parked.
        """
        ...

    def rest(self, connection: Connection[Any]) -> bool:
        """Look after what does not come from the source, when nothing waits (about each second).

        Returns whether there may be more to do at once.
        """
        ...
