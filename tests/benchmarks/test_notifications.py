"""Webhooks of a measurement are what Meta sends: signed, well formed, each its own message."""

from itertools import islice

from api.benchmarks.notifications import (
    APP_SECRET,
    PATH,
    PHONE_NUMBER_ID,
    number_in,
    signed_request,
    text_messages,
)
from infrastructure.whatsapp.decoding import decode
from infrastructure.whatsapp.signature import AppSecret, verify


def test_a_request_is_signed_over_its_body() -> None:
    body = next(text_messages(10))
    head, _, sent = signed_request(body, 8000).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert lines[0] == f"POST {PATH} HTTP/1.1"
    assert sent == body
    assert headers["Content-Length"] == str(len(body))
    assert verify(body, headers["X-Hub-Signature-256"], [AppSecret("bench", APP_SECRET)])


def test_every_message_has_an_id_and_a_number_of_its_own() -> None:
    values = [
        decode(body)["entry"][0]["changes"][0]["value"]
        for body in islice(text_messages(2, first=7), 3)
    ]
    messages = [value["messages"][0] for value in values]
    assert [number_in(message["text"]["body"]) for message in messages] == [7, 8, 9]
    assert len({message["id"] for message in messages}) == 3
    assert {value["metadata"]["phone_number_id"] for value in values} == {PHONE_NUMBER_ID}


def test_clients_write_in_turn() -> None:
    values = [
        decode(body)["entry"][0]["changes"][0]["value"] for body in islice(text_messages(2), 4)
    ]
    phones = [value["messages"][0]["from"] for value in values]
    assert phones == ["6281200000000", "6281200000001"] * 2
    assert phones == [value["contacts"][0]["wa_id"] for value in values]
