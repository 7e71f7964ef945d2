"""Rings to the HTTP servers: a firm's feed has grown, look. A lost ring costs a moment, no item."""

import logging
from collections.abc import Mapping
from time import monotonic
from typing import Final
from uuid import UUID

from redis import Redis, RedisError

log = logging.getLogger(__name__)

CHANNEL_PREFIX: Final = "feed:"
SILENCE_S: Final = 2.0
"""After a failure nothing is rung for this time: followers never wait for Redis."""


class FeedRings:
    """Publishes the newest position of a firm's feed. Never raises."""

    def __init__(self, connection: "Redis") -> None:
        self._connection = connection
        self._silent_until = 0.0

    def ring(self, positions: Mapping[UUID, int]) -> None:
        """Say for each firm how far its feed goes."""
        if monotonic() < self._silent_until:
            return
        try:
            with self._connection.pipeline(transaction=False) as pipeline:
                for tenant_id, position in positions.items():
                    pipeline.publish(f"{CHANNEL_PREFIX}{tenant_id}", position)
                pipeline.execute()
        except RedisError as error:
            self._silent_until = monotonic() + SILENCE_S
            log.warning(
                "Redis is away; screens look for themselves.",
                extra={"reason": type(error).__name__},
            )
