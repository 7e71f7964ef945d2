"""A webhook endpoint: an address of another system of the firm that is told what happens.

The secret that signs the calls never stands in an event: it is kept encrypted by the vault and
named here by a fingerprint. The address itself is sealed, for many addresses hold a secret.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

import msgspec
from msgspec import UNSET, UnsetType

from domain.aggregate import Aggregate, Command, CommandContext
from domain.errors import AlreadyExists, HubError, InvalidInput
from domain.event import Erased, Event, PersonalEvent, Sealed
from domain.identity import TenantId, WebhookEndpointId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from domain.scopes import Scope

URL_CHARACTERS_MAX: Final = 2000
FORMER_SECRET_VALID: Final = timedelta(hours=24)
"""How long calls are signed with the former secret beside the new one."""

EVENT_TYPES: Final = (
    "DeadLetterOpened",
    "DraftApproved",
    "DraftSuggested",
    "IntakeUpdated",
    "MessageReceived",
    "OutboundFailed",
    "OutboundRequested",
    "OutboundSent",
    "OutboundStatusUpdate",
)
"""The names of the standard event contract that an endpoint may choose from."""


class WebhookAddress(msgspec.Struct, frozen=True, kw_only=True, tag="webhook_address"):
    """Where the calls go."""

    url: str


class WebhookEndpointAdded(PersonalEvent, frozen=True, kw_only=True):
    """An address was named that is told what happens from now on.

    `event_types` are names of the standard contract, empty for all. With `with_content` the words
    of messages and drafts are sent along. The firm itself is the subject of the content.
    """

    TOPIC: ClassVar[str] = "webhook_endpoint.added.v1"
    CONTENT: ClassVar[type] = WebhookAddress
    SUBJECT: ClassVar[str] = "tenant_id"

    tenant_id: TenantId
    webhook_endpoint_id: WebhookEndpointId
    event_types: tuple[str, ...]
    with_content: bool
    secret_fingerprint: str
    content: WebhookAddress | Sealed | Erased | UnsetType = UNSET


class WebhookSecretRotated(Event, frozen=True, kw_only=True):
    """A new secret signs the calls, until `former_valid_until` the former one signs beside it."""

    TOPIC: ClassVar[str] = "webhook_endpoint.secret_rotated.v1"

    webhook_endpoint_id: WebhookEndpointId
    secret_fingerprint: str
    former_fingerprint: str
    former_valid_until: datetime


class WebhookEndpointDisabled(Event, frozen=True, kw_only=True):
    """The endpoint is told nothing until it is enabled again; `reason` is a stable word."""

    TOPIC: ClassVar[str] = "webhook_endpoint.disabled.v1"

    webhook_endpoint_id: WebhookEndpointId
    reason: str


class WebhookEndpointEnabled(Event, frozen=True, kw_only=True):
    """The endpoint is told again what happens from now on."""

    TOPIC: ClassVar[str] = "webhook_endpoint.enabled.v1"

    webhook_endpoint_id: WebhookEndpointId


class WebhookEndpointRemoved(Event, frozen=True, kw_only=True):
    """The endpoint is told nothing any more, for good."""

    TOPIC: ClassVar[str] = "webhook_endpoint.removed.v1"

    webhook_endpoint_id: WebhookEndpointId


class WebhookEndpointState(StrEnum):
    """Whether an endpoint is told what happens."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


class WebhookEndpointGone(HubError):
    """The endpoint was removed."""

    code = "WEBHOOK_ENDPOINT_REMOVED"
    hint = "Add the address again; it gets a new secret."


