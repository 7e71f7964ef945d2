"""What the schedule keeps in order: days of the inbox ahead, and days whose time is over."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from infrastructure.following.positions import place_of
from infrastructure.postgres.inbox_reader import drop_inbox_days, prepare_inbox_days

log = logging.getLogger(__name__)


def keep_house(connection: Connection[Any], *, inbox_retention_days: int) -> None:
    """Prepare the coming days of the inbox and drop those that are over and fully ingested."""
    prepare_inbox_days(connection)
    keep_from = datetime.now(UTC) - timedelta(days=inbox_retention_days)
    ingested = place_of(connection, "ingest").position
    dropped = drop_inbox_days(connection, keep_from=keep_from, ingested_id=ingested)
    if dropped:
        log.info("Days of the inbox were dropped.", extra={"count": len(dropped)})
