"""An owner connects a number: only what Meta confirms is connected, and every step is told."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.graphql.ids import global_id
from domain.scopes import Role
from infrastructure.simulator import SimulatorConfig, simulator_server
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_SECRET,
    DEFAULT_DISPLAY_PHONE_NUMBER,
    DEFAULT_PHONE_NUMBER_ID,
    DEFAULT_VERIFY_TOKEN,
    DEFAULT_WABA_ID,
)
from infrastructure.unique_ids import new_id
from tests.api.firm import Firm
from tests.api.stack import Stack, served

ADD = """
mutation Add($input: AddSenderNumberInput!) {
  addSenderNumber(input: $input) {
    senderNumber { id displayPhone } steps { name state found nextStep }
    userErrors { code field message nextStep }
  }
}
"""
VERIFY = """
mutation Verify($input: VerifySenderNumberInput!) {
  verifySenderNumber(input: $input) {
    senderNumber { id } steps { name state nextStep } userErrors { code }
  }
}
"""
GIVEN = {
    "wabaId": DEFAULT_WABA_ID,
    "phoneNumberId": DEFAULT_PHONE_NUMBER_ID,
    "displayPhone": DEFAULT_DISPLAY_PHONE_NUMBER,
    "appSecret": DEFAULT_APP_SECRET,
    "verifyToken": DEFAULT_VERIFY_TOKEN,
    "accessToken": DEFAULT_ACCESS_TOKEN,
    "app": "kantor-melati",
}

EMPTY_NUMBER = (
    'wabaId: "1", phoneNumberId: "1", displayPhone: "", appSecret: "", verifyToken: "", '
    'accessToken: ""'
)


class Owner:
    """An owner whose hub speaks to a simulated Meta."""

    def __init__(self, stack: Stack, port: int, firm: Firm) -> None:
        self._url = f"http://127.0.0.1:{port}/graphql"
        self._token = firm.tokens[Role.OWNER]
        self._port = port
        self.stack = stack
        self.firm = firm

    def of(self, firm: Firm) -> "Owner":
        """The owner of another firm of the same hub."""
        return Owner(self.stack, self._port, firm)

    def run(self, mutation: str, **given: Any) -> Any:
        given.setdefault("idempotencyKey", str(new_id()))
        answer = httpx.post(
            self._url,
            json={"query": mutation, "variables": {"input": given}},
            headers={"authorization": f"Bearer {self._token}"},
            timeout=30,
            trust_env=False,
        ).json()
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        return payload


@pytest.fixture
def owner(stack: Stack, firm: Firm) -> Iterator[Owner]:
    with (
        simulator_server(SimulatorConfig()) as meta,
        served(stack.store, stack.redis_url, graph_api_url=meta) as port,
    ):
        yield Owner(stack, port, firm)


def states(payload: Any) -> dict[str, str]:
    return {step["name"]: step["state"] for step in payload["steps"]}


def test_a_number_is_connected_once_meta_confirms_it(owner: Owner, other_firm: Firm) -> None:
    refused = owner.run(ADD, **(GIVEN | {"accessToken": "unknown"}))
    assert [error["code"] for error in refused["userErrors"]] == ["REFUSED"]
    assert states(refused) == {"token": "WRONG"}
    assert refused["senderNumber"] is None

    added = owner.run(ADD, **GIVEN, idempotencyKey="one")
    assert added["userErrors"] == []
    found = states(added)
    assert found["token"] == found["account"] == found["subscription"] == "OK"
    assert found["webhook"] == "WRONG"
    key = added["senderNumber"]["id"]
    again = owner.run(ADD, **GIVEN, idempotencyKey="one")
    assert again["senderNumber"]["id"] == key
    other = owner.run(ADD, **GIVEN)
    assert [error["code"] for error in other["userErrors"]] == ["REFUSED"]
    (taken,) = owner.of(other_firm).run(ADD, **GIVEN)["userErrors"]
    assert "another firm" in taken["message"]
    assert "phone number id" in taken["nextStep"]

    verified = owner.run(VERIFY, senderNumberId=key)
    assert states(verified)["number"] == "OK"
    unknown = owner.run(VERIFY, senderNumberId="x")
    assert unknown["userErrors"] == [{"code": "INVALID_ID"}]


def test_the_id_of_another_thing_is_no_number(owner: Owner) -> None:
    for thing in (owner.firm.tenant_id, new_id()):
        refused = owner.run(VERIFY, senderNumberId=global_id("SenderNumber", thing))
        assert refused["userErrors"] == [{"code": "NOT_FOUND"}]


def test_wrong_values_are_told_with_their_field(owner: Owner) -> None:
    refused = owner.run(ADD, **(GIVEN | {"appSecret": " "}))
    assert refused["userErrors"][0]["field"] == ["input", "appSecret"]
    refused = owner.run(ADD, **(GIVEN | {"displayPhone": "+62 21 9999 9999"}))
    assert states(refused)["phone"] == "WRONG"
