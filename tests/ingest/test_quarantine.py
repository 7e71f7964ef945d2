"""What belongs to no known firm waits, sealed, and is taken in when it can be."""

from typing import Any

import pytest
from psycopg import Connection

from domain.inbound_message import MessageReceived
from jobs.followers import ingest_page, received
from tests.event_store import OTHER_FIRM, Store
from tests.ingest.gateway import Gateway, Number, add_numbers, notification, text_message

UNKNOWN = Number(tenant_id=OTHER_FIRM, phone_number_id="990540352242922", waba_id="980290129340398")


def test_a_message_for_an_unknown_number_waits_for_it(
    gateway: Gateway, firm: Number, follow: Connection[Any], store: Store
) -> None:
    body = notification(text_message("wamid.U", number=UNKNOWN), number=UNKNOWN)
    gateway.take(body, body, notification(text_message("wamid.K")))
    assert gateway.held() == [("unknown_sender", False)]
    assert len(gateway.records(MessageReceived)) == 1

    gateway.unit.rest(follow)
    assert gateway.held() == [("unknown_sender", False)]

    add_numbers(follow, store, [UNKNOWN])
    gateway.unit.rest(follow)
    assert gateway.held() == [("unknown_sender", True)]
    received = gateway.records(MessageReceived)
    assert [record.tenant_id for record in received][1:] == [OTHER_FIRM]
    gateway.unit.rest(follow)
    assert len(gateway.records(MessageReceived)) == 2
    kept = follow.execute("SELECT octet_length(sealed_part) FROM hub.quarantine").fetchall()
    assert kept == [(0,)]


def test_only_the_part_that_names_the_unknown_number_is_held(
    gateway: Gateway, firm: Number
) -> None:
    known, unknown = text_message("wamid.K"), text_message("wamid.U", number=UNKNOWN)
    gateway.take(notification(known, unknown))
    (part,) = gateway.unit.quarantine(gateway.connection).held(limit=10)
    assert b"wamid.U" in part.part
    assert b"wamid.K" not in part.part


def test_nobody_can_write_to_a_firm_whose_app_did_not_sign(gateway: Gateway, firm: Number) -> None:
    gateway.take(notification(text_message("wamid.X")), fingerprint="another-app")
    assert gateway.held() == [("signed_by_another_app", False)]
    assert gateway.records(MessageReceived) == []


def test_a_number_in_two_firms_is_not_guessed(
    gateway: Gateway, firm: Number, follow: Connection[Any], store: Store
) -> None:
    add_numbers(follow, store, [Number(tenant_id=OTHER_FIRM)])
    gateway.take(notification(text_message("wamid.X")))
    assert gateway.held() == [("several_firms", False)]


def test_a_fault_in_one_part_harms_no_other(
    gateway: Gateway, firm: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = received.receive_message

    def faulty(message: Any, *rest: Any) -> Any:
        if message.wamid == "wamid.B":
            raise ZeroDivisionError
        return working(message, *rest)

    monkeypatch.setattr(ingest_page, "receive_message", faulty)
    parts = (text_message(f"wamid.{name}", phone=f"62811100{ord(name)}") for name in "ABC")
    gateway.take(notification(*parts))
    assert len(gateway.records(MessageReceived)) == 2
    assert gateway.held() == [("fault", False)]

    monkeypatch.undo()
    with gateway.connection.transaction():
        (part,) = gateway.unit.quarantine(gateway.connection).held(limit=10)
        assert gateway.unit.replay(gateway.connection, part) is None
    assert len(gateway.records(MessageReceived)) == 3


def test_a_body_is_not_readable_in_quarantine(
    gateway: Gateway, firm: Number, follow: Connection[Any]
) -> None:
    gateway.take(notification(text_message("wamid.U", "rahasia", number=UNKNOWN), number=UNKNOWN))
    rows = follow.execute("SELECT held::text FROM hub.quarantine AS held").fetchall()
    assert rows
    for canary in ("rahasia", "wamid", "81234567890", UNKNOWN.phone_number_id):
        assert canary not in str(rows)
        assert canary.encode().hex() not in str(rows)
