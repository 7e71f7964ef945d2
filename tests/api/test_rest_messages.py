"""What another system of a firm asks for over REST waits until a member approves it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rest.application import read_json
from api.rest.errors import TooManyRequests
from api.rest.messages import NewMessage
from api.rest.openapi import openapi_document
from api.rest.rate_limit import RateLimit
from domain.errors import HubError
from domain.scopes import Role
from infrastructure.postgres.connections import connect
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.updates import ContactIdentity
from jobs.followers.contact_book import ContactBook, identities_of
from tests.api.firm import Consultation, Firm
from tests.api.stack import Stack

WORDS = "Tagihan nomor 17 sudah jatuh tempo."
QUEUE = "{ draftQueue { nodes { id state model content { text } proposedBy { name role } } } }"
APPROVE = """
mutation Approve($input: ApproveDraftInput!) {
  approveDraft(input: $input) { draft { state } userErrors { code message } }
}
"""


class OtherSystem:
    """The firm's ERP with its token."""

    def __init__(self, stack: Stack, firm: Firm) -> None:
        self.stack = stack
        self.firm = firm
        self.token = firm.tokens[Role.INTEGRATION]

    def post(self, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        sent = {
            "authorization": f"Bearer {self.token}",
            "idempotency-key": str(new_id()) if key is None else key,
        }
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.stack.client.post(
            "/v1/messages",
            content=content,
            headers={"content-type": "application/json"} | sent | headers,
        )

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.token}"}
        return self.stack.client.get(path, headers=headers)


@pytest.fixture
def erp(stack: Stack, firm: Firm) -> OtherSystem:
    return OtherSystem(stack, firm)


@pytest.fixture
def story(firm: Firm) -> Consultation:
    return firm.consultation()


def to(story: Consultation, words: str = WORDS) -> dict[str, Any]:
    return {"to": {"contactId": str(story.contact_id)}, "body": {"type": "text", "text": words}}


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert found["nextStep"]
    schemas = openapi_document()["components"]["schemas"]
    jsonschema.validate(found, schemas["Problem"])
    return found


def test_a_requested_message_waits_in_the_queue_and_says_who_asked(
    erp: OtherSystem, story: Consultation
) -> None:
    answer = erp.post(to(story))
    assert answer.status_code == 202
    assert answer.json()["state"] == "waiting_for_approval"
    nodes = erp.stack.data(erp.firm.lawyer, QUEUE)["draftQueue"]["nodes"]
    (mine,) = [node for node in nodes if node["proposedBy"]]
    assert mine["content"]["text"] == WORDS
    assert mine["model"] is None
    assert mine["proposedBy"]["role"] == "INTEGRATION"
    found = erp.get(answer.headers["location"]).json()
    assert found["state"] == "waiting_for_approval"
    assert "delivery" not in found or found["delivery"] is None
    assert WORDS not in json.dumps(found)


def test_only_the_approval_of_a_member_moves_it_on(erp: OtherSystem, story: Consultation) -> None:
    path = erp.post(to(story)).headers["location"]
    nodes = erp.stack.data(erp.firm.lawyer, QUEUE)["draftQueue"]["nodes"]
    (mine,) = [node for node in nodes if node["proposedBy"]]
    given_ = {"draftId": mine["id"], "idempotencyKey": "one"}
    refused = erp.stack.error(erp.token, APPROVE, {"input": given_})
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert erp.get(path).json()["state"] == "waiting_for_approval"
    erp.stack.data(erp.firm.lawyer, APPROVE, {"input": given_})
    assert erp.get(path).json()["state"] == "approved"


def test_a_phone_number_finds_the_contact_in_any_usual_writing(
    erp: OtherSystem, story: Consultation
) -> None:
    reported = ContactIdentity(phone=story.phone.removeprefix("+"))
    with connect(erp.stack.database.follow_url, name="tests", autocommit=True) as connection:
        book = ContactBook(connection, erp.stack.store.vault)
        book.look_up(erp.firm.tenant_id, [reported])
        book.assign(erp.firm.tenant_id, story.contact_id, identities_of(reported))
        book.flush()
    local = f"0{story.phone.removeprefix('+62')}"
    for written in (story.phone, local, f"{local[:4]}-{local[4:]}"):
        answer = erp.post(to(story) | {"to": {"phone": written}})
        assert answer.status_code == 202, answer.text
        assert answer.json()["contactId"] == str(story.contact_id)


def test_the_same_key_gives_the_same_answer_and_one_draft(
    erp: OtherSystem, story: Consultation
) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: erp.post(to(story), key="invoice 17"), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    again = erp.post(to(story), key="invoice 17")
    assert again.content == answers[0].content
    assert again.headers["idempotent-replayed"] == "true"
    erp.stack.wait_until_seen(erp.firm.tenant_id)
    nodes = erp.stack.data(erp.firm.lawyer, QUEUE)["draftQueue"]["nodes"]
    assert len([node for node in nodes if node["proposedBy"]]) == 1


def test_the_same_key_with_another_body_is_a_conflict(
    erp: OtherSystem, story: Consultation
) -> None:
    erp.post(to(story), key="invoice 17")
    refused = erp.post(to(story, "Lain."), key="invoice 17")
    assert refused.status_code == 409
    assert problem(refused)["code"] == "IDEMPOTENCY_CONFLICT"


