"""The timeline: the order people read in, deliveries that follow statuses, two ways to write it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from psycopg import Connection

from domain.contact import OptedIn, OptedOut
from domain.delivery_state import DeliveryState
from domain.event import Event
from domain.inbound_message import MessageReceived
from domain.outbound_message import (
    OutboundAttemptFailed,
    OutboundAttemptStarted,
    OutboundFailed,
    OutboundFoundSent,
    OutboundInDoubt,
    OutboundMessage,
    OutboundRefused,
    OutboundRequested,
    OutboundSent,
    OutboundStatusUpdated,
)
from infrastructure.following.event_log import read_log
from projections.benchmarks.stories import Firm
from projections.columns import columns_of, copy_data
from projections.deliveries import DELIVERY_EVENTS, Delivery
from projections.timeline import TimelineRow
from projections.timeline_encoding import EncodedPage
from projections.timeline_entries import ENTRIES, row_of
from projections.timeline_queries import TimelinePlace, entries_after, entries_before
from tests.domain.samples import sample_of
from tests.event_store import FIRM, OTHER_FIRM, Store, follow_once
from tests.projections.happened import BEGINNING, Happened, named

CONVERSATION = named("conversation")
OUTBOUND = named("outbound")


def rows(connection: Connection[Any]) -> list[TimelineRow]:
    return entries_after(FIRM, [CONVERSATION], limit=100).fetch(connection)


def outbound(connection: Connection[Any]) -> TimelineRow:
    (row,) = (row for row in rows(connection) if row.entry_kind == "outbound")
    return row


def status(word: str, state: DeliveryState, minute: int) -> OutboundStatusUpdated:
    return OutboundStatusUpdated(
        outbound_message_id=OUTBOUND,
        conversation_id=CONVERSATION,
        contact_id=named("contact"),
        status=word,
        state=state,
        provider_time=BEGINNING + timedelta(minutes=minute),
        status_event_id=named(f"status {word}"),
    )


def test_both_ways_to_write_an_entry_give_the_same_row(
    follow: Connection[Any], store: Store
) -> None:
    kinds = {*ENTRIES, *DELIVERY_EVENTS}
    happened = Happened()
    for kind in sorted(kinds, key=lambda kind: kind.TOPIC):
        happened.sample(kind, outbound_message_id=named(kind.TOPIC))
    store(happened.take())
    logged_events = read_log(follow, after=0, limit=100).events
    assert len(logged_events) == len(kinds)
    for logged in logged_events:
        page = EncodedPage()
        page.add_logged(logged)
        entry = ENTRIES.get(type(logged.record.event))
        row = row_of(logged, entry) if entry is not None else None
        if row is not None and logged.topic == OutboundRequested.TOPIC:
            row.delivery_state, row.attempt = DeliveryState.REQUESTED.value, 0
        expected = [] if row is None else [msgspec.structs.astuple(row)]
        assert page.finish() == copy_data(columns_of(TimelineRow), expected), logged.label


def test_people_read_by_the_time_of_meta_and_then_by_the_place_in_the_notification(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    for name, minute, order in (("late", 9, 0), ("second", 3, 1), ("first", 3, 0)):
        event = MessageReceived(
            message_id=named(name),
            conversation_id=CONVERSATION,
            contact_id=named("contact"),
            sender_number_id=named("number"),
            kind="text",
            envelope_order=order,
        )
        happened.add(event, at=BEGINNING + timedelta(minutes=minute))
    store(happened.take())
    follow_once(follow, ["timeline"])
    assert [row.entity_id for row in rows(follow)] == [
        named("first"),
        named("second"),
        named("late"),
    ]


def test_pages_of_the_timeline_meet_without_gap_or_repetition(
    follow: Connection[Any], store: Store
) -> None:
    firm = Firm(FIRM)
    told = firm.consultation()
    store(told)
    follow_once(follow, ["timeline"])
    conversation_id = next(
        record.event.conversation_id for record in told if isinstance(record.event, MessageReceived)
    )
    everything = entries_after(FIRM, [conversation_id], limit=1000).fetch(follow)
    forwards: list[TimelineRow] = []
    place = None
    while page := entries_after(FIRM, [conversation_id], limit=7, after=place).fetch(follow):
        forwards += page
        place = TimelinePlace(page[-1].occurred_at, page[-1].envelope_order, page[-1].entry_seq)
    backwards: list[TimelineRow] = []
    place = None
    while page := entries_before(FIRM, [conversation_id], limit=7, before=place).fetch(follow):
        backwards += page
        place = TimelinePlace(page[-1].occurred_at, page[-1].envelope_order, page[-1].entry_seq)
    assert forwards == everything == backwards[::-1]
    assert entries_after(OTHER_FIRM, [conversation_id], limit=7).fetch(follow) == []


def requested(happened: Happened) -> None:
    happened.sample(OutboundRequested, outbound_message_id=OUTBOUND, conversation_id=CONVERSATION)


def test_an_outbound_message_follows_its_delivery(follow: Connection[Any], store: Store) -> None:
    happened = Happened()
    requested(happened)
    store(happened.take())
    follow_once(follow, ["timeline"])
    assert outbound(follow).delivery_state == "requested"

    happened.sample(OutboundAttemptStarted, outbound_message_id=OUTBOUND, attempt=1)
    happened.sample(OutboundSent, outbound_message_id=OUTBOUND, conversation_id=CONVERSATION)
    happened.add(status("sent", DeliveryState.SENT, 10))
    store(happened.take())
    follow_once(follow, ["timeline"])
    row = outbound(follow)
    assert (row.delivery_state, row.attempt) == ("sent", 1)
    assert row.sent_at == BEGINNING + timedelta(minutes=10)
    assert row.delivered_at is None


def test_statuses_out_of_order_keep_the_furthest_state_and_every_time(
    follow: Connection[Any], store: Store
) -> None:
    happened = Happened()
    requested(happened)
    happened.add(status("read", DeliveryState.READ, 30))
    store(happened.take())
    follow_once(follow, ["timeline"])
    happened.add(status("delivered", DeliveryState.READ, 20))
    happened.sample(OutboundSent, outbound_message_id=OUTBOUND, conversation_id=CONVERSATION)
    happened.add(status("sent", DeliveryState.READ, 10))
    store(happened.take())
    follow_once(follow, ["timeline"])
    row = outbound(follow)
    assert row.delivery_state == "read"
    minutes = [
        (moment - BEGINNING).seconds // 60
        for moment in (row.sent_at, row.delivered_at, row.read_at)
        if moment is not None
    ]
    assert minutes == [10, 20, 30]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([OutboundRefused], "refused"),
        ([OutboundAttemptStarted, OutboundAttemptFailed], "requested"),
        ([OutboundAttemptStarted, OutboundFailed], "failed"),
        ([OutboundAttemptStarted, OutboundInDoubt], "in_doubt"),
        ([OutboundAttemptStarted, OutboundInDoubt, OutboundFoundSent], "accepted"),
        ([OutboundAttemptStarted, OutboundSent, OutboundInDoubt], "accepted"),
    ],
)
def test_the_state_of_delivery_is_that_of_the_message(kinds: list[type[Event]], state: str) -> None:
    delivery, message = Delivery(), OutboundMessage(OUTBOUND)
    message.apply(sample_of(OutboundRequested))
    for kind in kinds:
        event = sample_of(kind)
        delivery.take(event, BEGINNING)
        message.apply(event)
    assert delivery.delivery_state == state == message.state


def test_what_names_no_conversation_is_no_entry(follow: Connection[Any], store: Store) -> None:
    happened = Happened()
    happened.sample(OptedOut, conversation_id=None)
    happened.sample(OptedIn, conversation_id=None)
    store(happened.take())
    follow_once(follow, ["timeline"])
    assert follow.execute("SELECT FROM read_model.timeline").fetchall() == []
