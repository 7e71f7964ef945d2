"""The whole examination: every check, in the order in which one depends on the other."""

from collections.abc import Iterator, Mapping

from infrastructure.diagnosis.finding import Finding, State
from infrastructure.diagnosis.machine import (
    check_disk,
    check_home,
    check_master_key,
    check_port,
    check_python,
    check_settings,
)
from infrastructure.diagnosis.meta import check_meta
from infrastructure.diagnosis.stores import check_postgres, check_redis
from infrastructure.embedded import EmbeddedServerError
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings


def examine(
    settings: Settings, environment: Mapping[str, str], *, asks_meta: bool = True
) -> Iterator[Finding]:
    """Yields the findings. Embedded servers are started if they do not run."""
    yield check_python()
    yield check_settings(environment)
    home = check_home(settings)
    yield home
    if home.state is State.WRONG:
        return
    yield check_disk(settings)
    key = check_master_key(settings)
    yield key
    yield check_port(settings)
    if key.mend and key.state is State.WRONG:
        return
    yield from _examine_postgres(settings, asks_meta=asks_meta)
    yield _examine_redis(settings)


def _examine_postgres(settings: Settings, *, asks_meta: bool) -> Iterator[Finding]:
    try:
        with running_servers(settings, redis=False) as servers:
            findings = check_postgres(settings, servers.database_url)
            yield from findings
            if asks_meta and all(one.state is not State.WRONG for one in findings):
                yield from check_meta(settings, servers.database_url)
    except EmbeddedServerError as error:
        yield _not_started("postgresql", error)


def _examine_redis(settings: Settings) -> Finding:
    try:
        with running_servers(settings, postgres=False) as servers:
            return check_redis(servers.redis_url)
    except EmbeddedServerError as error:
        return _not_started("redis", error)


def _not_started(name: str, error: EmbeddedServerError) -> Finding:
    sentence, _, rest = str(error).partition(". ")
    return Finding(name, State.WRONG, sentence, rest)