class WebhookEndpoint(Aggregate):
    """The endpoint as its events have made it. `url` is None when erased."""

    NOUN = "webhook endpoint"
    EVENTS = (
        WebhookEndpointAdded,
        WebhookSecretRotated,
        WebhookEndpointDisabled,
        WebhookEndpointEnabled,
        WebhookEndpointRemoved,
    )

    state: WebhookEndpointState = WebhookEndpointState.ACTIVE
    url: str | None = None
    event_types: tuple[str, ...] = ()
    with_content: bool = False
    secret_fingerprint: str = ""
    former_fingerprint: str | None = None
    former_valid_until: datetime | None = None

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        match event:
            case WebhookEndpointAdded(content=content):
                self.url = content.url if isinstance(content, WebhookAddress) else None
                self.event_types = event.event_types
                self.with_content = event.with_content
                self.secret_fingerprint = event.secret_fingerprint
            case WebhookSecretRotated():
                self.secret_fingerprint = event.secret_fingerprint
                self.former_fingerprint = event.former_fingerprint
                self.former_valid_until = event.former_valid_until
            case WebhookEndpointDisabled():
                self.state = WebhookEndpointState.DISABLED
            case WebhookEndpointEnabled():
                self.state = WebhookEndpointState.ACTIVE
            case WebhookEndpointRemoved():
                self.state = WebhookEndpointState.REMOVED

    def signing_fingerprints(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign a call now, the newest first."""
        if self.former_fingerprint is None or self.former_valid_until is None:
            return (self.secret_fingerprint,)
        if self.former_valid_until <= now:
            return (self.secret_fingerprint,)
        return (self.secret_fingerprint, self.former_fingerprint)

    def must_stand(self) -> None:
        """Raise NotFound for an unknown endpoint, WebhookEndpointGone for a removed one."""
        self.must_exist()
        if self.state is WebhookEndpointState.REMOVED:
            raise WebhookEndpointGone("The webhook endpoint was removed.")

    def disable(self, reason: str) -> None:
        """Record that it is told nothing; one that is not active stays as it is."""
        if self.exists and self.state is WebhookEndpointState.ACTIVE:
            self.record(
                WebhookEndpointDisabled(
                    webhook_endpoint_id=WebhookEndpointId(self.id), reason=reason
                )
            )


class AddWebhookEndpoint(Command, frozen=True, kw_only=True):
    """Tell an address what happens from now on."""

    SCOPE = Scope.WEBHOOKS_MANAGE
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId
    tenant_id: TenantId
    url: str
    secret_fingerprint: str
    event_types: tuple[str, ...] = ()
    with_content: bool = False

    def execute(self, endpoint: WebhookEndpoint, _context: CommandContext) -> None:
        """Raise AlreadyExists, or InvalidInput for an address or a name that cannot be used."""
        if endpoint.exists:
            raise AlreadyExists("There is a webhook endpoint with this id already.")
        require_text(self.url, ("url",), characters_max=URL_CHARACTERS_MAX)
        require_text(self.secret_fingerprint, ("secret_fingerprint",), characters_max=128)
        for place, name in enumerate(self.event_types):
            if name not in EVENT_TYPES:
                raise InvalidInput(
                    "There is no event of this name in the standard contract.",
                    field=("event_types", str(place)),
                    hint=f"The names are {', '.join(EVENT_TYPES)}.",
                )
        endpoint.record(
            WebhookEndpointAdded(
                tenant_id=self.tenant_id,
                webhook_endpoint_id=self.webhook_endpoint_id,
                event_types=tuple(sorted(set(self.event_types))),
                with_content=self.with_content,
                secret_fingerprint=self.secret_fingerprint,
                content=WebhookAddress(url=self.url),
            )
        )


class RotateWebhookSecret(Command, frozen=True, kw_only=True):
    """Sign with a new secret; the former one signs beside it for a day."""

    SCOPE = Scope.WEBHOOKS_MANAGE
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId
    secret_fingerprint: str

    def execute(self, endpoint: WebhookEndpoint, context: CommandContext) -> None:
        """Raise NotFound or WebhookEndpointGone; the secret that is in use changes nothing."""
        endpoint.must_stand()
        require_text(self.secret_fingerprint, ("secret_fingerprint",), characters_max=128)
        if self.secret_fingerprint == endpoint.secret_fingerprint:
            return
        endpoint.record(
            WebhookSecretRotated(
                webhook_endpoint_id=self.webhook_endpoint_id,
                secret_fingerprint=self.secret_fingerprint,
                former_fingerprint=endpoint.secret_fingerprint,
                former_valid_until=context.now + FORMER_SECRET_VALID,
            )
        )


class EnableWebhookEndpoint(Command, frozen=True, kw_only=True):
    """Tell a disabled endpoint again what happens from now on."""

    SCOPE = Scope.WEBHOOKS_MANAGE
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId

    def execute(self, endpoint: WebhookEndpoint, _context: CommandContext) -> None:
        """Raise NotFound or WebhookEndpointGone; an active one stays as it is."""
        endpoint.must_stand()
        if endpoint.state is WebhookEndpointState.DISABLED:
            endpoint.record(WebhookEndpointEnabled(webhook_endpoint_id=self.webhook_endpoint_id))


class DisableWebhookEndpoint(Command, frozen=True, kw_only=True):
    """Tell an endpoint nothing for now."""

    SCOPE = Scope.WEBHOOKS_MANAGE
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId
    reason: str = "by_member"

    def execute(self, endpoint: WebhookEndpoint, _context: CommandContext) -> None:
        """Raise NotFound, WebhookEndpointGone or InvalidInput."""
        endpoint.must_stand()
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        endpoint.disable(self.reason)


class GiveUpWebhookEndpoint(Command, frozen=True, kw_only=True):
    """Tell an endpoint nothing any more that has not answered for days, or says that it is gone."""

    SCOPE = Scope.WEBHOOKS_DELIVER
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId
    reason: str

    def execute(self, endpoint: WebhookEndpoint, _context: CommandContext) -> None:
        """Disable; one that is unknown or not active stays as it is."""
        require_text(self.reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        endpoint.disable(self.reason)


class RemoveWebhookEndpoint(Command, frozen=True, kw_only=True):
    """Tell an endpoint nothing any more, for good."""

    SCOPE = Scope.WEBHOOKS_MANAGE
    AGGREGATE = WebhookEndpoint
    STREAM = "webhook_endpoint_id"

    webhook_endpoint_id: WebhookEndpointId

    def execute(self, endpoint: WebhookEndpoint, _context: CommandContext) -> None:
        """Raise NotFound; a removed one stays as it is."""
        endpoint.must_exist()
        if endpoint.state is not WebhookEndpointState.REMOVED:
            endpoint.record(WebhookEndpointRemoved(webhook_endpoint_id=self.webhook_endpoint_id))
