"""What a lane does beside its turns."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from domain.errors import StoreUnavailable
from domain.ports.vault import VaultUnavailable

log = logging.getLogger(__name__)


class SideWork:
    """Tasks of one lane. One that fails ends the lane, and whoever takes it next goes on."""

    def __init__(self, on_failure: Callable[[], None]) -> None:
        self._on_failure = on_failure
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task; returns at once."""
        task = asyncio.create_task(self._surely(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _surely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (StoreUnavailable, VaultUnavailable) as error:
            log.warning("A lane waits for the store.", extra={"reason": type(error).__name__})
            self._on_failure()
        except Exception:
            log.exception("A lane failed; it is tried again.")
            self._on_failure()
