"""From a document to a result: parse, check, cost, execute.

What depends on the document alone is kept, so that a client that sends the same document again pays
for execution only.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    specified_rules,
    validate,
)

from api.errors import TooCostly
from api.graphql.cost import CostPlan
from api.graphql.errors import formatted, syntax_refusal
from api.graphql.limits import DocumentLimits, check_shape, check_size, root_fields
from domain.errors import HubError

DOCUMENT_CHARACTERS_KEPT_MAX: Final = 262_144
"""Bounds the memory of the cache; a parsed document takes some hundred times its text."""

_VALIDATION_ERRORS_MAX: Final = 20
_INTROSPECTION: Final = frozenset({"__schema", "__type", "__typename"})


class OperationRefused(Exception):
    """The operation is not executed at all; `errors` say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class OperationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends, with the right types."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None = None


class PreparedOperation:
    """A checked operation of a checked document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        limits: DocumentLimits,
    ) -> None:
        fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        check_shape(operation, fragments, limits)
        self.document = document
        self.definition = operation
        self.kind = operation.operation
        self.name = operation.name.value if operation.name else None
        self.root_fields = tuple(root_fields(operation, fragments))
        self.is_introspection = all(
            field.name.value in _INTROSPECTION for field in self.root_fields
        )
        self._plan = CostPlan(schema, operation, fragments, limits.page)
        self._cost_max = limits.cost

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return the cost with these variables. Raises OperationRefused if it is too high."""
        cost = self._plan.cost(variables)
        if cost > self._cost_max:
            raise OperationRefused(
                _as_error(
                    TooCostly(f"The operation costs {cost}; at most {self._cost_max} is accepted.")
                )
            )
        return cost


class OperationCache:
    """Prepares operations and keeps the ones used last."""

    def __init__(
        self, schema: GraphQLSchema, limits: DocumentLimits, *, introspection: bool
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.suggests = introspection
        rules = specified_rules
        self._rules = rules if introspection else (*rules, NoSchemaIntrospectionCustomRule)
        self._prepared: OrderedDict[tuple[str, str | None], PreparedOperation] = OrderedDict()
        self._characters_kept = 0

    def prepare(self, request: OperationRequest) -> PreparedOperation:
        """Return the operation of a request, checked. Raises OperationRefused."""
        key = (request.query, request.operation_name)
        known = self._prepared.get(key)
        if known is not None:
            self._prepared.move_to_end(key)
            return known
        try:
            document = self._checked_document(request.query)
            operation = _chosen(document, request.operation_name)
            prepared = PreparedOperation(self.schema, document, operation, self.limits)
        except HubError as refusal:
            raise OperationRefused(_as_error(refusal)) from refusal
        self._prepared[key] = prepared
        self._characters_kept += len(request.query)
        while self._characters_kept > DOCUMENT_CHARACTERS_KEPT_MAX:
            (forgotten, _), _ = self._prepared.popitem(last=False)
            self._characters_kept -= len(forgotten)
        return prepared

    def _checked_document(self, query: str) -> DocumentNode:
        try:
            document = parse(query, max_tokens=self.limits.tokens)
        except GraphQLError as error:
            raise OperationRefused(syntax_refusal(error, self.limits.tokens)) from error
        check_size(document, self.limits)
        errors = validate(
            self.schema,
            document,
            self._rules,
            max_errors=_VALIDATION_ERRORS_MAX,
            hide_suggestions=not self.suggests,
        )
        if errors:
            raise OperationRefused(*errors)
        return document


class OperationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A result as it is sent. `is_refused`: nothing was executed, there is no `data`."""

    body: dict[str, Any]
    is_refused: bool = False


async def run_operation(
    cache: OperationCache,
    prepared: PreparedOperation,
    request: OperationRequest,
    context: Any,
    *,
    timeout_s: float,
) -> OperationAnswer:
    """Execute a query or mutation and return its answer; errors are part of the answer."""
    try:
        cost = prepared.cost(request.variables)
        async with asyncio.timeout(timeout_s):
            result = await _executed(cache, prepared, request, context)
    except OperationRefused as refused:
        return refused_answer(refused)
    except TimeoutError as error:
        timeout = GraphQLError("The operation took too long.", original_error=error)
        return OperationAnswer(body={"data": None, "errors": [formatted(timeout)]})
    if result.data is None and result.errors and all(e.path is None for e in result.errors):
        return refused_answer(OperationRefused(*result.errors))
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [formatted(error) for error in result.errors]
    body["extensions"] = {"cost": {"requested": cost, "maximum": cache.limits.cost}}
    return OperationAnswer(body=body)


def refused_answer(refused: OperationRefused) -> OperationAnswer:
    """Return the answer to an operation that was not executed: errors and no `data`."""
    return OperationAnswer(
        body={"errors": [formatted(error) for error in refused.errors]}, is_refused=True
    )


async def _executed(
    cache: OperationCache, prepared: PreparedOperation, request: OperationRequest, context: Any
) -> ExecutionResult:
    result = execute(
        cache.schema,
        prepared.document,
        context_value=context,
        variable_values=request.variables,
        operation_name=prepared.name,
        hide_suggestions=not cache.suggests,
    )
    if isawaitable(result):
        return await result
    return result


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    if name is None and len(operations) == 1:
        return operations[0]
    if name is None:
        raise OperationRefused(
            GraphQLError("Name the operation to run in operationName: the document has several.")
        )
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise OperationRefused(GraphQLError("The document has no operation of the given name."))


def _as_error(refusal: HubError) -> GraphQLError:
    return GraphQLError(refusal.message, original_error=refusal)


__all__ = [
    "OperationAnswer",
    "OperationCache",
    "OperationRefused",
    "OperationRequest",
    "OperationType",
    "PreparedOperation",
    "refused_answer",
    "run_operation",
]
