"""Limits on the shape of a document: tokens, aliases, directives, root fields, depth.

They protect the server from documents that are cheap to send and dear to validate or to execute.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from api.errors import TooDeep, TooManyAliases, TooManyDirectives, TooManyRootFields
from api.graphql.scalars import PAGE_SIZE_MAX

ROOT_FIELDS_MAX: Final = 10
DIRECTIVES_MAX: Final = 50
_INTROSPECTION_FIELDS: Final = frozenset({"__schema", "__type"})


class DocumentLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The largest document that is accepted. `cost` is in units of `api.graphql.cost`."""

    tokens: int = 2000
    aliases: int = 15
    directives: int = DIRECTIVES_MAX
    root_fields: int = ROOT_FIELDS_MAX
    depth: int = 10
    cost: int = 5000
    page: int = PAGE_SIZE_MAX


def check_size(document: DocumentNode, limits: DocumentLimits) -> None:
    """Refuse a document by what can be counted before it is validated.

    Raises TooManyAliases or TooManyDirectives.
    """
    aliases = directives = 0
    for definition in document.definitions:
        directives += len(getattr(definition, "directives", None) or ())
        for selection in _selections_below(getattr(definition, "selection_set", None)):
            directives += len(selection.directives or ())
            if isinstance(selection, FieldNode) and selection.alias is not None:
                aliases += 1
    if aliases > limits.aliases:
        raise TooManyAliases(
            f"The document has {aliases} aliases; at most {limits.aliases} are accepted."
        )
    if directives > limits.directives:
        raise TooManyDirectives(
            f"The document has {directives} directives; at most {limits.directives} are accepted."
        )


def check_shape(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    limits: DocumentLimits,
) -> None:
    """Refuse a valid operation that is too wide or too deep. Raises TooManyRootFields or TooDeep.

    The depth below `__schema` and `__type` is limited by validation, not here.
    """
    roots = sum(1 for _ in root_fields(operation, fragments))
    if roots > limits.root_fields:
        raise TooManyRootFields(
            f"The operation has {roots} root fields; at most {limits.root_fields} are accepted."
        )
    depth = _depth(operation.selection_set, fragments, {})
    if depth > limits.depth:
        raise TooDeep(
            f"The operation is nested {depth} fields deep; at most {limits.depth} are accepted."
        )


def root_fields(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """Return the fields at the root of an operation, those in fragments included."""
    pending: list[SelectionNode] = list(operation.selection_set.selections)
    while pending:
        selection = pending.pop()
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            pending.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode):
            pending.extend(fragments[selection.name.value].selection_set.selections)


def _selections_below(selection_set: SelectionSetNode | None) -> Iterator[SelectionNode]:
    pending: list[SelectionNode] = list(selection_set.selections) if selection_set else []
    while pending:
        selection = pending.pop()
        yield selection
        below = getattr(selection, "selection_set", None)
        if below is not None:
            pending.extend(below.selections)


def _depth(
    selection_set: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[str, int],
) -> int:
    deepest = 0
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            below = 0
            if selection.selection_set and selection.name.value not in _INTROSPECTION_FIELDS:
                below = _depth(selection.selection_set, fragments, known)
            deepest = max(deepest, 1 + below)
        elif isinstance(selection, InlineFragmentNode):
            deepest = max(deepest, _depth(selection.selection_set, fragments, known))
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = _depth(fragments[name].selection_set, fragments, known)
            deepest = max(deepest, known[name])
    return deepest
