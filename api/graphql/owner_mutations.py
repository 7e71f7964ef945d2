"""What owners decide: numbers of the firm, periods of retention, other systems that are told."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.connect_sender import (
    AddSenderNumberInput,
    AddSenderNumberPayload,
    VerifySenderNumberInput,
    VerifySenderNumberPayload,
    add_sender_number,
    verify_sender_number,
)
from api.graphql.context import Info
from api.graphql.manage_webhooks import (
    AddWebhookEndpointInput,
    AddWebhookEndpointPayload,
    DisableWebhookEndpointInput,
    DisableWebhookEndpointPayload,
    EnableWebhookEndpointInput,
    EnableWebhookEndpointPayload,
    RemoveWebhookEndpointInput,
    RemoveWebhookEndpointPayload,
    RotateWebhookSecretInput,
    RotateWebhookSecretPayload,
    add_webhook_endpoint,
    disable_webhook_endpoint,
    enable_webhook_endpoint,
    remove_webhook_endpoint,
    rotate_webhook_secret,
)
from api.graphql.media_retention import (
    SetMediaRetentionInput,
    SetMediaRetentionPayload,
    set_media_retention,
)
from domain.scopes import Scope

_GIVEN = strawberry.argument(description="What is decided.")


@strawberry.type(description="Everything that owners decide alone.")
class OwnerMutations:
    """The part of the root of mutations that is the owners'."""

    @guarded(Scope.SENDERS_MANAGE, "Decide how long files of intakes are kept that went nowhere.")
    async def set_media_retention(
        self,
        info: Info,
        input: Annotated[SetMediaRetentionInput, _GIVEN],  # noqa: A002 - as above
    ) -> SetMediaRetentionPayload | None:
        """See `media_retention`."""
        return await set_media_retention(info, input)

    @guarded(Scope.WEBHOOKS_MANAGE, "Tell an address what happens from now on.")
    async def add_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[AddWebhookEndpointInput, _GIVEN],  # noqa: A002 - as above
    ) -> AddWebhookEndpointPayload | None:
        """See `manage_webhooks`."""
        return await add_webhook_endpoint(info, input)

    @guarded(Scope.WEBHOOKS_MANAGE, "Draw a new secret; the former one signs beside it for a day.")
    async def rotate_webhook_secret(
        self,
        info: Info,
        input: Annotated[RotateWebhookSecretInput, _GIVEN],  # noqa: A002 - as above
    ) -> RotateWebhookSecretPayload | None:
        """See `manage_webhooks`."""
        return await rotate_webhook_secret(info, input)

    @guarded(Scope.WEBHOOKS_MANAGE, "Tell a disabled endpoint again what happens.")
    async def enable_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[EnableWebhookEndpointInput, _GIVEN],  # noqa: A002 - as above
    ) -> EnableWebhookEndpointPayload | None:
        """See `manage_webhooks`."""
        return await enable_webhook_endpoint(info, input)

    @guarded(Scope.WEBHOOKS_MANAGE, "Tell an endpoint nothing for now.")
    async def disable_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[DisableWebhookEndpointInput, _GIVEN],  # noqa: A002 - as above
    ) -> DisableWebhookEndpointPayload | None:
        """See `manage_webhooks`."""
        return await disable_webhook_endpoint(info, input)

    @guarded(Scope.WEBHOOKS_MANAGE, "Tell an endpoint nothing any more, for good.")
    async def remove_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[RemoveWebhookEndpointInput, _GIVEN],  # noqa: A002 - as above
    ) -> RemoveWebhookEndpointPayload | None:
        """See `manage_webhooks`."""
        return await remove_webhook_endpoint(info, input)

    @guarded(Scope.SENDERS_MANAGE, "Connect a WhatsApp number that Meta confirms as the firm's.")
    async def add_sender_number(
        self,
        info: Info,
        input: Annotated[AddSenderNumberInput, _GIVEN],  # noqa: A002 - as above
    ) -> AddSenderNumberPayload | None:
        """See `connect_sender`."""
        return await add_sender_number(info, input)

    @guarded(
        Scope.SENDERS_MANAGE, "Ask Meta about a connected number, and subscribe what is missing."
    )
    async def verify_sender_number(
        self,
        info: Info,
        input: Annotated[VerifySenderNumberInput, _GIVEN],  # noqa: A002 - as above
    ) -> VerifySenderNumberPayload | None:
        """See `connect_sender`."""
        return await verify_sender_number(info, input)
