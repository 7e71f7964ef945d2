"""Composition of the deliverer of webhooks."""

import contextlib
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from infrastructure.destinations.destination import DestinationGuard
from infrastructure.destinations.guarded_call import GuardedClient
from infrastructure.postgres.connections import DatabaseRole, HubConnection, connect, role_url
from infrastructure.settings import Settings
from infrastructure.wiring import open_store
from jobs.deliver_webhooks import WebhookRuntime

CONNECTIONS_MAX: Final = 8


@contextlib.contextmanager
def webhook_runtime(
    settings: Settings, database_url: str, *, connections_max: int = CONNECTIONS_MAX
) -> Iterator[WebhookRuntime]:
    """What the deliverer has: the store as a worker sees it, and a guarded way out."""
    with open_store(
        settings, database_url, DatabaseRole.WORK, connections_max=connections_max
    ) as store:
        yield WebhookRuntime(
            pool=store.pool,
            journal=store.journal,
            hub=store.hub,
            vault=store.vault,
            secrets=store.secrets,
            clock=store.clock,
            random=random.random,
            client=GuardedClient(DestinationGuard.of(settings)),
            give_up_after=timedelta(hours=settings.webhook_give_up_hours),
        )


def webhook_connect(settings: Settings, database_url: str) -> Callable[[], HubConnection]:
    """Opens the connection on which the deliverer is told of new rows."""
    url = role_url(settings, database_url, DatabaseRole.WORK)
    return partial(connect, url, name="hub-deliver-listen", autocommit=True)
