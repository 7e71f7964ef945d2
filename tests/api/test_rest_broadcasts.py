"""A broadcast that another system asks for over REST waits until a member approves its plan."""

import json
from typing import Any
from uuid import UUID

import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.graphql.ids import global_id
from api.rest.application import read_json
from api.rest.broadcasts import NewBroadcast
from api.rest.openapi import openapi_document
from domain.broadcast import (
    BroadcastPlanned,
    BroadcastPlanRequested,
    ForecastLine,
    ReasonCount,
)
from domain.errors import HubError
from domain.event import fact_of
from domain.identity import BroadcastId, BroadcastPlanId
from domain.scopes import Role
from domain.template import TemplateStatus
from domain.template_components import TemplateComponents
from infrastructure.unique_ids import new_id
from tests.api.firm import Consultation, Firm
from tests.api.stack import Stack
from tests.api.test_rest_messages import OtherSystem, problem

PARTS = TemplateComponents(body="Yth. {{1}}, tagihan {{2}}.", examples=("Ratna", "17"))
LOOK = (
    "query($id: ID!) { broadcast(id: $id) { state title listed content { text } plan { digest } } }"
)
APPROVE = (
    "mutation($input: ApproveBroadcastInput!) { approveBroadcast(input: $input) "
    "{ userErrors { code } } }"
)


class Biller:
    """A firm's billing system with its token, and a contact that owes something."""

    def __init__(self, stack: Stack, firm: Firm) -> None:
        self.stack, self.firm = stack, firm
        self.story: Consultation = firm.consultation()
        firm.template("tagihan", PARTS)
        self.erp = OtherSystem(stack, firm)

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "title": "Tagihan November",
            "from": str(self.firm.sender_number_id),
            "words": {
                "type": "template",
                "name": "tagihan",
                "language": "id",
                "parameters": [
                    {"name": "1", "text": "{contact_name}"},
                    {"name": "2", "text": "{nomor}"},
                ],
            },
            "recipients": [
                {"to": {"contactId": str(self.story.contact_id)}, "variables": {"nomor": "17"}}
            ],
        } | changes

    def post(self, body: Any, *, key: str | None = None, token: str | None = None) -> Any:
        return self.stack.client.post(
            "/v1/broadcasts",
            json=body,
            headers={
                "authorization": f"Bearer {token or self.erp.token}",
                "idempotency-key": key or str(new_id()),
            },
        )

    def let_plan(self, broadcast_id: str) -> None:
        """As the worker does that plans."""
        records = self.stack.store.journal.load(self.firm.tenant_id, UUID(broadcast_id))
        wished = fact_of(records[-1], BroadcastPlanRequested)
        self.firm.append_next(
            UUID(broadcast_id),
            BroadcastPlanned(
                broadcast_id=BroadcastId(UUID(broadcast_id)),
                request_id=wished.request_id,
                plan_id=BroadcastPlanId(new_id()),
                plan_digest="a digest",
                recipients=1,
                excluded=(ReasonCount(reason="contact_opted_out", contacts=2),),
                forecast=(ForecastLine(country="ID", category="utility", messages=1),),
            ),
        )
        self.stack.wait_until_seen(self.firm.tenant_id)


@pytest.fixture
def biller(stack: Stack, firm: Firm) -> Biller:
    return Biller(stack, firm)


def test_a_requested_broadcast_waits_for_a_member_who_sees_what_it_says(biller: Biller) -> None:
    answer = biller.post(biller.body())
    assert answer.status_code == 202, answer.text
    path, number = answer.headers["location"], answer.json()["id"]
    assert biller.erp.get(path).json()["state"] == "planning"
    identifier = global_id("Broadcast", UUID(number))
    shown = biller.stack.data(biller.firm.lawyer, LOOK, {"id": identifier})["broadcast"]
    assert shown["content"]["text"] == "Yth. {contact_name}, tagihan {nomor}."
    assert (shown["title"], shown["listed"]) == ("Tagihan November", 1)
    biller.let_plan(number)
    found = biller.erp.get(path).json()
    assert found["state"] == "waiting_for_approval"
    assert found["plan"] == {
        "recipients": 1,
        "excluded": [{"reason": "contact_opted_out", "contacts": 2}],
        "forecast": [{"country": "ID", "category": "utility", "messages": 1}],
    }
    assert "tagihan" not in json.dumps(found)


def test_only_a_member_approves_it(biller: Biller) -> None:
    answer = biller.post(biller.body())
    biller.let_plan(answer.json()["id"])
    approval = {
        "broadcastId": global_id("Broadcast", UUID(answer.json()["id"])),
        "planDigest": "a digest",
        "idempotencyKey": "one",
    }
    refused = biller.stack.error(biller.erp.token, APPROVE, {"input": approval})
    assert refused["extensions"]["code"] == "FORBIDDEN"
    biller.stack.data(biller.firm.lawyer, APPROVE, {"input": approval})
    biller.stack.wait_until_seen(biller.firm.tenant_id)
    assert biller.erp.get(answer.headers["location"]).json()["state"] == "approved"


