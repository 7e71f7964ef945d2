"""Scopes of fields: declared beside the field, checked when it is asked for, shown in the SDL."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver, SyncExtensionResolver
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from api.errors import TokenMissing
from domain.scopes import Scope


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="The access token must hold this scope; otherwise the field is null with the error "
    "FORBIDDEN. Fields without it are open to whoever may read what they belong to.",
)
class RequiresScope:
    """The scope of a field, as the schema shows it."""

    scope: str = strawberry.directive_field(name="scope")


class Requires(FieldExtension):
    """Refuses a field to a principal without `scope`. Raises Forbidden."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def apply(self, field: StrawberryField) -> None:
        """Show the scope in the schema."""
        # An inherited field is shown for each type that has it, and asked to apply for each.
        if not any(isinstance(directive, RequiresScope) for directive in field.directives):
            field.directives = [*field.directives, RequiresScope(scope=self.scope.value)]

    def resolve(
        self,
        next_: SyncExtensionResolver,
        source: Any,
        info: strawberry.Info[Any, Any],
        **kwargs: Any,
    ) -> Any:
        """Check, then resolve."""
        _check(info, self.scope)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self,
        next_: AsyncExtensionResolver,
        source: Any,
        info: strawberry.Info[Any, Any],
        **kwargs: Any,
    ) -> Any:
        """Check, then resolve."""
        _check(info, self.scope)
        return await next_(source, info, **kwargs)


def _check(info: strawberry.Info[Any, Any], scope: Scope) -> None:
    principal = info.context.principal
    if principal is None:
        raise TokenMissing("The request has no access token.")
    principal.require(scope)


def described(description: str) -> Callable[..., Any]:
    """Return the decorator of a field that is open to whoever may read what it belongs to."""
    decorator: Callable[..., Any] = strawberry.field(description=description)
    return decorator


def guarded(scope: Scope, description: str, **options: Any) -> Callable[..., Any]:
    """Return the decorator of a field that needs `scope`."""
    decorator: Callable[..., Any] = strawberry.field(
        description=description, extensions=[Requires(scope)], **options
    )
    return decorator