def test_the_same_key_answers_even_when_the_contact_has_opted_out_since(
    erp: OtherSystem, story: Consultation
) -> None:
    first = erp.post(to(story), key="invoice 17")
    erp.firm.opt_out(story)
    assert erp.post(to(story), key="invoice 17").content == first.content
    refused = erp.post(to(story), key="invoice 18")
    assert refused.status_code == 422
    assert problem(refused)["code"] == "CONTACT_OPTED_OUT"


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"to": {"contactId": str(new_id())}}, "CONTACT_UNKNOWN", "/to"),
        ({"to": {"phone": "+62 812 0000 0000"}}, "CONTACT_UNKNOWN", "/to"),
        ({"to": {"phone": "twelve"}}, "INVALID_INPUT", "/to/phone"),
        ({"to": {"contactId": "mine"}}, "INVALID_INPUT", "/to/contactId"),
        ({"to": {}}, "INVALID_INPUT", "/to"),
        ({"to": {"phone": "1", "contactId": "2"}}, "INVALID_INPUT", "/to"),
        ({"to": {"name": "Siti"}}, "INVALID_INPUT", "/to"),
        ({"from": str(new_id())}, "CONVERSATION_UNKNOWN", "/from"),
        ({"from": 7}, "INVALID_INPUT", "/from"),
        ({"body": {"type": "text", "text": ""}}, "INVALID_INPUT", "/body/text"),
        ({"body": {"type": "text", "text": "x" * 4097}}, "INVALID_INPUT", "/body/text"),
        ({"body": {"type": "telegram"}}, "INVALID_INPUT", "/body/type"),
        ({"body": {"type": "template", "name": "x"}}, "INVALID_INPUT", "/body/type"),
        ({"approve": True}, "INVALID_INPUT", None),
    ],
)
def test_what_cannot_be_carried_out_is_told_with_its_place(
    erp: OtherSystem, story: Consultation, change: dict[str, Any], code: str, pointer: str | None
) -> None:
    refused = erp.post(to(story) | change)
    assert refused.status_code == 422
    told = problem(refused)
    assert told["code"] == code
    assert told.get("pointer") == pointer


def test_a_contact_of_another_firm_is_unknown(
    erp: OtherSystem, other_firm: Firm, stack: Stack
) -> None:
    theirs = other_firm.consultation()
    assert problem(erp.post(to(theirs)))["code"] == "CONTACT_UNKNOWN"
    location = OtherSystem(stack, other_firm).post(to(theirs)).headers["location"]
    assert erp.get(location).status_code == 404


def test_a_suggestion_of_the_assistant_is_no_requested_message(
    erp: OtherSystem, story: Consultation
) -> None:
    assert erp.get(f"/v1/messages/{story.draft_id}").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INTEGRATION])
def test_only_the_token_of_an_integration_may_ask(
    erp: OtherSystem, story: Consultation, role: Role
) -> None:
    erp.token = erp.firm.tokens[role]
    assert problem(erp.post(to(story)))["code"] == "FORBIDDEN"
    assert erp.get(f"/v1/messages/{new_id()}").status_code == 403


def test_requests_that_cannot_be_understood_are_told_so(
    erp: OtherSystem, story: Consultation
) -> None:
    body = json.dumps(to(story)).encode()
    told = [
        erp.post(b"{", key="1"),
        erp.post(b"[" * 100_000, key="1"),
        erp.post(b"\xff", key="1"),
        erp.post(body, key=""),
        erp.post(body, key="x" * 201),
        erp.post(b" " * 70_000, key="1"),
        erp.post(body, **{"content-type": "text/plain"}),
        erp.post(body, authorization="Bearer nonsense"),
        erp.get("/v1/nothing"),
        erp.get("/v1/messages"),
        erp.get("/v1/messages/17"),
    ]
    statuses = [problem(answer)["status"] for answer in told]
    assert statuses == [400, 413, 400, 422, 422, 413, 415, 401, 404, 405, 404]
    without = erp.stack.client.post(
        "/v1/messages", content=body, headers={"authorization": f"Bearer {erp.token}"}
    )
    assert without.status_code == 415
    keyless = erp.stack.client.post(
        "/v1/messages", json=to(story), headers={"authorization": f"Bearer {erp.token}"}
    )
    assert problem(keyless)["code"] == "IDEMPOTENCY_KEY_MISSING"


def test_the_description_is_served_and_describes_the_answers(
    erp: OtherSystem, story: Consultation
) -> None:
    served = erp.stack.client.get("/v1/openapi.json").json()
    assert served == json.loads(json.dumps(openapi_document()))
    document = {**served, **served["components"]["schemas"]["RequestedMessage"]}
    jsonschema.validate(erp.post(to(story)).json(), document)
    jsonschema.validate(to(story), {**served, **served["components"]["schemas"]["NewMessage"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["to", "from", "body", "type", "text", "x"]), inner)
    ),
    max_leaves=8,
)


@given(JSON | st.binary(max_size=40))
def test_every_body_is_read_or_refused_in_words(body: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        read_json(content, NewMessage)
    except HubError as refusal:
        words = refusal.message
        assert words.endswith(".")


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 10))
def test_the_rate_limit_never_lets_more_through_than_a_burst_and_its_refill(
    pauses: list[float], per_minute: int
) -> None:
    now, token, allowed = 0.0, new_id(), []
    limit = RateLimit(per_minute, now=lambda: now)
    for pause in pauses:
        now += pause
        try:
            limit.take(token)
            allowed.append(now)
        except TooManyRequests as refusal:
            at = now
            now += refusal.retry_after_s
            limit.take(token)
            allowed.append(now)
            assert now > at
    for start in allowed:
        in_minute = [moment for moment in allowed if start <= moment < start + 60]
        assert len(in_minute) <= 2 * per_minute
    limit.take(new_id())