def test_the_same_key_gives_the_same_answer_and_one_broadcast(biller: Biller) -> None:
    first = biller.post(biller.body(), key="november")
    again = biller.post(biller.body(), key="november")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = biller.post(biller.body(title="Lain"), key="november")
    assert problem(other)["code"] == "IDEMPOTENCY_CONFLICT"


def test_words_go_to_an_audience_by_labels(biller: Biller) -> None:
    body = biller.body(
        words={"type": "text", "text": "Yth. {contact_name}, kantor tutup."},
        audience={"labels": ["klien-aktif"], "excludedLabels": ["pajak"]},
    )
    del body["recipients"]
    assert biller.post(body).status_code == 202


UNKNOWN = str(new_id())
WORDS = {"type": "template", "name": "tagihan", "language": "id"}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"from": UNKNOWN}, "SENDER_NUMBER_UNKNOWN", "/from"),
        ({"title": " "}, "INVALID_INPUT", "/content/title"),
        ({"words": WORDS}, "INVALID_INPUT", "/words/parameters"),
        ({"words": WORDS | {"name": "lain"}}, "TEMPLATE_UNKNOWN", "/words/name"),
        ({"words": {"type": "text", "text": "Halo {x}"}}, "INVALID_INPUT", "/content/words/text"),
        ({"words": {"type": "telegram"}}, "INVALID_INPUT", "/words/type"),
        ({"recipients": []}, "INVALID_INPUT", "/recipients"),
        ({"recipients": [{"to": {}}]}, "INVALID_INPUT", "/recipients/0/to"),
        (
            {"recipients": [{"to": {"contactId": UNKNOWN}}]},
            "CONTACT_UNKNOWN",
            "/recipients/0/to",
        ),
        (
            {"recipients": [{"to": {"phone": "0812 0000 0000"}}]},
            "CONTACT_UNKNOWN",
            "/recipients/0/to",
        ),
        ({"recipients": [{"to": {"phone": "x"}}]}, "INVALID_INPUT", "/recipients/0/to/phone"),
        ({"audience": {"labels": ["klien-aktif"]}}, "INVALID_INPUT", "/recipients"),
        ({"approve": True}, "INVALID_INPUT", None),
    ],
)
def test_what_cannot_be_carried_out_is_told_with_its_place(
    biller: Biller, changes: dict[str, Any], code: str, pointer: str | None
) -> None:
    refused = biller.post(biller.body(**changes))
    assert refused.status_code == 422
    told = problem(refused)
    assert (told["code"], told.get("pointer")) == (code, pointer)


def test_a_contact_that_is_named_twice_is_told(biller: Biller) -> None:
    entry = biller.body()["recipients"][0]
    told = problem(biller.post(biller.body(recipients=[entry, entry])))
    assert told["pointer"] == "/recipients/1"


def test_a_template_that_meta_paused_is_refused_at_once(biller: Biller) -> None:
    biller.firm.template("tagihan", PARTS, status=TemplateStatus.PAUSED)
    told = problem(biller.post(biller.body()))
    assert (told["status"], told["code"]) == (422, "TEMPLATE_PAUSED")


def test_what_others_ask_for_looks_unknown(biller: Biller, other_firm: Firm, stack: Stack) -> None:
    location = biller.post(biller.body()).headers["location"]
    assert OtherSystem(stack, other_firm).get(location).status_code == 404
    written_by_a_member = biller.firm.broadcast(biller.story)
    assert biller.erp.get(f"/v1/broadcasts/{written_by_a_member}").status_code == 404
    assert biller.erp.get("/v1/broadcasts/17").status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_whoever_may_not_propose_is_refused(biller: Biller, role: Role) -> None:
    token = biller.firm.tokens[role]
    assert problem(biller.post(biller.body(), token=token))["code"] == "FORBIDDEN"


def test_the_description_describes_requests_and_answers(biller: Biller) -> None:
    served = openapi_document()
    schemas = served["components"]["schemas"]
    answer: httpx.Response = biller.post(biller.body())
    jsonschema.validate(biller.body(), {**served, **schemas["NewBroadcast"]})
    jsonschema.validate(answer.json(), {**served, **schemas["RequestedBroadcast"]})
    biller.let_plan(answer.json()["id"])
    found = biller.erp.get(answer.headers["location"]).json()
    jsonschema.validate(found, {**served, **schemas["RequestedBroadcast"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["title", "from", "words", "type", "recipients", "to", "x"]), inner
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_every_body_is_read_or_refused_in_words(body: Any) -> None:
    try:
        read_json(json.dumps(body).encode(), NewBroadcast)
    except HubError as refusal:
        words = refusal.message
        assert words.endswith(".")
