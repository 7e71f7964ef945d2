"""A webhook endpoint: an address, what it is told, and the secrets that sign."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.contents import EVENTS
from domain.errors import AlreadyExists, InvalidInput, NotFound
from domain.event import Event
from domain.identity import WebhookEndpointId
from domain.webhook_endpoint import (
    EVENT_TYPES,
    FORMER_SECRET_VALID,
    AddWebhookEndpoint,
    DisableWebhookEndpoint,
    EnableWebhookEndpoint,
    GiveUpWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
    WebhookAddress,
    WebhookEndpoint,
    WebhookEndpointAdded,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookEndpointGone,
    WebhookEndpointRemoved,
    WebhookSecretRotated,
)
from tests.domain.given import TENANT, given
from tests.domain.memory_journal import START

ID = WebhookEndpointId(UUID(int=5))
ADDED = WebhookEndpointAdded(
    tenant_id=TENANT,
    webhook_endpoint_id=ID,
    event_types=(),
    with_content=False,
    secret_fingerprint="first",
    content=WebhookAddress(url="https://erp.example.com/hook"),
)
DISABLED = WebhookEndpointDisabled(webhook_endpoint_id=ID, reason="endpoint_gone")
REMOVED = WebhookEndpointRemoved(webhook_endpoint_id=ID)
ROTATE = RotateWebhookSecret(webhook_endpoint_id=ID, secret_fingerprint="second")


def add(url: str = "https://erp.example.com/hook", *names: str) -> AddWebhookEndpoint:
    return AddWebhookEndpoint(
        webhook_endpoint_id=ID,
        tenant_id=TENANT,
        url=url,
        secret_fingerprint="first",
        event_types=names,
    )


def test_an_address_is_added_with_what_it_is_told() -> None:
    (event,) = (
        given(WebhookEndpoint)
        .when(add("https://a.example", "OutboundSent", "MessageReceived", "OutboundSent"))
        .then_kinds(WebhookEndpointAdded)
    )
    assert event.event_types == ("MessageReceived", "OutboundSent")


def test_what_cannot_be_added_is_refused() -> None:
    given(WebhookEndpoint).when(add("")).then_refused(InvalidInput, field=("url",))
    given(WebhookEndpoint).when(add("https://a.example", "Nonsense")).then_refused(
        InvalidInput, field=("event_types", "0")
    )
    given(WebhookEndpoint, ADDED).when(add()).then_refused(AlreadyExists)


def test_after_a_rotation_both_secrets_sign_for_a_day() -> None:
    (event,) = given(WebhookEndpoint, ADDED).when(ROTATE).then_kinds(WebhookSecretRotated)
    endpoint = WebhookEndpoint.replay(ID, [ADDED, event])
    assert endpoint.signing_fingerprints(START) == ("second", "first")
    last = START + FORMER_SECRET_VALID - timedelta(seconds=1)
    assert endpoint.signing_fingerprints(last) == ("second", "first")
    assert endpoint.signing_fingerprints(START + FORMER_SECRET_VALID) == ("second",)


def test_an_endpoint_that_was_given_up_is_enabled_by_a_member() -> None:
    give_up = GiveUpWebhookEndpoint(webhook_endpoint_id=ID, reason="endpoint_gone")
    given(WebhookEndpoint, ADDED).when(give_up).then(DISABLED)
    given(WebhookEndpoint, ADDED, DISABLED).when(give_up).then_nothing()
    given(WebhookEndpoint, ADDED, REMOVED).when(give_up).then_nothing()
    given(WebhookEndpoint).when(give_up).then_nothing()
    enable = EnableWebhookEndpoint(webhook_endpoint_id=ID)
    given(WebhookEndpoint, ADDED, DISABLED).when(enable).then_kinds(WebhookEndpointEnabled)
    given(WebhookEndpoint, ADDED).when(enable).then_nothing()


def test_a_removed_endpoint_stays_removed() -> None:
    past: tuple[Event, ...] = (ADDED, REMOVED)
    for command in (
        ROTATE,
        EnableWebhookEndpoint(webhook_endpoint_id=ID),
        DisableWebhookEndpoint(webhook_endpoint_id=ID),
    ):
        given(WebhookEndpoint, *past).when(command).then_refused(WebhookEndpointGone)
        given(WebhookEndpoint).when(command).then_refused(NotFound)
    given(WebhookEndpoint, *past).when(RemoveWebhookEndpoint(webhook_endpoint_id=ID)).then_nothing()


def test_every_name_of_the_standard_contract_can_be_chosen() -> None:
    assert set(EVENT_TYPES) == {event.CONTRACT for event in EVENTS.values() if event.CONTRACT}


@pytest.mark.parametrize("reason", ["", "x" * 10_000])
def test_a_reason_has_a_length(reason: str) -> None:
    command = DisableWebhookEndpoint(webhook_endpoint_id=ID, reason=reason)
    given(WebhookEndpoint, ADDED).when(command).then_refused(InvalidInput)
