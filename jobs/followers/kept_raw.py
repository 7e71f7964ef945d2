"""Messages that were not understood when they came: their events hold the webhook as it was."""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Connection

from domain.echoed_message import MessageEchoed
from domain.event import EventRecord
from domain.inbound_message import MessageReceived
from domain.ports.vault import Vault
from infrastructure.following.event_log import read_log
from infrastructure.postgres.sealing import open_records

PAGE: Final = 500
_TOPICS: Final = frozenset({MessageReceived.TOPIC, MessageEchoed.TOPIC})


def kept_raw(connection: Connection[Any], vault: Vault) -> Iterator[EventRecord]:
    """Yield the messages of all firms that were kept raw, oldest first, opened."""
    after = 0
    while (page := read_log(connection, after=after, limit=PAGE, topics=_TOPICS)).events:
        after = page.position
        waiting = [
            logged.record
            for logged in page.events
            if isinstance(logged.record.event, MessageReceived | MessageEchoed)
            and not logged.record.event.understood
        ]
        yield from open_records(vault, waiting)
