"""Messages per second and processor time per message, against BullMQ in the same run."""

from statistics import median
from typing import Final, NamedTuple

from api.benchmarks.outbound.peer import Peer, installed_peer
from api.benchmarks.outbound.stage import Stage, cpu_s, followed, worker
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure

MESSAGES: Final = 2_000
ROUNDS: Final = 3
FREE: Final = 100
CALLS: Final = 50

_WITHIN_S: Final = 60.0


class _Round(NamedTuple):
    rate: float
    cpu_ms: float


def speed_figures(stage: Stage) -> list[Figure]:
    """Measure both in turns and compare the medians."""
    fifty: list[_Round] = []
    free: list[_Round] = []
    theirs: list[float] = []
    with installed_peer() as peer:
        for _ in range(ROUNDS):
            theirs += _peer_rates(peer, stage)
            fifty.append(_our_round(stage, CALLS))
            free.append(_our_round(stage, FREE))
    cpu_ms = median(each.cpu_ms for each in fifty)
    peer_rate = median(theirs) if theirs else None
    return [
        compared("outbound", median(each.rate for each in fifty), CALLS, peer_rate, 1.0, 0.9),
        compared("outbound free", median(each.rate for each in free), FREE, peer_rate, 1.4, 1.25),
        Figure.at_most(
            "outbound cpu",
            cpu_ms,
            "ms",
            baseline=f"processor time of the worker per message at {CALLS} calls at a time",
            target=0.8,
            must=1.2,
        ),
    ]


def compared(
    name: str, rate: float, calls: int, peer_rate: float | None, target: float, must: float
) -> Figure:
    """A rate beside that of the peer; without the peer the rate alone."""
    ours = f"ours, {calls} calls at a time, two durable events each: {rate:,.0f}/s"
    if peer_rate is None:
        # Without the peer there is nothing to compare with, so nothing is missed either.
        return Figure(
            name=name,
            figure=round(rate, 1),
            unit="/s",
            baseline=f"BullMQ was not measured (it needs Node and npm); {ours}",
            target=target,
            must=must,
            ok=True,
        )
    return Figure.at_least(
        name,
        rate / peer_rate,
        "x",
        baseline=f"BullMQ, 50 calls at a time, posting only: {peer_rate:,.0f} messages/s; {ours}",
        target=target,
        must=must,
    )


def _peer_rates(peer: Peer | None, stage: Stage) -> list[float]:
    if peer is None:
        return []
    rate = peer.rate(stage.graph, stage.servers.redis_url, MESSAGES)
    return [] if rate is None else [rate]


def _our_round(stage: Stage, calls: int) -> _Round:
    firm = stage.firm(level=1000)
    with followed(stage):
        messages = firm.requests(firm.people(MESSAGES), MESSAGES)
        stage.wait_until_followed()
        stage.graph.tell("reset")
        with worker(stage, HUB_OUTBOUND_CALLS_MAX=str(calls)) as process:
            stage.ring(firm)
            stage.graph.wait_for(1, within_s=_WITHIN_S)
            before = cpu_s(process)
            journal = stage.graph.wait_for_all(messages, within_s=_WITHIN_S)
            spent = cpu_s(process) - before
    if journal.wrong(MESSAGES):
        raise MeasurementFailedError(f"{journal.wrong(MESSAGES)} messages were lost or doubled.")
    return _Round(journal.rate(), spent / MESSAGES * 1000)
