"""`hub bench webhook`: durable answers of the gateway against a handler that stores nothing."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from statistics import median, quantiles
from typing import Final

from api.benchmarks.default_hub import default_environment
from api.benchmarks.measured_firm import add_measured_firm, prepare_database
from api.benchmarks.notifications import text_messages
from api.benchmarks.posting import Posted, post_for
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.embedded.errors import log_tail
from infrastructure.postgres.connections import DatabaseRole, connect, role_url
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.supervision.parent import start_bound
from infrastructure.supervision.readiness import answers_ready, free_port
from infrastructure.vault.inbox_cipher import InboxCipher
from infrastructure.vault.master_key import load_master_key

CONNECTIONS: Final = 64
CLIENTS: Final = 1000
ROUNDS: Final = 5
SECONDS: Final = 3.0
WARM_UP_S: Final = 1.0

RATIO_TARGET: Final = 0.60
RATIO_MUST: Final = 0.45
P99_MS_MAX: Final = 100.0

_READY_TIMEOUT_S: Final = 30.0


def run(settings: Settings) -> list[Figure]:
    """Let both answer in turns and compare the medians; then look for every body that was answered.

    `hub serve` runs alone with its PostgreSQL: nothing follows the inbox meanwhile.
    Raises EmbeddedServerError, MeasurementFailedError.
    """
    with running_servers(settings, stop_at_once=True) as servers:
        prepare_database(settings, servers.database_url)
        add_measured_firm(settings, servers.database_url)
        with (
            served(settings, "api.benchmarks.bare_gateway", port=(bare := free_port())),
            served(settings, "api", "serve", port=(ours := free_port())),
        ):
            bodies = text_messages(CLIENTS)
            answered = [post_for(WARM_UP_S, bodies, port=ours, connections=CONNECTIONS)]
            post_for(WARM_UP_S, bodies, port=bare, connections=CONNECTIONS)
            compared: list[Posted] = []
            for _ in range(ROUNDS):
                compared.append(post_for(SECONDS, bodies, port=bare, connections=CONNECTIONS))
                answered.append(post_for(SECONDS, bodies, port=ours, connections=CONNECTIONS))
        return figures_of(
            answered[1:], compared, lost=_lost(settings, servers.database_url, answered)
        )


def figures_of(ours: Sequence[Posted], bare: Sequence[Posted], *, lost: int) -> list[Figure]:
    """The comparison of rounds, and what was answered and is not there."""
    our_rate = median(posted.rate for posted in ours)
    bare_rate = median(posted.rate for posted in bare)
    return [
        Figure.at_least(
            "webhook",
            our_rate / bare_rate,
            "x",
            baseline=f"a bare Starlette handler that only checks the signature: {bare_rate:,.0f} "
            f"answers/s; durable answers, {CONNECTIONS} connections: {our_rate:,.0f}/s",
            target=RATIO_TARGET,
            must=RATIO_MUST,
        ),
        Figure.at_most(
            "webhook p99",
            _p99_ms(ours),
            "ms",
            baseline=f"the bare handler: {_p99_ms(bare):.1f} ms",
            target=P99_MS_MAX,
            must=P99_MS_MAX,
        ),
        Figure.at_most(
            "webhook lost",
            lost,
            "bodies",
            baseline=f"{sum(len(posted.acknowledged) for posted in ours):,} answered with 200",
            target=0,
            must=0,
        ),
    ]


def _p99_ms(rounds: Sequence[Posted]) -> float:
    latencies = [latency for posted in rounds for latency in posted.latencies_s]
    return quantiles(latencies, n=100)[-1] * 1000


def bodies_lost(
    answered: Sequence[Posted], stored: Iterable[tuple[str, bytes]], cipher: InboxCipher
) -> int:
    """How many bodies were answered and cannot be read from the inbox.

    `stored` are the rows of the inbox: the app, and what the cipher sealed for it.
    """
    missing = {body for posted in answered for body in posted.acknowledged}
    for app, sealed in stored:
        missing.discard(cipher.open(sealed, app))
    return len(missing)


def _lost(settings: Settings, database_url: str, answered: Sequence[Posted]) -> int:
    url = role_url(settings, database_url, DatabaseRole.FOLLOW)
    with (
        connect(url, name="bench-count") as connection,
        connection.cursor(name="bench_count", binary=True) as cursor,
    ):
        cursor.itersize = 5000
        cursor.execute("SELECT app, sealed_body FROM hub.webhook_inbox")
        return bodies_lost(answered, cursor, InboxCipher(load_master_key(settings)))


@contextlib.contextmanager
def served(settings: Settings, module: str, *arguments: str, port: int) -> Iterator[None]:
    """A server on a port of the loopback, ready, in a process of its own.

    Raises MeasurementFailedError with the end of its log when it does not become ready.
    """
    log = settings.home / f"{module}.log"
    variables = default_environment(HUB_HOME=str(settings.home), HUB_PORT=str(port))
    with log.open("wb") as output:
        process, parent_pipe = start_bound(
            ["-m", module, *(arguments or [str(port)])],
            output=output,
            environment={**os.environ, **variables},
        )
    try:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while not answers_ready("127.0.0.1", port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise MeasurementFailedError(f"{module} does not answer. {log_tail(log)}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(parent_pipe)
