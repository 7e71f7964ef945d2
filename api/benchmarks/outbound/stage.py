"""What a measurement of sending runs on: stores, read models, a server to send to, a worker."""

import contextlib
import os
import time
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import psutil
import psycopg
from redis import Redis

from api.benchmarks.default_hub import default_environment
from api.benchmarks.measured_firm import prepare_database
from api.benchmarks.outbound.firm import SendingFirm
from api.benchmarks.outbound.graph import MeasuredGraph, measured_graph
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.following.host import FollowerHost
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.running_servers import RunningServers, running_servers
from infrastructure.settings import Settings
from infrastructure.supervision.child import hub_command
from infrastructure.supervision.courtesy import gives_way
from infrastructure.supervision.parent import start_bound
from infrastructure.supervision.supervisor import PROCESSES
from infrastructure.wiring import Store, open_store
from jobs.drain_sender import ring_for_sender
from jobs.queues import Doorbells
from projections import PROJECTIONS
from projections.projection_unit import ProjectionUnit

SENDING_NEEDS: Final = frozenset({"outbox", "inbox"})
"""The read models that sending looks at."""

_COURTESY_PAUSE_S: Final = 0.1


class Stage(NamedTuple):
    """Everything that a measurement of sending uses."""

    settings: Settings
    servers: RunningServers
    store: Store
    graph: MeasuredGraph
    redis: "Redis"

    def firm(self, **limits: Any) -> SendingFirm:
        """A new firm that sends to the server of the measurement."""
        return SendingFirm(self.store, self.graph.url, **limits)

    def ring(self, firm: SendingFirm) -> None:
        """Ring for the lane of a firm."""
        ring_for_sender(Doorbells(self.redis), firm.tenant_id, firm.number_id)

    def come_to_rest(self) -> None:
        """Let PostgreSQL tidy up after what was measured before, and the disk take all of it.

        No commit that is measured waits for that. A role that may not ask the server for it leaves
        it to the server.
        """
        url = self.servers.database_url
        with (
            contextlib.suppress(psycopg.errors.InsufficientPrivilege),
            connect(url, name="bench-rest", autocommit=True) as connection,
        ):
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        os.sync()

    def wait_until_followed(
        self, names: Collection[str] = SENDING_NEEDS, *, patience_s: float = 60.0
    ) -> None:
        """Wait until the named read models show everything that has happened.

        Without names it is about those that sending looks at.

        A process that follows with everything may have much to catch up with; it is waited for as
        long as it comes nearer.
        """
        url = role_url(self.settings, self.servers.database_url, DatabaseRole.FOLLOW)
        reached, last, deadline = -1, 0, time.monotonic() + patience_s
        with connect(url, name="bench-wait", autocommit=True) as connection:
            while time.monotonic() < deadline:
                position, last = connection.execute(
                    """
                    SELECT min(position), (SELECT max(notification_id) FROM hub.events)
                    FROM read_model.follower_position WHERE name = ANY(%s)
                    """,
                    (list(names),),
                ).fetchone() or (None, 0)
                if position is not None and position >= last:
                    return
                if position is not None and position > reached:
                    reached, deadline = position, time.monotonic() + patience_s
                time.sleep(0.05)
        raise MeasurementFailedError(
            f"The read models do not catch up: they stand at {reached} of {last}. Measure again."
        )


@contextlib.contextmanager
def sending_stage(settings: Settings) -> Iterator[Stage]:
    """Stores with empty tables and a server to send to."""
    with contextlib.ExitStack() as stack:
        servers = stack.enter_context(running_servers(settings, stop_at_once=True))
        prepare_database(settings, servers.database_url)
        store = stack.enter_context(open_store(settings, servers.database_url, DatabaseRole.SERVE))
        graph = stack.enter_context(measured_graph())
        redis = stack.enter_context(contextlib.closing(Redis.from_url(servers.redis_url)))
        yield Stage(settings, servers, store, graph, redis)


@contextlib.contextmanager
def followed(stage: Stage) -> Iterator[None]:
    """Follow with the read models that sending looks at, and no others."""
    url = role_url(stage.settings, stage.servers.database_url, DatabaseRole.FOLLOW)
    host = FollowerHost(
        [ProjectionUnit(each) for each in PROJECTIONS if each.name in SENDING_NEEDS],
        lambda purpose: connect(url, name=f"bench-follow-{purpose}", autocommit=True),
        poll_interval_s=0.2,
    )
    host.start()
    try:
        yield
    finally:
        host.stop()


@contextlib.contextmanager
def process_of_hub(
    stage: Stage, command: Sequence[str], **settings: str
) -> Iterator[psutil.Process]:
    """Run one process of the hub until the block ends, as nice as `hub up` lets it be."""
    environment = default_environment(HUB_HOME=str(stage.settings.home), **settings)
    log = stage.settings.home / f"{command[0]}.log"
    with log.open("ab") as output:
        process, parent_pipe = start_bound(
            ["-m", "api", *command], output=output, environment={**os.environ, **environment}
        )
    try:
        _be_courteous(process.pid, command)
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()
        os.close(parent_pipe)


def _be_courteous(process_id: int, command: Sequence[str]) -> None:
    arguments = hub_command("", *command).arguments
    niceness = next((each.niceness for each in PROCESSES if each.arguments == arguments), 0)
    while niceness and not gives_way(process_id, niceness):
        time.sleep(_COURTESY_PAUSE_S)


worker = partial(process_of_hub, command=("work", "--queue", "outbound"))
"""A process that sends."""


scheduler = partial(process_of_hub, command=("schedule",))
"""A process that rings when it is time for something: a lane that was left alone, for one."""


followers = partial(process_of_hub, command=("follow",))
"""A process that follows with everything a hub has."""


def cpu_s(process: psutil.Process) -> float:
    """Processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)
