"""Broadcasts and their recipients, each list read with a fixed number of statements."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from api.graphql.broadcast import (
    Broadcast,
    BroadcastRecipient,
    approver_of,
    broadcast,
    recipient,
)
from api.graphql.cursors import place_cursor, place_of
from api.graphql.pages import Connection, Window, page
from api.graphql.wanted import NOTHING, Wanted
from api.reading import Reading
from projections.broadcast_recipients import (
    PLANNED,
    BroadcastRecipientRow,
    delivery_counts,
    recipients_of_plan,
    samples_of_plans,
)
from projections.broadcasts import BroadcastRow, broadcasts_by_id, broadcasts_of_tenant

SAMPLES: Final = 3


class BroadcastPlace(NamedTuple):
    """The place of a broadcast, newest first."""

    drafted_seq: int


class RecipientPlace(NamedTuple):
    """The place of a recipient, by the id of its message."""

    outbound_message_id: UUID


def broadcast_page(
    reading: Reading, window: Window, state: str | None, wanted: Wanted
) -> Connection[Broadcast]:
    """Broadcasts, newest first. Raises InvalidCursor."""
    place = None if window.cursor is None else place_of(window.cursor, "broadcasts", BroadcastPlace)
    query = broadcasts_of_tenant(
        reading.tenant_id,
        limit=window.limit + 1,
        state=state,
        before=place.drafted_seq if place else None,
    )
    return page(
        reading,
        window,
        reading.rows(query),
        lambda row: place_cursor("broadcasts", (row.drafted_seq,)),
        lambda rows: broadcasts(reading, rows, wanted),
    )


def broadcasts(reading: Reading, rows: Sequence[BroadcastRow], wanted: Wanted) -> list[Broadcast]:
    """Return broadcasts with what is wanted of what belongs to them."""
    plans = [row.plan_id for row in rows if row.plan_id is not None]
    counts: list[Any] = []
    samples: list[Any] = []
    is_alone = wanted is NOTHING  # asked for as a node: what is wanted of it is not known
    if plans and (is_alone or "progress" in wanted):
        counts = reading.rows(delivery_counts(reading.tenant_id, plans))
    if plans and (is_alone or "samples" in wanted.below("plan")):
        samples = reading.rows(samples_of_plans(reading.tenant_id, plans, each=SAMPLES))
    found = [
        broadcast(
            reading,
            row,
            [one for one in counts if one.plan_id == row.plan_id],
            [one for one in samples if one.plan_id == row.plan_id],
        )
        for row in rows
    ]
    _bring_relations(reading, found, wanted)
    return found


def _bring_relations(reading: Reading, found: Sequence[Broadcast], wanted: Wanted) -> None:
    from api.graphql.assembly import load

    if "senderNumber" in wanted:
        keys = [one.row.sender_number_id for one in found]
        senders = load(reading, "SenderNumber", keys, wanted.below("senderNumber"))
        for one in found:
            one.loaded_sender = senders.get(one.row.sender_number_id)
    if "approvedBy" in wanted:
        approvers = [approver_of(one.row) for one in found]
        members = load(reading, "Member", approvers, wanted.below("approvedBy"))
        for one, key in zip(found, approvers, strict=True):
            one.loaded_approver = members.get(key)


def recipient_page(
    reading: Reading, broadcast_id: UUID, window: Window, state: str | None, wanted: Wanted
) -> Connection[BroadcastRecipient] | None:
    """Recipients of the plan that stands; None for an unknown broadcast. Raises InvalidCursor."""
    row = reading.first(broadcasts_by_id(reading.tenant_id, [broadcast_id]))
    if row is None:
        return None
    name = f"recipients:{broadcast_id}:{state}"
    place = None if window.cursor is None else place_of(window.cursor, name, RecipientPlace)
    rows: list[BroadcastRecipientRow] = []
    if row.plan_id is not None:
        query = recipients_of_plan(
            reading.tenant_id,
            row.plan_id,
            limit=window.limit + 1,
            states=None if state is None else (state,),
            after=place.outbound_message_id if place else None,
        )
        rows = reading.rows(query)
    return page(
        reading,
        window,
        rows,
        lambda one: place_cursor(name, (one.outbound_message_id,)),
        lambda kept: _recipients(reading, kept, wanted),
    )


def _recipients(
    reading: Reading, rows: Sequence[BroadcastRecipientRow], wanted: Wanted
) -> list[BroadcastRecipient]:
    from api.graphql.assembly import load

    found = [recipient(reading, row) for row in rows]
    if "contact" in wanted:
        keys = [row.contact_id for row in rows]
        contacts = load(reading, "Contact", keys, wanted.below("contact"))
        for one in found:
            one.loaded_contact = contacts.get(one.row.contact_id)
    if "message" in wanted:
        asked_for = [row.outbound_message_id for row in rows if row.state != PLANNED]
        messages = load(reading, "OutboundMessage", asked_for, wanted.below("message"))
        for one in found:
            one.loaded_message = messages.get(one.row.outbound_message_id)
    return found


def load_broadcasts(reading: Reading, keys: list[UUID], wanted: Wanted) -> dict[Any, Any]:
    """Return broadcasts by their ids; unknown ones, and those of others, are missing."""
    rows = reading.rows(broadcasts_by_id(reading.tenant_id, keys))
    return {one.row.broadcast_id: one for one in broadcasts(reading, rows, wanted)}
