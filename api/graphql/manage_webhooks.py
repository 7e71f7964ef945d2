"""Looking after webhook endpoints: an owner's commands. A new secret is shown once."""

from typing import Any
from uuid import UUID

import strawberry

from api.graphql.commands import (
    Cause,
    CommandPayload,
    Done,
    Given,
    Intention,
    Names,
    carry_out,
    cause_of,
)
from api.graphql.context import Info, RequestContext
from api.graphql.ids import identifier_of
from api.graphql.webhook_endpoint import WebhookEndpoint, webhook_endpoints_by_id
from domain.aggregate import Command
from domain.errors import InvalidInput
from domain.identity import WebhookEndpointId, derived_id
from domain.webhook_endpoint import (
    AddWebhookEndpoint,
    DisableWebhookEndpoint,
    EnableWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
)
from infrastructure.unique_ids import new_id
from projections.webhook_endpoints import endpoints_of_tenant

ENDPOINTS_MAX = 20
_ENDPOINT_ID = ("input", "webhookEndpointId")
_NAMES: Names = {("url",): "url", ("event_types",): "eventTypes"}
_KEPT = "kept from the first time"


@strawberry.input(description="Tell an address what happens from now on.")
class AddWebhookEndpointInput:
    """Where, and what."""

    url: str = strawberry.field(description="An https:// address on the public internet.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    event_types: list[str] = strawberry.field(
        default_factory=list, description="Names of the standard contract; empty for all."
    )
    with_content: bool = strawberry.field(
        default=False,
        description="Whether the words of messages and drafts are sent along. Decide with care.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Of no use here: a new endpoint has no version yet."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Which webhook endpoint is meant.")
class WebhookEndpointInput:
    """What all commands on an endpoint are given."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the endpoint that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Draw a new secret; the former one signs beside it for a day.")
class RotateWebhookSecretInput(WebhookEndpointInput):
    """An endpoint of the firm."""


@strawberry.input(description="Tell a disabled endpoint again what happens.")
class EnableWebhookEndpointInput(WebhookEndpointInput):
    """An endpoint of the firm."""


@strawberry.input(description="Tell an endpoint nothing for now.")
class DisableWebhookEndpointInput(WebhookEndpointInput):
    """An endpoint of the firm."""


@strawberry.input(description="Tell an endpoint nothing any more.")
class RemoveWebhookEndpointInput(WebhookEndpointInput):
    """An endpoint of the firm."""


@strawberry.interface(description="The answer to a command on a webhook endpoint.")
class WebhookEndpointPayload(CommandPayload):
    """The endpoint after the command."""

    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        description="The endpoint; null if nothing was done, or if it was removed."
    )


@strawberry.interface(description="The answer to a command that draws a secret.")
class WebhookSecretPayload(WebhookEndpointPayload):
    """The endpoint and its new secret."""

    secret: str | None = strawberry.field(
        description="The new secret for checking signatures. Shown this once: null when the "
        "command is repeated under its key."
    )


@strawberry.type(description="The answer to `addWebhookEndpoint`.")
class AddWebhookEndpointPayload(WebhookSecretPayload):
    """After the command."""


@strawberry.type(description="The answer to `rotateWebhookSecret`.")
class RotateWebhookSecretPayload(WebhookSecretPayload):
    """After the command."""


@strawberry.type(description="The answer to `enableWebhookEndpoint`.")
class EnableWebhookEndpointPayload(WebhookEndpointPayload):
    """After the command."""


@strawberry.type(description="The answer to `disableWebhookEndpoint`.")
class DisableWebhookEndpointPayload(WebhookEndpointPayload):
    """After the command."""


@strawberry.type(description="The answer to `removeWebhookEndpoint`.")
class RemoveWebhookEndpointPayload(WebhookEndpointPayload):
    """After the command."""


async def add_webhook_endpoint(
    info: Info, given: AddWebhookEndpointInput
) -> AddWebhookEndpointPayload:
    """Check the address, draw a secret, and tell it what happens from now on."""
    shown: list[str] = []

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = f"{context.member.member_id}:{given.idempotency_key}"
        endpoint_id = WebhookEndpointId(derived_id(context.tenant_id, "webhook-endpoint", key))
        fingerprint = _KEPT
        if is_new:
            _must_have_room(context)
            context.services.webhooks.check_address(given.url)
            drawn = context.services.webhooks.draw_secret(context.tenant_id, endpoint_id)
            fingerprint = drawn.fingerprint
            shown.append(drawn.secret)
        command = AddWebhookEndpoint(
            webhook_endpoint_id=endpoint_id,
            tenant_id=context.tenant_id,
            url=given.url,
            secret_fingerprint=fingerprint,
            event_types=tuple(given.event_types),
            with_content=given.with_content,
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(new_id()))

    body = {
        "url": given.url,
        "eventTypes": given.event_types,
        "withContent": given.with_content,
    }
    key = Given("addWebhookEndpoint", given.idempotency_key, given.client_mutation_id, body)
    done = await carry_out(info, key, intend, _NAMES)
    return AddWebhookEndpointPayload(**await _with_secret(info, done, shown))


async def rotate_webhook_secret(
    info: Info, given: RotateWebhookSecretInput
) -> RotateWebhookSecretPayload:
    """Draw a new secret; the former one signs beside it for a day."""
    shown: list[str] = []

    def intend(context: RequestContext, is_new: bool) -> Intention:
        endpoint_id, cause = _known(context, given)
        fingerprint = _KEPT
        if is_new:
            drawn = context.services.webhooks.draw_secret(context.tenant_id, endpoint_id)
            fingerprint = drawn.fingerprint
            shown.append(drawn.secret)
        command = RotateWebhookSecret(
            webhook_endpoint_id=endpoint_id,
            secret_fingerprint=fingerprint,
            expected_version=given.expected_version,
        )
        return Intention(command, cause)

    done = await carry_out(info, _given("rotateWebhookSecret", given), intend, _NAMES)
    return RotateWebhookSecretPayload(**await _with_secret(info, done, shown))


async def enable_webhook_endpoint(
    info: Info, given: EnableWebhookEndpointInput
) -> EnableWebhookEndpointPayload:
    """Tell a disabled endpoint again what happens."""
    return EnableWebhookEndpointPayload(
        **await _moved(info, "enableWebhookEndpoint", given, EnableWebhookEndpoint)
    )


async def disable_webhook_endpoint(
    info: Info, given: DisableWebhookEndpointInput
) -> DisableWebhookEndpointPayload:
    """Tell an endpoint nothing for now."""
    return DisableWebhookEndpointPayload(
        **await _moved(info, "disableWebhookEndpoint", given, DisableWebhookEndpoint)
    )


async def remove_webhook_endpoint(
    info: Info, given: RemoveWebhookEndpointInput
) -> RemoveWebhookEndpointPayload:
    """Tell an endpoint nothing any more."""
    return RemoveWebhookEndpointPayload(
        **await _moved(info, "removeWebhookEndpoint", given, RemoveWebhookEndpoint)
    )


async def _moved(
    info: Info, name: str, given: WebhookEndpointInput, kind: type[Command]
) -> dict[str, Any]:
    def intend(context: RequestContext, _is_new: bool) -> Intention:
        endpoint_id, cause = _known(context, given)
        facts: dict[str, Any] = {
            "webhook_endpoint_id": endpoint_id,
            "expected_version": given.expected_version,
        }
        return Intention(kind(**facts), cause)

    done = await carry_out(info, _given(name, given), intend, _NAMES)
    return {"webhook_endpoint": await _shown(info, done), **done.common}


def _known(context: RequestContext, given: WebhookEndpointInput) -> tuple[WebhookEndpointId, Cause]:
    key = identifier_of(given.webhook_endpoint_id, "WebhookEndpoint", field=_ENDPOINT_ID)
    records = context.services.journal.load(context.tenant_id, key)
    return WebhookEndpointId(key), cause_of(records)


def _given(name: str, given: WebhookEndpointInput) -> Given:
    body = {
        "webhookEndpointId": given.webhook_endpoint_id,
        "expectedVersion": given.expected_version,
    }
    return Given(name, given.idempotency_key, given.client_mutation_id, body)


def _must_have_room(context: RequestContext) -> None:
    query = endpoints_of_tenant(context.tenant_id)
    known = context.services.read_models.ask(context.tenant_id, lambda reading: reading.rows(query))
    if len(known) >= ENDPOINTS_MAX:
        raise InvalidInput(
            f"A firm has at most {ENDPOINTS_MAX} webhook endpoints.",
            field=("url",),
            hint="Remove one that is not needed any more.",
        )


async def _with_secret(info: Info, done: Done, shown: list[str]) -> dict[str, Any]:
    is_first = done.outcome is not None and not done.outcome.repeated
    return {
        "webhook_endpoint": await _shown(info, done),
        "secret": shown[0] if is_first and shown else None,
        **done.common,
    }


async def _shown(info: Info, done: Done) -> WebhookEndpoint | None:
    if done.outcome is None:
        return None
    key: UUID = done.outcome.aggregate.id
    found = await info.context.read(lambda reading: webhook_endpoints_by_id(reading, [key]))
    return found.get(key)
