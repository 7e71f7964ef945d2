"""From a subscription to texts for its sockets.

An item of a subscription is executed and encoded once for all sockets that ask the same of it and
may see the same: the text is kept on the item. Each item is executed as an operation of its own
with the item as root value; the library's event executor would keep a growing memo for as long as
the subscription lives.
"""

from collections.abc import AsyncIterable, Iterator, Mapping
from inspect import isawaitable
from typing import Any, Protocol, runtime_checkable

import orjson
from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    Node,
    VariableNode,
    execute,
)
from graphql.execution import Executor, create_source_event_stream

from api.graphql.errors import formatted
from api.graphql.operation import (
    OperationCache,
    OperationRefused,
    OperationRequest,
    PreparedOperation,
)
from domain.scopes import Scope
from infrastructure.telemetry.tracing import span


@runtime_checkable
class SharedItem(Protocol):
    """An item that many sockets may get. `rendered` keeps its texts, `traceparent` its trace."""

    rendered: dict[Any, str]
    traceparent: str | None


class Subscription:
    """One operation of one socket."""

    def __init__(
        self,
        cache: OperationCache,
        prepared: PreparedOperation,
        request: OperationRequest,
        context: Any,
        scopes: frozenset[Scope],
    ) -> None:
        self._cache = cache
        self._prepared = prepared
        self._request = request
        self._context = context
        self._group = (prepared, scopes, _shared_variables(prepared, request.variables))

    async def source(self) -> AsyncIterable[Any]:
        """Start the stream of items. Raises OperationRefused."""
        self._prepared.cost(self._request.variables)
        executor = Executor.build(
            self._cache.schema,
            self._prepared.document,
            context_value=self._context,
            raw_variable_values=self._request.variables,
            operation_name=self._prepared.name,
            hide_suggestions=not self._cache.suggests,
        )
        if isinstance(executor, list):
            raise OperationRefused(*executor)
        started = create_source_event_stream(executor)
        if isawaitable(started):
            started = await started
        if isinstance(started, ExecutionResult):
            errors = started.errors or [GraphQLError("The subscription could not be started.")]
            raise OperationRefused(*errors)
        return started

    async def text(self, item: Any) -> str:
        """Return the JSON text of the result for `item`."""
        if not isinstance(item, SharedItem):
            return await self._render(item)
        text = item.rendered.get(self._group)
        if text is None:
            with span("subscription", item.traceparent):
                text = await self._render(item)
            item.rendered[self._group] = text
        return text

    async def _render(self, item: Any) -> str:
        result = execute(
            self._cache.schema,
            self._prepared.document,
            root_value=item,
            context_value=self._context,
            variable_values=self._request.variables,
            operation_name=self._prepared.name,
        )
        if isawaitable(result):
            result = await result
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [formatted(error) for error in result.errors]
        return orjson.dumps(body).decode()


def _shared_variables(
    prepared: PreparedOperation, variables: Mapping[str, Any]
) -> tuple[tuple[str, bytes], ...]:
    """The variables that change what is shown of an item.

    Those that stand only in arguments of the root field (`after`) decide where a stream begins, not
    what its items look like.
    """
    names: set[str] = set()
    for root in prepared.root_fields:
        names.update(_variables_in(root.selection_set))
        names.update(_variables_in(root.directives))
    for definition in prepared.document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            names.update(_variables_in(definition))
    return tuple(
        (name, orjson.dumps(variables.get(name), option=orjson.OPT_SORT_KEYS))
        for name in sorted(names)
    )


def _variables_in(value: Any) -> Iterator[str]:
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
        elif isinstance(node, list | tuple):
            pending.extend(node)
        elif isinstance(node, Node):
            pending.extend(getattr(node, key, None) for key in node.keys if key != "loc")
