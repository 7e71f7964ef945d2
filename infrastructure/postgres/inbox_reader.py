"""Reading the webhook inbox in the order in which bodies were stored."""

from datetime import datetime
from typing import Any, Final

import msgspec
from psycopg import Connection

from infrastructure.vault.inbox_cipher import InboxCipher

CHANNEL: Final = "webhook_inbox"
"""The channel on which stored bodies are announced."""

_SELECT: Final = """
    SELECT id, received_at, app, app_fingerprint, traceparent, sealed_body
    FROM hub.webhook_inbox WHERE id > %b ORDER BY id LIMIT %b
"""


class InboxItem(msgspec.Struct, frozen=True):
    """A webhook body as Meta sent it, with what the gateway found out about it."""

    id: int
    received_at: datetime
    app: str
    app_fingerprint: str
    traceparent: str | None
    body: bytes

    def __repr__(self) -> str:
        return f"InboxItem({self.id}, {self.app}, {len(self.body)} bytes)"


def read_inbox(
    connection: Connection[Any], cipher: InboxCipher, *, after: int, limit: int
) -> list[InboxItem]:
    """The next bodies after an id, opened. Raises ContentTampered."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(_SELECT, (after, limit))
        return [
            InboxItem(row[0], row[1], row[2], row[3], row[4], cipher.open(row[5], row[2]))
            for row in cursor
        ]


def prepare_inbox_days(connection: Connection[Any], days_ahead: int = 7) -> list[str]:
    """Make the partitions of today and the next days; returns the new ones."""
    rows = connection.execute("SELECT hub.prepare_inbox_days(%s)", (days_ahead,)).fetchall()
    return [row[0] for row in rows]


def drop_inbox_days(
    connection: Connection[Any], *, keep_from: datetime, ingested_id: int
) -> list[str]:
    """Drop the days before `keep_from` whose every body, up to `ingested_id`, was ingested."""
    rows = connection.execute(
        "SELECT hub.drop_inbox_days(%s, %s)", (keep_from, ingested_id)
    ).fetchall()
    return [row[0] for row in rows]
