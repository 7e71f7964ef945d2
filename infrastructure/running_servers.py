"""PostgreSQL and Redis as the settings say: servers of the firm, or the embedded ones."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from infrastructure.embedded import embedded_servers
from infrastructure.settings import Settings


@dataclass(frozen=True, slots=True)
class RunningServers:
    """Where the servers of a hub are."""

    database_url: str
    """PostgreSQL as the role that sets a hub up; running parts use the URL of their own role."""
    redis_url: str


@contextlib.contextmanager
def running_servers(
    settings: Settings, *, postgres: bool = True, redis: bool = True, stop_at_once: bool = False
) -> Iterator[RunningServers]:
    """Gives the addresses; embedded servers run at least until the block ends.

    A server whose URL is set is used as it is and never started; `postgres` and `redis` say which
    of the others are needed. `stop_at_once` waits at the end
    until embedded servers are stopped, unless another process uses them.
    Raises EmbeddedServerError.
    """
    with embedded_servers(
        settings.home,
        postgres=postgres and not settings.database_url,
        redis=redis and not settings.redis_url,
        stop_at_once=stop_at_once,
    ) as embedded:
        yield RunningServers(
            database_url=settings.database_url or embedded.database_url,
            redis_url=settings.redis_url or embedded.redis_url,
        )
