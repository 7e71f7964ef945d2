"""The stored form of events stays readable, and says what is wrong when it is not."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.contact import ContactDetails, ContactIdentified
from domain.conversation import ConversationClosed
from domain.event import EVENT_TYPES, UPCASTERS, EventRecord, Sealed
from domain.identity import ConversationId
from domain.provenance import Actor, ActorKind
from infrastructure.postgres.stored_state import (
    StoredStateUnreadable,
    UnknownEventTopic,
    decode_content,
    decode_record,
    encode_content,
    encode_state,
)
from tests.store.builders import contact_identified, new_tenant, record

STREAM = UUID("0198a000-0000-7000-8000-000000000001")
TENANT = UUID("0198a000-0000-7000-8000-000000000002")
STORED_IN_NOVEMBER_2026 = (
    b'{"id":"0198a000-0000-7000-8000-000000000003","at":"2026-11-21T09:30:00Z",'
    b'"actor":{"kind":"member","id":"m1"},"corr":"0198a000-0000-7000-8000-000000000004",'
    b'"data":{"contact_id":"0198a000-0000-7000-8000-000000000001"},'
    b'"cause":"0198a000-0000-7000-8000-000000000005","trace":"00-aa-bb-01",'
    b'"sealed":{"key":"0198a000-0000-7000-8000-000000000006","commit":"AQI=","box":"AwQ="}}'
)


def decode(topic: str, state: bytes) -> EventRecord:
    return decode_record(STREAM, 1, topic, state, 7, TENANT, 3, datetime(2026, 11, 21, tzinfo=UTC))


def test_an_event_stored_long_ago_is_still_read() -> None:
    read = decode("contact.identified.v1", STORED_IN_NOVEMBER_2026)
    assert (read.position, read.tenant_seq, read.stream_version) == (7, 3, 1)
    assert read.actor == Actor(ActorKind.MEMBER, "m1")
    assert read.occurred_at == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert (read.causation_id, read.traceparent) == (
        UUID("0198a000-0000-7000-8000-000000000005"),
        "00-aa-bb-01",
    )
    assert isinstance(read.event, ContactIdentified)
    assert read.event.content == Sealed(
        stream_id=STREAM,
        stream_version=1,
        topic="contact.identified.v1",
        event_id=UUID("0198a000-0000-7000-8000-000000000003"),
        key_id=UUID("0198a000-0000-7000-8000-000000000006"),
        commitment=b"\x01\x02",
        ciphertext=b"\x03\x04",
    )
    assert encode_state(read, read.event.content) == STORED_IN_NOVEMBER_2026


def test_every_stored_name_is_known_to_a_process_that_only_reads() -> None:
    program = (
        "import infrastructure.postgres.stored_state, domain.event;"
        "print(len(domain.event.EVENT_TYPES))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    own = {name for name in EVENT_TYPES if not name.startswith("test.")}
    assert int(printed) == len(own)


def test_content_is_never_stored_in_clear() -> None:
    contact_id = uuid4()
    clear = record(new_tenant(), contact_id, 1, contact_identified(contact_id))
    with pytest.raises(TypeError, match="must be sealed"):
        encode_state(clear, None)


def test_an_unknown_stored_name_is_named() -> None:
    with pytest.raises(UnknownEventTopic, match=r"'from\.the_future\.v9'") as refusal:
        decode("from.the_future.v9", STORED_IN_NOVEMBER_2026)
    assert refusal.value.topic == "from.the_future.v9"
    with pytest.raises(UnknownEventTopic):
        decode_content("from.the_future.v9", b"{}")


@pytest.mark.parametrize(
    "state",
    [b"", b"[]", b"{}", STORED_IN_NOVEMBER_2026[:-1], STORED_IN_NOVEMBER_2026.replace(b"11", b"x")],
    ids=["empty", "list", "object", "cut", "broken"],
)
def test_a_damaged_state_is_reported_with_its_place(state: bytes) -> None:
    with pytest.raises(StoredStateUnreadable, match=f"{STREAM} version 1"):
        decode("contact.identified.v1", state)


def test_facts_that_are_missing_are_reported() -> None:
    with pytest.raises(StoredStateUnreadable, match="conversation_id"):
        decode("conversation.closed.v1", STORED_IN_NOVEMBER_2026)


def test_content_of_another_kind_is_reported_without_showing_it() -> None:
    content = encode_content(ContactDetails(identities=(), profile_name="Siti"))
    assert decode_content("contact.identified.v1", content).profile_name == "Siti"
    with pytest.raises(StoredStateUnreadable) as refusal:
        decode_content("contact.consent_granted.v1", content)
    assert "Siti" not in str(refusal.value)


@pytest.fixture
def older_versions() -> Iterator[None]:
    """Two older forms of an event: the reason was called `why`, and before that it was missing."""

    def rename(facts: dict[str, Any]) -> dict[str, Any]:
        return {"conversation_id": facts["conversation_id"], "reason": facts["why"]}

    def add_default(facts: dict[str, Any]) -> dict[str, Any]:
        return facts | {"why": "not asked"}

    UPCASTERS["test.closed.v2"] = ("conversation.closed.v1", rename)
    UPCASTERS["test.closed.v1"] = ("test.closed.v2", add_default)
    yield
    del UPCASTERS["test.closed.v2"], UPCASTERS["test.closed.v1"]


@pytest.mark.usefixtures("older_versions")
def test_older_versions_are_read_in_todays_form() -> None:
    conversation_id = ConversationId(uuid4())
    now = record(new_tenant(), conversation_id, 1)
    old = msgspec.json.decode(encode_state(now, None))
    for topic, facts, reason in (
        ("test.closed.v1", {}, "not asked"),
        ("test.closed.v2", {"why": "settled"}, "settled"),
    ):
        old["data"] = {"conversation_id": str(conversation_id), **facts}
        assert decode(topic, msgspec.json.encode(old)).event == ConversationClosed(
            conversation_id=conversation_id, reason=reason
        )
