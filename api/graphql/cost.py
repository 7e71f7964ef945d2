"""The static cost of an operation, known before it runs: one for each field that may be resolved.

A field of a page counts once for each item that the page may hold; `first` and `last` (also in
variables) tell how many. Plain lists count as `LIST_ITEMS_ASSUMED` items.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

LIST_ITEMS_ASSUMED: Final = 5
MUTATION_COST: Final = 10
"""Added for each mutation: it writes and waits for what it wrote to be visible."""

_PAGE_ARGUMENTS: Final = ("first", "last", "ids")
_LISTS_OF_A_PAGE: Final = frozenset({"edges", "nodes"})


class _Field(NamedTuple):
    own: int
    items: int
    items_variable: str | None  # the variable that tells the items; `items` where it is absent
    below: "tuple[_Field | str, ...]"  # a text is the name of a fragment


class CostPlan:
    """The cost of one operation as a function of its variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        page_max: int,
    ) -> None:
        self._schema = schema
        self._page_max = page_max
        self._fragments: dict[str, tuple[_Field | str, ...]] = {}
        self._variable_defaults = {
            definition.variable.name.value: int(definition.default_value.value)
            for definition in operation.variable_definitions or ()
            if isinstance(definition.default_value, IntValueNode)
        }
        root = schema.get_root_type(operation.operation)
        root_own = MUTATION_COST if root is schema.mutation_type else 0
        planned = self._plan(operation.selection_set, root, root_own)
        for name, fragment in fragments.items():
            fragment_type = schema.get_type(fragment.type_condition.name.value)
            self._fragments[name] = self._plan(fragment.selection_set, fragment_type, 0)
        self._root = planned
        self._fixed = None if self._uses_variables() else self._sum(self._root, {}, {})

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return the cost with these variables as they came, before they are checked."""
        if self._fixed is not None:
            return self._fixed
        return self._sum(self._root, variables, {})

    def _plan(
        self, selection_set: SelectionSetNode, parent: Any, extra: int
    ) -> tuple[_Field | str, ...]:
        planned: list[_Field | str] = []
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                planned.append(self._plan_field(selection, parent, extra))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                planned.extend(self._plan(selection.selection_set, inner, extra))
            elif isinstance(selection, FragmentSpreadNode):
                planned.append(selection.name.value)
        return tuple(planned)

    def _plan_field(self, node: FieldNode, parent: Any, extra: int) -> _Field:
        definition = _definition(parent, node.name.value)
        if definition is None or node.selection_set is None:
            return _Field(1 + extra, 1, None, ())
        inner = get_named_type(definition.type)
        below = self._plan(node.selection_set, inner, 0)
        return _Field(1 + extra, *self._items_of(node, definition), below)

    def _items_of(self, node: FieldNode, definition: GraphQLField) -> tuple[int, str | None]:
        items = LIST_ITEMS_ASSUMED if is_list_type(get_nullable_type(definition.type)) else 1
        if node.name.value in _LISTS_OF_A_PAGE:
            return 1, None
        for name in _PAGE_ARGUMENTS:
            default = definition.args[name].default_value if name in definition.args else None
            items = default if isinstance(default, int) else items
        for argument in node.arguments or ():
            value = argument.value
            if argument.name.value not in _PAGE_ARGUMENTS:
                continue
            if isinstance(value, VariableNode):
                name = value.name.value
                return self._clamped(self._variable_defaults.get(name, items)), name
            if isinstance(value, IntValueNode):
                return self._clamped(int(value.value)), None
            if isinstance(value, ListValueNode):
                return len(value.values), None
        return items, None

    def _clamped(self, size: int) -> int:
        return min(max(size, 0), self._page_max)

    def _items(self, field: _Field, variables: Mapping[str, Any]) -> int:
        given = variables.get(field.items_variable) if field.items_variable else None
        if isinstance(given, int) and not isinstance(given, bool):
            return self._clamped(given)
        return len(given) if isinstance(given, list) else field.items

    def _sum(
        self,
        fields: tuple[_Field | str, ...],
        variables: Mapping[str, Any],
        known: dict[str, int],
    ) -> int:
        total = 0
        for field in fields:
            if isinstance(field, str):
                if field not in known:
                    known[field] = self._sum(self._fragments[field], variables, known)
                total += known[field]
            else:
                total += field.own
                if field.below:
                    below = self._sum(field.below, variables, known)
                    total += self._items(field, variables) * below
        return total

    def _uses_variables(self) -> bool:
        pending: list[_Field | str] = [*self._root]
        for planned in self._fragments.values():
            pending.extend(planned)
        while pending:
            field = pending.pop()
            if isinstance(field, _Field):
                if field.items_variable is not None:
                    return True
                pending.extend(field.below)
        return False


def _definition(parent: Any, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        field: GraphQLField | None = parent.fields.get(name)
        return field
    return None
