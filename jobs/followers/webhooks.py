"""The webhooks follower: whenever something happened, note whom it is to be told.

Rows are written in the transaction that moves the position on, so each endpoint is told each event
of its choice, from the moment on at which it was added.
"""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection

from domain.contents import EVENTS
from domain.dead_letter import (
    DeadLetterDiscarded,
    DeadLetterKind,
    DeadLetterOpened,
    DeadLetterRetried,
)
from domain.event import Event
from domain.webhook_endpoint import (
    WebhookEndpoint,
    WebhookEndpointAdded,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookEndpointRemoved,
)
from infrastructure.following.event_log import LoggedEvent, with_old_names
from infrastructure.following.event_unit import EventUnit
from infrastructure.following.positions import need_not_last

CHANNEL: Final = "webhook_due"
"""Notified when rows were written."""

DISABLED: Final = "endpoint_disabled"
"""Why the rows of an endpoint that was disabled are dead; they can be replayed."""

_ADD: Final = """
    INSERT INTO hub.webhook_lane (endpoint_id, tenant_id, event_types)
    VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
_DISABLE: Final = (
    "UPDATE hub.webhook_lane SET is_active = false WHERE endpoint_id = %s",
    f"""
    UPDATE hub.webhook_delivery SET state = 'dead', ended_at = now(), last_failure = '{DISABLED}'
    WHERE endpoint_id = %s AND state = 'due'
    """,  # noqa: S608 - a constant of this module
)
_ENABLE: Final = """
    UPDATE hub.webhook_lane
    SET is_active = true, failures = 0, failing_since = NULL, paused_until = NULL
    WHERE endpoint_id = %s
"""
_RETRY: Final = """
    UPDATE hub.webhook_delivery
    SET state = 'due', attempts = 0, due_at = now(), ended_at = NULL
    WHERE tenant_id = %s AND md5(endpoint_id::text || event_id::text)::uuid = %s
      AND state = 'dead'
"""
_DISCARD: Final = """
    UPDATE hub.webhook_delivery SET state = 'discarded', discard_reason = %s
    WHERE tenant_id = %s AND md5(endpoint_id::text || event_id::text)::uuid = %s
      AND state = 'dead'
"""
_REMOVE: Final = "DELETE FROM hub.webhook_lane WHERE endpoint_id = %s"
_TELL: Final = """
    INSERT INTO hub.webhook_delivery
        (endpoint_id, event_id, tenant_id, event_type, event_seq, stream_id, stream_version)
    SELECT lane.endpoint_id, event.event_id, event.tenant_id, event.event_type, event.event_seq,
        event.stream_id, event.stream_version
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::uuid[], %s::bigint[])
        AS event (event_id, tenant_id, event_type, event_seq, stream_id, stream_version)
    JOIN hub.webhook_lane AS lane ON lane.tenant_id = event.tenant_id AND lane.is_active
        AND (lane.event_types = '{}' OR event.event_type = ANY(lane.event_types))
    ON CONFLICT DO NOTHING
"""


_DECISIONS: Final = (DeadLetterRetried, DeadLetterDiscarded)


class WebhooksUnit(EventUnit):
    """Writes a row for every event and every endpoint that is to be told it."""

    def __init__(self) -> None:
        told = frozenset(topic for topic, event in EVENTS.items() if event.CONTRACT is not None)
        moving = frozenset(event.TOPIC for event in (*WebhookEndpoint.EVENTS, *_DECISIONS))
        self._topics = with_old_names(told | moving)

    @property
    def name(self) -> str:
        """See `Unit.name`."""
        return "webhooks"

    @property
    def topics(self) -> frozenset[str] | None:
        """See `Unit.topics`."""
        return self._topics

    @property
    def pace_s(self) -> float:
        """See `Unit.pace_s`: other systems are told a moment later."""
        return 0.05

    @property
    def is_derived(self) -> bool:
        """See `Unit.is_derived`."""
        return False

    def handle(self, connection: Connection[Any], items: Sequence[LoggedEvent]) -> None:
        """Note whom each event is to be told, in order."""
        waiting: list[LoggedEvent] = []
        has_written = False
        for item in items:
            if _is_about_telling(item.record.event):
                continue
            if type(item.record.event).CONTRACT is not None:
                waiting.append(item)
                continue
            _tell(connection, waiting)
            waiting.clear()
            _move(connection, item)
            has_written = True
        if not _tell(connection, waiting) and not has_written:
            need_not_last(connection)


def _is_about_telling(event: Event) -> bool:
    """Whether an event says that an endpoint could not be told: it is not told that in turn."""
    return isinstance(event, DeadLetterOpened) and event.kind is DeadLetterKind.WEBHOOK


def _move(connection: Connection[Any], item: LoggedEvent) -> None:
    match item.record.event:
        case WebhookEndpointAdded() as event:
            connection.execute(
                _ADD, (event.webhook_endpoint_id, item.record.tenant_id, list(event.event_types))
            )
        case WebhookEndpointDisabled() as event:
            for statement in _DISABLE:
                connection.execute(statement, (event.webhook_endpoint_id,))
        case WebhookEndpointEnabled() as event:
            connection.execute(_ENABLE, (event.webhook_endpoint_id,))
        case WebhookEndpointRemoved() as event:
            connection.execute(_REMOVE, (event.webhook_endpoint_id,))
        case DeadLetterRetried(kind=DeadLetterKind.WEBHOOK) as event:
            connection.execute(_RETRY, (item.record.tenant_id, event.item_id))
            connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
        case DeadLetterDiscarded(kind=DeadLetterKind.WEBHOOK) as event:
            connection.execute(_DISCARD, (event.reason, item.record.tenant_id, event.item_id))


def _tell(connection: Connection[Any], items: Sequence[LoggedEvent]) -> bool:
    """Whether somebody is to be told."""
    if not items:
        return False
    records = [item.record for item in items]
    told = connection.execute(
        _TELL,
        (
            [record.event_id for record in records],
            [record.tenant_id for record in records],
            [type(record.event).CONTRACT for record in records],
            [record.tenant_seq or 0 for record in records],
            [record.stream_id for record in records],
            [record.stream_version for record in records],
        ),
    )
    if told.rowcount:
        connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
    return bool(told.rowcount)
