"""The doorbell: Redis says that a firm's feed has grown. It may be deaf at any time.

A ring is only a hint to look; positions come from PostgreSQL. After every (re)connection all feeds
are looked at once, because rings may have been missed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from infrastructure.redis.feed_rings import CHANNEL_PREFIX

_PAUSE_S: Final = 2.0

_log = logging.getLogger(__name__)


class Doorbell:
    """Listens until it is closed; `is_listening` tells whether rings come through now."""

    def __init__(
        self, redis_url: str, ring: Callable[[UUID, int], None], ring_all: Callable[[], None]
    ) -> None:
        self._redis_url = redis_url
        self._ring = ring
        self._ring_all = ring_all
        self._task: asyncio.Task[None] | None = None
        self.is_listening = False

    def start(self) -> None:
        """Begin; returns at once, whether Redis answers or not."""
        self._task = asyncio.create_task(self._run(), name="doorbell")

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if self.is_listening:
                    _log.warning(
                        "Redis does not answer; feeds are polled.",
                        extra={"reason": type(error).__name__},
                    )
            self.is_listening = False
            await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        redis = Redis.from_url(self._redis_url, socket_connect_timeout=5, health_check_interval=15)
        async with contextlib.aclosing(redis), redis.pubsub() as rings:
            await rings.psubscribe(f"{CHANNEL_PREFIX}*")
            self.is_listening = True
            self._ring_all()
            async for message in rings.listen():
                self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("type") != "pmessage":
            return
        channel = message["channel"]
        name = channel.decode() if isinstance(channel, bytes) else str(channel)
        with contextlib.suppress(ValueError):
            self._ring(UUID(name.removeprefix(CHANNEL_PREFIX)), int(message["data"]))
