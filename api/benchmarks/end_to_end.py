"""`hub bench end-to-end`: from the answer to a webhook to the frame on a lawyer's screen."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import Final, NamedTuple

import uvloop

from api.benchmarks.default_hub import default_environment
from api.benchmarks.measured_firm import MeasuredFirm, add_measured_firm, prepare_database
from api.benchmarks.notifications import text_messages
from api.benchmarks.paced_posting import paced_posting
from api.benchmarks.subscribers import live_subscribers, wait_until_accepted
from infrastructure.benchmarks.failure import MeasurementFailedError
from infrastructure.benchmarks.figure import Figure
from infrastructure.lasting_memory import keep_what_is_loaded
from infrastructure.running_servers import running_servers
from infrastructure.settings import Settings
from infrastructure.supervision.launch import launched_hub

SUBSCRIBERS: Final = 20
RATE_PER_S: Final = 50.0
MESSAGES: Final = 1000
CLIENTS: Final = 100
CONNECTIONS: Final = 16

P99_MS_TARGET: Final = 100.0
P99_MS_MUST: Final = 200.0

_SHOWN_WITHIN_S: Final = 10.0


class Shown(NamedTuple):
    """What came of the messages."""

    delays_s: list[float]
    """From the answer of the webhook to each frame; 0 where the frame was first."""
    missing: int
    """Frames that never came, or came twice."""


def run(settings: Settings) -> list[Figure]:
    """Let a whole hub take in messages of known clients while screens are open.

    Raises EmbeddedServerError, HubNotReadyError, MeasurementFailedError.
    """
    with running_servers(settings, stop_at_once=True) as servers:
        prepare_database(settings, servers.database_url)
        firm = add_measured_firm(settings, servers.database_url, lawyers=SUBSCRIBERS)
        with launched_hub(settings.home, environment=default_environment()) as hub:
            try:
                shown = uvloop.run(_measure(hub.port, firm))
            except* MeasurementFailedError as errors:
                raise MeasurementFailedError(str(errors.exceptions[0])) from errors
    return figures_of(shown)


def figures_of(shown: Shown) -> list[Figure]:
    """The 99th percentile of the delays, and what was not shown exactly once."""
    milliseconds = [delay * 1000 for delay in shown.delays_s]
    load = f"{RATE_PER_S:g} messages/s, {SUBSCRIBERS} subscribers"
    return [
        Figure.at_most(
            "end-to-end",
            quantiles(milliseconds, n=100)[-1],
            "ms",
            baseline=f"p99 at {load}; median {median(milliseconds):.1f} ms",
            target=P99_MS_TARGET,
            must=P99_MS_MUST,
        ),
        Figure.at_most(
            "end-to-end missing",
            shown.missing,
            "frames",
            baseline=f"{len(shown.delays_s):,} frames that came",
            target=0,
            must=0,
        ),
    ]


async def _measure(port: int, firm: MeasuredFirm) -> Shown:
    await wait_until_accepted(port, firm.tokens[-1])
    async with (
        paced_posting(port, connections=CONNECTIONS) as posting,
        live_subscribers(port, firm.tokens) as subscribers,
    ):
        bodies = text_messages(CLIENTS)
        await posting.post(bodies, count=CLIENTS, rate_per_s=RATE_PER_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SHOWN_WITHIN_S):
                for one in subscribers:
                    await one.wait_for(set(range(CLIENTS)))
        keep_what_is_loaded()  # pauses of this process are none of the hub
        moments = await posting.post(bodies, count=MESSAGES, rate_per_s=RATE_PER_S)
        accepted = dict(enumerate(moments, start=CLIENTS))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SHOWN_WITHIN_S):
                for one in subscribers:
                    await one.wait_for(set(accepted))
        return shown_of(accepted, [one.seen for one in subscribers])


def shown_of(
    accepted: Mapping[int, float], seen_by: Sequence[Mapping[int, Sequence[float]]]
) -> Shown:
    """Compare what was accepted with what each subscriber was shown, and when."""
    delays: list[float] = []
    missing = 0
    for seen in seen_by:
        for number, moment in accepted.items():
            shown = seen.get(number, ())
            missing += abs(1 - len(shown))
            delays += [max(0.0, at - moment) for at in shown[:1]]
    if not delays:
        raise MeasurementFailedError("No subscriber was shown a message. Run `hub demo --once`.")
    return Shown(delays, missing)
