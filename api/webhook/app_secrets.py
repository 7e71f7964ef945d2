"""The secrets of Meta apps, as the gateway needs them: at hand, and never long out of date."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

import msgspec

from domain.errors import HubError
from infrastructure.whatsapp.signature import AppSecret

REFRESH_S: Final = 5.0
"""A secret that was removed is refused within this time."""

MISS_REFRESH_S: Final = 1.0
"""A secret that was just added is known within this time after the first webhook signed with it."""

REFRESH_PATIENCE_S: Final = 1.0
"""How long a webhook waits for newer secrets before it is checked with those known last.

Whoever signed with a secret that was removed meanwhile gains nothing: the ingest asks again.
"""

_APPS_KEPT: Final = 1000


class AppCredentials(msgspec.Struct, frozen=True):
    """What an app signs with and greets with. The name of a secret is its fingerprint."""

    secrets: tuple[AppSecret, ...] = ()
    verify_tokens: tuple[bytes, ...] = ()


LoadCredentials = Callable[[str], Awaitable[AppCredentials]]
"""Returns the credentials of an app in all firms that use it; empty for an unknown app."""


class AppSecrets:
    """Keeps the credentials of apps for some seconds."""

    def __init__(
        self,
        load: LoadCredentials,
        *,
        refresh_s: float = REFRESH_S,
        refresh_patience_s: float = REFRESH_PATIENCE_S,
    ) -> None:
        self._load = load
        self._refresh_s = refresh_s
        self._refresh_patience_s = refresh_patience_s
        self._known: dict[str, tuple[float, AppCredentials]] = {}
        self._loading: dict[str, asyncio.Task[AppCredentials]] = {}

    def at_hand(self, app: str) -> AppCredentials | None:
        """Return the credentials if they are fresh, without waiting."""
        known = self._known.get(app)
        if known is not None and monotonic() - known[0] < self._refresh_s:
            return known[1]
        return None

    async def of(self, app: str) -> AppCredentials:
        """Return the credentials of an app.

        When the store does not answer soon, what was known last is used. Raises StoreUnavailable or
        VaultUnavailable when nothing was known.
        """
        fresh = self.at_hand(app)
        if fresh is not None:
            return fresh
        known = self._known.get(app)
        if known is None:
            return await self._fetch(app)
        try:
            return await asyncio.wait_for(self._fetch(app), self._refresh_patience_s)
        except TimeoutError:
            return known[1]

    async def newer(self, app: str) -> AppCredentials | None:
        """Return the credentials as they are now, or None if they were looked at just before."""
        known = self._known.get(app)
        if known is not None and monotonic() - known[0] < MISS_REFRESH_S:
            return None
        return await self._fetch(app)

    async def _fetch(self, app: str) -> AppCredentials:
        task = self._loading.get(app)
        if task is None:
            task = asyncio.ensure_future(self._load_once(app))
            self._loading[app] = task
            task.add_done_callback(lambda _: self._loading.pop(app, None))
        return await asyncio.shield(task)

    async def _load_once(self, app: str) -> AppCredentials:
        try:
            credentials = await self._load(app)
        except HubError:
            known = self._known.get(app)
            if known is None:
                raise
            credentials = known[1]
        if len(self._known) >= _APPS_KEPT and app not in self._known:
            self._known.clear()
        self._known[app] = (monotonic(), credentials)
        return credentials
