"""What a contact allows, on its own and together with the contacts that it is the same person as.

Of several contacts of one person the stricter word counts: a purpose is agreed to only where each
of them agreed, and what one of them forbade is forbidden. Whatever the person says while they are
joined counts for the person. When the contacts part again, what was forbidden meanwhile stays
forbidden, and what was allowed meanwhile is allowed no more: nobody knows whose word it was.
"""

from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

P = TypeVar("P", bound=StrEnum)


class Blocked(StrEnum):
    """What a contact may have forbidden."""

    MESSAGES = "messages"
    MARKETING = "marketing"


class _Link(Generic[P]):
    """What the other contact brought along, and what was allowed since."""

    def __init__(self, blocks: frozenset[Blocked], purposes: frozenset[P]) -> None:
        self.blocks = blocks
        self.purposes = purposes
        self.granted: frozenset[P] = frozenset()
        self.lifted: frozenset[Blocked] = frozenset()


class ContactStanding(Generic[P]):
    """Consents and blocks of one contact and of those that it is joined with."""

    def __init__(self) -> None:
        self._blocks: frozenset[Blocked] = frozenset()
        self._purposes: frozenset[P] = frozenset()
        self._links: dict[UUID, _Link[P]] = {}

    @property
    def purposes(self) -> frozenset[P]:
        """What is agreed to by all of them."""
        agreed = self._purposes
        for link in self._links.values():
            agreed &= link.purposes
        return agreed

    @property
    def blocks(self) -> frozenset[Blocked]:
        """What is forbidden by any of them."""
        return self._blocks.union(*(link.blocks for link in self._links.values()))

    @property
    def own_purposes(self) -> frozenset[P]:
        """What was agreed to as this contact, whatever the others say."""
        return self._purposes

    @property
    def own_blocks(self) -> frozenset[Blocked]:
        """What was forbidden as this contact, whatever the others say."""
        return self._blocks

    @property
    def others(self) -> tuple[UUID, ...]:
        """The contacts that it is joined with, in the order of joining."""
        return tuple(self._links)

    def grant(self, purposes: frozenset[P]) -> None:
        """The person agreed."""
        for link in self._links.values():
            link.granted |= purposes - self._purposes
            link.purposes |= purposes
        self._purposes |= purposes

    def take_back(self, purposes: frozenset[P]) -> None:
        """The person does not agree, or not any more."""
        self._purposes -= purposes

    def block(self, what: Blocked) -> None:
        """The person forbade something."""
        self._blocks |= {what}

    def lift(self, what: Blocked) -> None:
        """The person allows it again."""
        for link in self._links.values():
            link.lifted |= self._blocks & {what}
            link.blocks -= {what}
        self._blocks -= {what}

    def join(self, other: UUID, blocks: frozenset[Blocked], purposes: frozenset[P]) -> None:
        """Another contact turned out to be the same person."""
        self._links[other] = _Link(blocks, purposes)

    def part(self, other: UUID) -> None:
        """Another contact turned out to be somebody else after all."""
        link = self._links.pop(other, None)
        if link is not None:
            self._purposes -= link.granted
            self._blocks |= link.lifted
