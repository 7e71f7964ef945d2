"""What Meta posts: verified, stored, answered; in this order."""

import contextlib
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client import REGISTRY

from api.webhook.envelope import reason_to_ignore
from infrastructure.firm_setup import SenderSecrets
from infrastructure.postgres.connections import connect
from infrastructure.postgres.inbox_reader import InboxItem, read_inbox
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key
from infrastructure.whatsapp.decoding import NotJson
from tests.api.firm import APP_SECRET, Firm
from tests.api.stack import Stack
from tests.waiting import until
from tests.whatsapp.fuzz import mutilated
from tests.whatsapp.sample_files import NAMES, sample_bytes

NOTIFICATION = {
    "object": "whatsapp_business_account",
    "entry": [{"id": "1", "changes": [{"field": "messages", "value": {}}]}],
}

MUTILATIONS = 300


def signed(body: bytes, secret: str = APP_SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(stack: Stack, firm: Firm, body: bytes, **headers: str) -> httpx.Response:
    sent = {"content-type": "application/json", "x-hub-signature-256": signed(body), **headers}
    return stack.client.post(f"/webhooks/whatsapp/{firm.app}", content=body, headers=sent)


def stored(stack: Stack, firm: Firm) -> list[InboxItem]:
    cipher = InboxCipher(load_master_key(stack.database.settings))
    with connect(stack.database.follow_url, name="tests", autocommit=True) as connection:
        items = read_inbox(connection, cipher, after=0, limit=10_000)
    return [item for item in items if item.app == firm.app]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_signed_notification_is_stored_byte_for_byte_and_answered(
    stack: Stack, firm: Firm
) -> None:
    body = json.dumps(NOTIFICATION).encode()
    answer = post(stack, firm, body)
    assert (answer.status_code, answer.content) == (200, b"")
    (item,) = stored(stack, firm)
    assert item.body == body
    assert item.traceparent is not None
    assert item.app_fingerprint


def test_every_sample_of_meta_is_taken(stack: Stack, firm: Firm) -> None:
    bodies = [sample_bytes(name) for name in NAMES]
    for body in bodies:
        assert post(stack, firm, body).status_code == 200
    assert [item.body for item in stored(stack, firm)] == bodies


def test_mutilated_samples_are_answered_with_200_and_stored_once_each_as_they_came(
    stack: Stack, firm: Firm
) -> None:
    bodies = [mutilated(seed) for seed in range(MUTILATIONS)]
    kept = []
    for body in bodies:
        try:
            says_nothing = reason_to_ignore(body) is not None
        except NotJson:
            assert post(stack, firm, body).status_code == 400
            continue
        assert post(stack, firm, body).status_code == 200
        if not says_nothing:
            kept.append(body)
    assert len(kept) > MUTILATIONS // 2
    assert [item.body for item in stored(stack, firm)] == kept


@pytest.mark.parametrize(
    "text",
    [
        '{"object":"whatsapp_business_account","entry":[{"a":"\\u0000"}]}',
        '{"object":"whatsapp_business_account","entry":[{"a":"\\ud83d"}]}',
        '{"object":"whatsapp_business_account","entry":[{"a":1e400}]}',
        '{"entry":[{"id":"1"}]}',
        '{"object":"whatsapp_business_account","entry":' + "[" * 3000 + "]" * 3000 + "}",
    ],
)
def test_strange_text_is_stored_as_it_came(stack: Stack, firm: Firm, text: str) -> None:
    assert post(stack, firm, text.encode()).status_code == 200
    (item,) = stored(stack, firm)
    assert item.body == text.encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "not_a_notification"),
        (b"{}", "not_a_notification"),
        (b"null", "not_a_notification"),
        (b'"text"', "not_a_notification"),
        (b'{"object":"page","entry":[{"id":"1"}]}', "unknown_object"),
        (b'{"object":"whatsapp_business_account","entry":[]}', "empty"),
        (b'{"object":"whatsapp_business_account"}', "not_a_notification"),
    ],
)
def test_what_says_nothing_is_answered_counted_and_not_stored(
    stack: Stack, firm: Firm, body: bytes, reason: str
) -> None:
    before = counted("hub_webhook_ignored_total", reason=reason)
    assert post(stack, firm, body).status_code == 200
    assert counted("hub_webhook_ignored_total", reason=reason) == before + 1
    assert stored(stack, firm) == []


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b'{"entry":[}', b"\xff\xfe\x00"])
def test_what_is_not_json_is_refused(stack: Stack, firm: Firm, body: bytes) -> None:
    answer = post(stack, firm, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "NOT_JSON"
    assert stored(stack, firm) == []


BODY = json.dumps(NOTIFICATION).encode()


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        signed(BODY, "another secret"),
        signed(BODY + b" "),
        signed(BODY).upper(),
        signed(BODY).removeprefix("sha256="),
        signed(BODY).replace("sha256", "sha1"),
        signed(BODY) + "0",
    ],
)
def test_a_missing_or_wrong_signature_is_refused_before_anything_is_parsed(
    stack: Stack, firm: Firm, signature: str | None
) -> None:
    for body in (BODY, b"not json at all"):
        headers = {} if signature is None else {"x-hub-signature-256": signature}
        url = f"/webhooks/whatsapp/{firm.app}"
        answer = stack.client.post(url, content=body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "BAD_SIGNATURE"
    assert stored(stack, firm) == []


def test_the_legacy_signature_counts_for_nothing(stack: Stack, firm: Firm) -> None:
    digest = hmac.new(APP_SECRET.encode(), BODY, hashlib.sha1).hexdigest()
    headers = {"x-hub-signature": f"sha1={digest}"}
    url = f"/webhooks/whatsapp/{firm.app}"
    assert stack.client.post(url, content=BODY, headers=headers).status_code == 401


def test_an_app_that_nobody_uses_is_refused(stack: Stack) -> None:
    for app in ("unknown", "a b", "x" * 65):
        answer = stack.client.post(
            f"/webhooks/whatsapp/{app}",
            content=BODY,
            headers={"x-hub-signature-256": signed(BODY)},
        )
        assert answer.status_code in {401, 404}


def rotate(firm: Firm, secret: str) -> None:
    firm.setup.add_sender_number(
        firm.tenant_id,
        waba_id=firm.waba_id,
        phone_number_id=firm.phone_number_id,
        display_phone="+622129001234",
        secrets=SenderSecrets(secret, "another verify token", "another access token"),
        app=firm.app,
    )
    firm.stack.wait_until_seen(firm.tenant_id)


def test_two_app_secrets_are_accepted_during_a_rotation_and_not_three(
    stack: Stack, firm: Firm
) -> None:
    def answer_to(secret: str) -> int:
        headers = {"x-hub-signature-256": signed(BODY, secret)}
        url = f"/webhooks/whatsapp/{firm.app}"
        return stack.client.post(url, content=BODY, headers=headers).status_code

    assert answer_to(APP_SECRET) == 200
    rotate(firm, "the second secret")
    until(lambda: answer_to("the second secret") == 200, "the new secret is known", 3.0)
    assert answer_to(APP_SECRET) == 200
    rotate(firm, "the third secret")
    until(lambda: answer_to("the third secret") == 200, "the new secret is known", 3.0)
    assert answer_to("the second secret") == 200
    until(lambda: answer_to(APP_SECRET) == 401, "the oldest secret is refused", 8.0)


def test_the_secret_of_one_app_does_not_open_another(
    stack: Stack, firm: Firm, other_firm: Firm
) -> None:
    rotate(other_firm, "the other firm's secret")
    headers = {"x-hub-signature-256": signed(BODY, "the other firm's secret")}
    url = f"/webhooks/whatsapp/{firm.app}"
    assert stack.client.post(url, content=BODY, headers=headers).status_code == 401


def test_a_body_of_four_mebibytes_is_taken(stack: Stack, firm: Firm) -> None:
    padding = "x" * (4_194_304 - len(json.dumps(NOTIFICATION | {"padding": ""})))
    body = json.dumps(NOTIFICATION | {"padding": padding}).encode()
    assert len(body) == 4_194_304
    assert post(stack, firm, body).status_code == 200
    (item,) = stored(stack, firm)
    assert item.body == body


def test_a_larger_body_is_refused_by_its_declared_length_before_it_is_sent(stack: Stack) -> None:
    with socket.create_connection(("127.0.0.1", stack.port), timeout=60) as connection:
        connection.sendall(
            b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: hub\r\nContent-Length: 4194305\r\n\r\n"
        )
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")


def test_a_larger_body_of_unknown_length_is_refused_while_it_comes_in(
    stack: Stack, firm: Firm
) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    with contextlib.suppress(httpx.WriteError):
        answer = stack.client.post(f"/webhooks/whatsapp/{firm.app}", content=chunks())
        assert answer.status_code == 413
    assert stored(stack, firm) == []


def test_other_methods_are_refused(stack: Stack) -> None:
    assert stack.client.put("/webhooks/whatsapp", content=BODY).status_code == 405
