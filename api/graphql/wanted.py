"""What a client wants below a field.

It is known before rows are read, so that related rows are read once for all of them and not once
for each.
"""

from collections.abc import Iterator
from typing import Any, Final

import strawberry
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode


class Wanted:
    """The names of the fields below a field, whatever type, alias or fragment they stand in."""

    __slots__ = ("_below",)

    def __init__(self, below: "dict[str, Wanted]") -> None:
        self._below = below

    def __contains__(self, name: str) -> bool:
        return name in self._below

    def below(self, *names: str) -> "Wanted":
        """Return what is wanted below the field at the end of this path, if anything is."""
        found = self
        for name in names:
            found = found._below.get(name, NOTHING)
        return found

    def of_nodes(self) -> "Wanted":
        """Return what is wanted of the items of a connection."""
        return self.below("edges", "node").merged(self.below("nodes"))

    def merged(self, other: "Wanted") -> "Wanted":
        """Return what either wants."""
        below = dict(self._below)
        for name, wanted in other._below.items():  # noqa: SLF001 - of the same class
            below[name] = below[name].merged(wanted) if name in below else wanted
        return Wanted(below)


NOTHING: Final = Wanted({})


def wanted_below(info: strawberry.Info[Any, Any]) -> Wanted:
    """Return what the client wants below the field that is resolved."""
    raw = info._raw_info  # noqa: SLF001 - the public form of it costs more than the query
    return _collect(_children(raw.field_nodes), raw.fragments)


def _collect(selections: Iterator[SelectionNode], fragments: Any) -> Wanted:
    nodes: dict[str, list[FieldNode]] = {}
    pending = list(selections)
    while pending:
        selection = pending.pop()
        if isinstance(selection, FieldNode):
            nodes.setdefault(selection.name.value, []).append(selection)
        elif isinstance(selection, InlineFragmentNode):
            pending.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode):
            fragment = fragments[selection.name.value]
            pending.extend(getattr(fragment, "definition", fragment).selection_set.selections)
    return Wanted({name: _collect(_children(found), fragments) for name, found in nodes.items()})


def _children(nodes: list[FieldNode]) -> Iterator[SelectionNode]:
    for node in nodes:
        if node.selection_set is not None:
            yield from node.selection_set.selections
