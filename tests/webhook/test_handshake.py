"""Meta's greeting when the address of the webhook is set."""

import pytest

from tests.api.firm import VERIFY_TOKEN, Firm
from tests.api.stack import Stack

RIGHT = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}


def test_the_challenge_is_echoed_as_plain_text(stack: Stack, firm: Firm) -> None:
    answer = stack.client.get(f"/webhooks/whatsapp/{firm.app}", params=RIGHT)
    assert answer.status_code == 200
    assert answer.text == "1158201444"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_challenge_is_opaque(stack: Stack, firm: Firm) -> None:
    challenge = "<script>alert(1)</script> & é"
    answer = stack.client.get(
        f"/webhooks/whatsapp/{firm.app}", params=RIGHT | {"hub.challenge": challenge}
    )
    assert answer.text == challenge


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.verify_token": "wrong"},
        {"hub.verify_token": ""},
        {"hub.verify_token": VERIFY_TOKEN + " "},
        {"hub.verify_token": "é" * 40},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.challenge": ""},
        {"hub.challenge": "x" * 513},
    ],
)
def test_a_wrong_greeting_is_refused(stack: Stack, firm: Firm, changes: dict[str, str]) -> None:
    answer = stack.client.get(f"/webhooks/whatsapp/{firm.app}", params=RIGHT | changes)
    assert answer.status_code == 403
    assert "1158201444" not in answer.text


def test_an_empty_greeting_is_refused(stack: Stack, firm: Firm) -> None:
    assert stack.client.get(f"/webhooks/whatsapp/{firm.app}").status_code == 403
    assert stack.client.get("/webhooks/whatsapp").status_code == 403


def test_the_verify_token_of_one_app_does_not_open_another(
    stack: Stack, firm: Firm, other_firm: Firm
) -> None:
    answer = stack.client.get("/webhooks/whatsapp/unknown", params=RIGHT)
    assert answer.status_code == 403
