"""What the schedule keeps in order: days of the inbox ahead, and days whose time is over."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg import Connection

from infrastructure.following.positions import all_places
from infrastructure.postgres.inbox_reader import drop_inbox_days, prepare_inbox_days

UNMATCHED_KEPT: Final = timedelta(days=30)
"""How long a status of a message that was not sent from here waits; its event stays for ever."""

log = logging.getLogger(__name__)


def keep_house(
    connection: Connection[Any], *, inbox_retention_days: int, webhook_retention_days: int
) -> None:
    """Prepare the coming days of the inbox and drop those that are over and fully ingested."""
    prepare_inbox_days(connection)
    keep_from = datetime.now(UTC) - timedelta(days=inbox_retention_days)
    places = {place.name: place.position for place in all_places(connection)}
    # Before the first follower ran nothing was ingested, and nothing may be dropped.
    ingested = places.get("ingest", 0)
    dropped = drop_inbox_days(connection, keep_from=keep_from, ingested_id=ingested)
    connection.execute(
        "DELETE FROM hub.unmatched_status WHERE created_at < %s",
        (datetime.now(UTC) - UNMATCHED_KEPT,),
    )
    connection.execute(
        "DELETE FROM hub.webhook_delivery WHERE state <> 'due' AND ended_at < %s",
        (datetime.now(UTC) - timedelta(days=webhook_retention_days),),
    )
    if dropped:
        log.info("Days of the inbox were dropped.", extra={"count": len(dropped)})
