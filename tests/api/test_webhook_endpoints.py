"""An owner looks after the addresses that are told what happens; a secret is shown once."""

from typing import Any

import pytest

from domain.scopes import Role
from infrastructure.unique_ids import new_id
from tests.api.firm import Firm
from tests.api.stack import Stack

ADDRESS = "https://157.240.22.5/hook"
"""A public address: looked at, never called."""

LIST = """{ webhookEndpoints { nodes { id url state eventTypes withContent disabledReason version
  formerSecretValidUntil waitingCount deadCount deadLetters { position } } } }"""
ADD = """
mutation Add($input: AddWebhookEndpointInput!) {
  addWebhookEndpoint(input: $input) {
    secret webhookEndpoint { id url eventTypes state } userErrors { code field message nextStep }
  }
}
"""
ROTATE = """
mutation Rotate($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) {
    secret webhookEndpoint { formerSecretValidUntil } userErrors { code }
  }
}
"""

ENDPOINT_COMMANDS = (
    "rotateWebhookSecret",
    "enableWebhookEndpoint",
    "disableWebhookEndpoint",
    "removeWebhookEndpoint",
)


class Owner:
    """The owner of a firm at the screen."""

    def __init__(self, stack: Stack, firm: Firm) -> None:
        self.stack = stack
        self.token = firm.tokens[Role.OWNER]

    def run(self, mutation: str, **given: Any) -> Any:
        given.setdefault("idempotencyKey", str(new_id()))
        data = self.stack.data(self.token, mutation, {"input": given})
        (payload,) = data.values()
        return payload

    def move(self, name: str, endpoint_id: str) -> Any:
        kind = f"{name[0].upper()}{name[1:]}Input!"
        mutation = f"""mutation Move($input: {kind}) {{
          {name}(input: $input) {{ webhookEndpoint {{ state }} userErrors {{ code }} }} }}"""
        return self.run(mutation, webhookEndpointId=endpoint_id)

    def endpoints(self) -> list[Any]:
        nodes: list[Any] = self.stack.data(self.token, LIST)["webhookEndpoints"]["nodes"]
        return nodes


@pytest.fixture
def owner(stack: Stack, firm: Firm) -> Owner:
    return Owner(stack, firm)


def test_an_address_is_added_and_its_secret_shown_this_once(owner: Owner) -> None:
    added = owner.run(ADD, url=ADDRESS, eventTypes=["OutboundSent"], idempotencyKey="one")
    assert added["userErrors"] == []
    assert added["secret"].startswith("whsec_")
    again = owner.run(ADD, url=ADDRESS, eventTypes=["OutboundSent"], idempotencyKey="one")
    assert again["secret"] is None
    assert again["webhookEndpoint"]["id"] == added["webhookEndpoint"]["id"]
    (listed,) = owner.endpoints()
    assert listed["url"] == ADDRESS
    assert listed["eventTypes"] == ["OutboundSent"]
    assert listed["withContent"] is False
    assert listed["deadLetters"] == []


def test_a_new_secret_is_shown_once_and_the_former_one_stays_valid_for_a_day(
    owner: Owner,
) -> None:
    added = owner.run(ADD, url=ADDRESS)
    key = added["webhookEndpoint"]["id"]
    rotated = owner.run(ROTATE, webhookEndpointId=key, idempotencyKey="two")
    assert rotated["secret"] not in {None, added["secret"]}
    assert rotated["webhookEndpoint"]["formerSecretValidUntil"]
    again = owner.run(ROTATE, webhookEndpointId=key, idempotencyKey="two")
    assert again["secret"] is None
    assert again["userErrors"] == []


def test_an_endpoint_is_disabled_enabled_and_removed(owner: Owner) -> None:
    key = owner.run(ADD, url=ADDRESS)["webhookEndpoint"]["id"]
    disabled = owner.move("disableWebhookEndpoint", key)
    assert disabled["webhookEndpoint"] == {"state": "DISABLED"}
    assert owner.endpoints()[0]["disabledReason"] == "by_member"
    assert owner.move("enableWebhookEndpoint", key)["webhookEndpoint"] == {"state": "ACTIVE"}
    assert owner.move("removeWebhookEndpoint", key) == {"webhookEndpoint": None, "userErrors": []}
    assert owner.endpoints() == []
    refused = owner.move("enableWebhookEndpoint", key)
    assert refused["userErrors"] == [{"code": "WEBHOOK_ENDPOINT_REMOVED"}]


@pytest.mark.parametrize(
    "url",
    [
        "http://157.240.22.5/hook",
        "https://127.0.0.1/hook",
        "https://169.254.169.254/",
        "https://[::ffff:192.168.0.1]/",
        "https://2130706433/",
        "nonsense",
        "",
    ],
)
def test_an_address_that_leads_inwards_is_not_even_kept(owner: Owner, url: str) -> None:
    refused = owner.run(ADD, url=url)
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["input", "url"])
    assert error["nextStep"]
    assert refused["secret"] is None
    assert owner.endpoints() == []


def test_a_name_that_is_not_in_the_contract_is_refused(owner: Owner) -> None:
    refused = owner.run(ADD, url=ADDRESS, eventTypes=["Everything"])
    assert refused["userErrors"][0]["code"] == "INVALID_INPUT"
    assert refused["secret"] is None


def test_an_endpoint_of_another_firm_is_unknown(
    owner: Owner, stack: Stack, other_firm: Firm
) -> None:
    theirs = Owner(stack, other_firm).run(ADD, url=ADDRESS)["webhookEndpoint"]["id"]
    for name in ("enableWebhookEndpoint", "removeWebhookEndpoint"):
        assert owner.move(name, theirs)["userErrors"] == [{"code": "NOT_FOUND"}]
    rotated = owner.run(ROTATE, webhookEndpointId=theirs)
    assert rotated == {
        "secret": None,
        "webhookEndpoint": None,
        "userErrors": [{"code": "NOT_FOUND"}],
    }
    assert owner.endpoints() == []
