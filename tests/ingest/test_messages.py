"""Every message becomes exactly one event, however it is delivered."""

from domain.contact import ContactIdentified
from domain.inbound_message import InboundMessageContent, MessageReceived
from domain.message_content import TextContent
from tests.ingest.gateway import Gateway, Number, notification, text_message


def wamids(gateway: Gateway) -> list[str]:
    contents = [record.event.content for record in gateway.records(MessageReceived)]  # type: ignore[attr-defined]
    assert all(isinstance(content, InboundMessageContent) for content in contents)
    return [content.wamid for content in contents]


def test_a_message_becomes_an_event_of_its_contact(gateway: Gateway, firm: Number) -> None:
    gateway.take(notification(text_message("wamid.A", "Halo")))

    (received,) = gateway.records(MessageReceived)
    (identified,) = gateway.records(ContactIdentified)
    assert isinstance(received.event, MessageReceived)
    content = received.event.content
    assert isinstance(content, InboundMessageContent)
    assert content.body == TextContent(body="Halo")
    assert received.correlation_id == received.event_id == identified.correlation_id
    assert received.occurred_at.timestamp() == 1_790_000_000
    assert received.event.contact_id == identified.stream_id


def test_a_redelivered_message_stays_one_in_every_grouping(gateway: Gateway, firm: Number) -> None:
    one, other = text_message("wamid.A"), text_message("wamid.B")
    gateway.take(notification(one))
    gateway.take(notification(one), notification(one, other), notification(other, one))
    gateway.take(notification(one, one), notification(other, other))
    assert wamids(gateway) == ["wamid.A", "wamid.B"]
    assert len(gateway.records(ContactIdentified)) == 1
    assert gateway.held() == []
