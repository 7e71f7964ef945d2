"""How far what people see is: the newest position of a firm that all its read models include.

Each read model follows the store by itself, and writes its position only when an event concerned
it. So a firm's position is the one before its first event that a read model has yet to handle; a
read model that waits for a person is not waited for.
"""

from typing import Any, Final

import msgspec

from api.reading import Reading
from infrastructure.following.event_log import with_old_names
from projections.broadcasts import Broadcasts
from projections.contact_card import ContactCard
from projections.dead_letters import DeadLetters
from projections.draft_queue import DraftQueue
from projections.event_history import EventHistory
from projections.feed import Feed
from projections.inbox import Inbox
from projections.intake_board import IntakeBoard
from projections.legal_holds import LegalHolds
from projections.media import MediaFiles
from projections.projection import Projection
from projections.sender_directory import SenderDirectory
from projections.timeline import Timeline
from projections.webhook_endpoints import WebhookEndpoints

SEEN: Final[tuple[type[Projection], ...]] = (
    Feed,
    Inbox,
    Timeline,
    DraftQueue,
    ContactCard,
    IntakeBoard,
    EventHistory,
    SenderDirectory,
    WebhookEndpoints,
    DeadLetters,
    Broadcasts,
    MediaFiles,
    LegalHolds,
)
"""The read models that people look at."""

_POSITION: Final = """
    WITH place AS MATERIALIZED (
        SELECT place.position, seen.topics
        FROM jsonb_to_recordset(%s::jsonb) AS seen (name text, topics text[])
        JOIN read_model.follower_position AS place USING (name)
        WHERE place.parked_reason IS NULL
    )
    SELECT
        (
            SELECT event.tenant_seq - 1 FROM hub.events AS event
            WHERE event.tenant_id = %s
              AND event.notification_id > (SELECT min(position) FROM place)
              AND EXISTS (
                SELECT FROM place
                WHERE place.position < event.notification_id
                  AND (place.topics IS NULL OR event.topic = ANY (place.topics))
              )
            ORDER BY event.notification_id LIMIT 1
        ) AS before_waiting,
        (
            SELECT event.tenant_seq FROM hub.events AS event
            WHERE event.tenant_id = %s ORDER BY event.tenant_seq DESC LIMIT 1
        ) AS newest
"""
"""Row security leaves only the events of the firm of the session."""

_SEEN: Final = msgspec.json.encode(
    [
        {"name": unit.name, "topics": None if topics is None else sorted(topics)}
        for unit in SEEN
        for topics in (with_old_names(unit.topics),)
    ]
).decode()


def positions(reading: Reading) -> tuple[int, int]:
    """Return what the read models include and what the store has, as positions of the firm."""
    row: Any = reading.connection.execute(
        _POSITION.encode(), (_SEEN, reading.tenant_id, reading.tenant_id)
    ).fetchone()
    before_waiting, newest = row
    head = newest or 0
    return (head if before_waiting is None else before_waiting), head


def stream_position(reading: Reading) -> int:
    """Return the newest position of the firm that all read models of this snapshot include."""
    return positions(reading)[0]
